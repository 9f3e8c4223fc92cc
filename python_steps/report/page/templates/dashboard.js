"use strict";
(() => {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const settings = read("settings");
  const format = (number, options) => new Intl.NumberFormat(settings.language, options).format(number);
  const percent = (share) => format(share, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });

  // --- Charts: axes and texts in the colours of the page -----------------------------------------
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  function config(isDark, isNarrow) {
    const [text, line] = isDark ? ["#eceff2", "#3a424a"] : ["#1b1f24", "#d5d9de"];
    return {
      font: getComputedStyle(document.body).fontFamily,
      axis: {
        labelColor: text, titleColor: text, labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal",
        gridColor: line, domainColor: line, tickColor: line, labelLimit: isNarrow ? 165 : 420,
      },
      axisX: { labelOverlap: true },
      axisBottom: { labelLimit: isNarrow ? 90 : 140 },
      legend: { labelColor: text, titleColor: text, labelFontSize: 12, titleFontWeight: "normal", symbolStrokeWidth: 2, labelLimit: 320, direction: isNarrow ? "vertical" : "horizontal" },
      rule: { color: text },
    };
  }

  function draw(isDark) {
    const drawn = [...document.querySelectorAll(".spec")].map((script) => {
      const place = script.parentElement.querySelector(".plot");
      const narrow = Math.min(place.clientWidth, window.innerWidth) < 500;
      const spec = { description: place.parentElement.getAttribute("aria-label"), ...JSON.parse(script.textContent) };
      return vegaEmbed(place, spec, {
        // Expressions are interpreted: the page's policy forbids to run text as code.
        ast: true,
        actions: false, renderer: "svg", config: config(isDark, narrow), formatLocale: settings.numbers,
      });
    });
    return Promise.all(drawn).then(() => { document.body.dataset.drawn = "yes"; });
  }

  draw(dark.matches);
  dark.addEventListener("change", () => draw(dark.matches));
  window.addEventListener("beforeprint", () => { if (dark.matches) draw(false); });
  window.addEventListener("afterprint", () => { if (dark.matches) draw(true); });

  // --- Tables: sort, filter, save ----------------------------------------------------------------
  const collator = new Intl.Collator(settings.language, { numeric: true });

  // Cells without a figure come last in either direction.
  function compare(one, other, sign) {
    const [a, b] = [one.dataset.value, other.dataset.value];
    if (a !== undefined && b !== undefined) return sign * (a - b);
    if (a !== undefined || b !== undefined) return a === undefined ? 1 : -1;
    return sign * collator.compare(one.textContent, other.textContent);
  }

  function sort(header) {
    const table = header.closest("table");
    const column = [...header.parentElement.children].indexOf(header);
    const direction = header.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
    for (const other of header.parentElement.children) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", direction);
    const sign = direction === "ascending" ? 1 : -1;
    const rows = [...table.tBodies[0].rows];
    rows.sort((one, other) => compare(one.cells[column], other.cells[column], sign));
    table.tBodies[0].append(...rows);
  }

  function filter(table) {
    const wanted = (table.querySelector(".find")?.value ?? "").toLocaleLowerCase(settings.language);
    const choice = table.querySelector(".choose")?.value ?? "";
    for (const row of table.querySelectorAll("tbody tr")) {
      const found = row.textContent.toLocaleLowerCase(settings.language).includes(wanted);
      row.hidden = !found || (choice !== "" && row.cells[0].textContent.trim() !== choice);
    }
    const shown = table.querySelectorAll("tbody tr:not([hidden])").length;
    table.querySelector(".nothing").textContent = shown ? "" : settings.noRows;
  }

  // What a spreadsheet would take for a formula begins with an apostrophe; some take full-width signs
  // for the usual ones.
  const neutral = (text) => (/^[=+\-@\t\r\n＝＋－＠]/.test(text) && !/^[+-][\d.,\s]*%?$/.test(text) ? `'${text}` : text);
  const quoted = (text) => `"${neutral(text.trim()).replaceAll('"', '""')}"`;

  function save(table, name) {
    const rows = [...table.querySelectorAll("tr")].filter((row) => !row.hidden);
    const lines = rows.map((row) => [...row.cells].map((cell) => quoted(cell.textContent)).join(","));
    const file = new Blob(["\ufeff" + lines.join("\r\n") + "\r\n"], { type: "text/csv" });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(file);
    link.download = `${name}.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  for (const table of document.querySelectorAll(".table")) {
    for (const button of table.querySelectorAll(".sort")) {
      button.addEventListener("click", () => sort(button.parentElement));
    }
    table.querySelector(".find")?.addEventListener("input", () => filter(table));
    table.querySelector(".choose")?.addEventListener("change", () => filter(table));
    table.querySelector(".save").addEventListener("click", (event) => save(table, event.target.dataset.name));
  }

  // --- Slicer ------------------------------------------------------------------------------------
  const form = document.querySelector(".slicer");
  if (!form) return;
  const slices = read("slices");
  const attributeOf = [...form.querySelectorAll(".attribute")];
  const bandsOf = [...form.querySelectorAll(".bands")];

  // The counts of a choice of attributes, by the cell's number.
  const counted = new Map();
  function cellsOf(key) {
    if (!counted.has(key)) {
      const cells = new Map();
      const packed = slices.cells[key];
      for (let place = 0, number = 0; place < packed.length; place += 3) {
        number += packed[place];
        cells.set(number, [packed[place + 1], packed[place + 2]]);
      }
      counted.set(key, cells);
    }
    return counted.get(key);
  }

  // Wilson (1927), as everywhere in the tables.
  function wilson(churned, customers) {
    const z = 1.959963984540054;
    const rate = churned / customers;
    const centre = rate + (z * z) / (2 * customers);
    const reach = z * Math.sqrt((rate * (1 - rate)) / customers + (z * z) / (4 * customers * customers));
    const size = 1 + (z * z) / customers;
    return [Math.max(0, (centre - reach) / size), Math.min(1, (centre + reach) / size)];
  }

  function choice() {
    const chosen = new Map();
    attributeOf.forEach((select, place) => {
      if (select.value === "") return;
      const boxes = [...bandsOf[place].querySelectorAll("input")];
      chosen.set(Number(select.value), boxes.flatMap((box, band) => (box.checked ? [band] : [])));
    });
    return chosen;
  }

  // Customers and churned of the bands chosen for each attribute.
  function count(chosen) {
    if (!chosen.size) return { customers: slices.customers, churned: slices.churned, all: 1, leftOut: 0 };
    const attributes = [...chosen.keys()].sort((a, b) => a - b);
    const cells = cellsOf(attributes.join(","));
    let numbers = [0];
    for (const attribute of attributes) {
      const size = slices.attributes[attribute].bands.length;
      numbers = numbers.flatMap((number) => chosen.get(attribute).map((band) => number * size + band));
    }
    const found = numbers.filter((number) => cells.has(number)).map((number) => cells.get(number));
    const customers = found.reduce((sum, cell) => sum + cell[0], 0);
    const churned = found.reduce((sum, cell) => sum + cell[1], 0);
    return { customers, churned, all: numbers.length, leftOut: numbers.length - found.length };
  }

  const rateOf = ({ customers, churned }) => (customers ? percent(churned / customers) : "–");

  function intervalOf({ customers, churned }) {
    if (!customers) return "";
    const [low, high] = wilson(churned, customers).map(percent);
    return form.dataset.interval.replace("{low}", low).replace("{high}", high);
  }

  // The same by the bands of the first attribute.
  function breakDown(chosen) {
    const table = form.querySelector(".breakdown");
    const [first] = chosen.keys();
    table.hidden = first === undefined;
    if (table.hidden) return;
    table.querySelector(".breakdown-title").textContent = slices.attributes[first].label;
    table.querySelector("tbody").replaceChildren(...chosen.get(first).map((band) => {
      const counted = count(new Map([...chosen, [first, [band]]]));
      const texts = [slices.attributes[first].bands[band], ...(counted.customers
        ? [format(counted.customers), format(counted.churned), rateOf(counted), intervalOf(counted)] : ["–", "–", "–", ""])];
      const row = document.createElement("tr");
      row.append(...texts.map((text, place) => {
        const cell = document.createElement(place ? "td" : "th");
        if (!place) cell.scope = "row";
        cell.textContent = text;
        cell.className = place ? "figure" : "";
        return cell;
      }));
      return row;
    }));
  }

  function show() {
    const chosen = choice();
    const counted = count(chosen);
    const { customers, churned, all, leftOut } = counted;
    const fill = (name, text) => { form.querySelector(`.slice-${name}`).textContent = text; };
    fill("customers", format(customers));
    fill("churned", format(churned));
    fill("rate", rateOf(counted));
    // What is left out would make the interval a wrong one.
    fill("interval", leftOut ? "" : intervalOf(counted));
    const note = form.dataset.of.replace("{part}", format(leftOut)).replace("{all}", format(all));
    fill("note", customers ? (leftOut ? note : "") : form.dataset.none);
    breakDown(chosen);
  }

  function offerBands(place) {
    const value = attributeOf[place].value;
    const bands = value === "" ? [] : slices.attributes[value].bands;
    bandsOf[place].replaceChildren(...bands.map((band) => {
      const [label, box] = [document.createElement("label"), document.createElement("input")];
      box.type = "checkbox";
      box.checked = true;
      box.addEventListener("change", show);
      label.append(box, band);
      return label;
    }));
    // An attribute is chosen once.
    const taken = attributeOf.map((select) => select.value).filter((one) => one !== "");
    for (const select of attributeOf) {
      for (const option of select.options) option.disabled = option.value !== select.value && taken.includes(option.value);
    }
    show();
  }

  attributeOf.forEach((select, place) => {
    select.addEventListener("change", () => offerBands(place));
    offerBands(place);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
})();
