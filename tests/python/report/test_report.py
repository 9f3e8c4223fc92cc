"""The dashboard in a browser, the deck in LibreOffice, and the languages of both."""

import os
import random
import re
import shutil
import string
import subprocess
import zipfile

import duckdb
import pytest
from axe_playwright_python.sync_playwright import Axe
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from pptx import Presentation

from python_steps.common.languages import CATALOGUES, languages, translations
from python_steps.report import wording
from python_steps.report.deck.presentation import render_deck
from python_steps.report.figures import read_figures
from python_steps.report.page.dashboard import render_dashboard
from python_steps.report.slicer import MAX_NUMBERS, slices
from python_steps.report.wording import Wording

from ..conftest import PROJECT, SAMPLE, build, query, run_churn
from ..intake.test_sources import MAPPING

SECTIONS = (
    "overview", "who", "customers", "evidence", "segments", "clusters", "slicer", "methods",
)  # fmt: skip
# What a program writes where it has no figure.
NO_FIGURE = r"\b(NaN|nan|None|inf|null|undefined)\b"
SCREENSHOTS = PROJECT / "target" / "screenshots"
KEYWORDS = {"N_": None, "_": None, "text": None, "count": (1, 2)}
# Latin letters that Russian readers expect: names of files, programs, formulas and statistics.
LATIN = {
    "csv", "utc", "bank", "churn", "duckdb", "dbt", "customers", "javascript", "p", "t", "g", "v",
    "d", "pptx", "html",
}  # fmt: skip


@pytest.fixture(scope="module")
def reports(sample_build, tmp_path_factory):
    """A folder with a report in each language."""
    folder = tmp_path_factory.mktemp("reports")
    for language in languages():
        finished = run_churn(
            folder, "report", "--lang", language, "--out", language,
            "--published", str(sample_build),
        )  # fmt: skip
        assert finished.returncode == 0, finished.stderr
    return folder


@pytest.fixture
def opened(browser, reports):
    """Opens the dashboard; what is wrong with it must be nothing at the end of the test."""
    pages, wrong = [], []

    def open_page(language="en", width=1440, folder=reports, **options):
        page = browser.new_page(viewport={"width": width, "height": 900}, **options)
        pages.append(page)
        page.on("console", lambda said: wrong.append(said.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: wrong.append(dialog.message))
        page.on("request", lambda asked: _note_request(asked.url, wrong))
        page.goto((folder / language / "dashboard.html").as_uri())
        page.wait_for_selector("body[data-drawn]", timeout=60_000)
        return page

    yield open_page
    for page in pages:
        page.close()
    assert wrong == []


def _note_request(url, wrong):
    if not url.startswith(("file:", "data:", "blob:")) or url.endswith((".js", ".css")):
        wrong.append(url)


def texts_of(deck):
    for slide in Presentation(deck).slides:
        for shape in slide.shapes:
            if shape.has_text_frame:
                yield shape.text_frame.text
            if shape.has_table:
                yield from (cell.text for cell in shape.table.iter_cells())


# --- The dashboard --------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("language", languages())
def test_every_section_shows(opened, language, width):
    page = opened(language, width)
    assert page.locator("main > section").evaluate_all("all => all.map(one => one.id)") == list(
        SECTIONS
    )
    charts = page.locator("figure")
    assert charts.count() > 20
    assert page.locator("figure .canvas svg .mark-rect, figure .canvas svg .mark-line").count() > 20
    assert page.locator(".canvas svg").count() == charts.count()
    # Nothing is wider than the screen.
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert not re.search(NO_FIGURE, page.inner_text("body"))
    assert page.get_attribute("html", "lang") == language
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for section in SECTIONS:
        page.locator(f"#{section}").screenshot(
            path=SCREENSHOTS / f"{language}_{width}_{section}.png"
        )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_read_it(opened, scheme):
    """The rules of WCAG 2, levels A and AA, as axe checks them: contrast, names, structure."""
    page = opened(color_scheme=scheme)
    page.locator(".slicer select").first.select_option(index=1)
    page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
    assert found.violations_count == 0, found.generate_report()


def test_the_slicer_agrees_with_the_customers(opened, sample_build):
    page = opened()
    attributes = query(sample_build, "select attribute from attributes order by attribute_order")
    names = [attribute for (attribute,) in attributes]
    bands = {
        name: [
            band
            for (band,) in query(
                sample_build,
                f"select band from churn_rates where attribute = '{name}' order by band_order",
            )
        ]
        for name in names
    }
    chance = random.Random(5)
    left_out = 0
    for _ in range(25):
        chosen = chance.sample(names, chance.randint(1, 4))
        conditions = []
        selects = page.locator(".slicer .attribute")
        for place in range(4):
            selects.nth(place).select_option("")
        for place, name in enumerate(chosen):
            selects.nth(place).select_option(str(names.index(name)))
            kept = chance.sample(bands[name], chance.randint(1, len(bands[name])))
            boxes = page.locator(".slicer .bands").nth(place).locator("input")
            for number, band in enumerate(bands[name]):
                boxes.nth(number).set_checked(band in kept)
            conditions.append(f"{name}_band in {tuple(kept)!r}".replace(",)", ")"))
        groups = ", ".join(f"{name}_band" for name in chosen)
        ((customers, churned, rest),) = query(
            sample_build,
            f"""
            select
                coalesce(sum(cell) filter (where cell >= 10), 0),
                coalesce(sum(left_bank) filter (where cell >= 10), 0),
                count(*) filter (where cell < 10)
            from (
                select count(*) as cell, count(*) filter (where has_churned) as left_bank
                from customers where {" and ".join(conditions)} group by {groups}
            )
            """,
        )
        left_out += rest
        assert page.inner_text(".slice-customers") == f"{customers:,}"
        assert page.inner_text(".slice-churned") == f"{churned:,}"
        expected = f"{churned / customers:.1%}" if customers else "–"
        assert page.inner_text(".slice-rate") == expected
        if rest and customers:
            assert "left out" in page.inner_text(".slice-note")
            assert page.inner_text(".slice-interval") == ""
    assert left_out > 0
    # All customers have the published interval.
    for place in range(4):
        page.locator(".slicer .attribute").nth(place).select_option("")
    ((low, high),) = query(
        sample_build, "select churn_rate_low, churn_rate_high from churn_overview"
    )
    assert page.inner_text(".slice-interval") == f"{low:.1%} to {high:.1%}"


def test_slices_hold_no_small_cell_and_fit_into_a_page(sample_build):
    figures = read_figures(sample_build)
    band_counts = [len(figures.bands(row["attribute"])) for row in figures.attributes]
    minimum, packed = slices(figures.cube, band_counts)
    assert minimum == 10
    assert len(packed) == 10 + 45 + 120 + 210
    for numbers in packed.values():
        customers, churned = numbers[1::3], numbers[2::3]
        assert min(customers) >= 10
        assert all(left <= all_of for left, all_of in zip(churned, customers, strict=True))
    ages = packed["0"]
    assert sum(ages[1::3]) == figures.overview["customers"]
    many = type(figures.cube)(
        figures.cube.codes, figures.cube.customers * 100, figures.cube.churned * 100,
        figures.cube.balance_sum, figures.cube.churned_balance_sum,
    )  # fmt: skip
    minimum, packed = slices(many, band_counts)
    assert minimum > 10
    assert sum(map(len, packed.values())) <= MAX_NUMBERS


def test_tables_sort_and_filter_by_keyboard(opened):
    page = opened()
    table = page.locator("#segments-table")
    cells = table.locator("tbody tr:not([hidden]) td:nth-child(4)")

    def customers():
        return [int(text.replace(",", "")) for text in cells.all_inner_texts()]

    before = customers()
    table.get_by_role("button", name="Customers").focus()
    page.keyboard.press("Enter")
    assert customers() == sorted(before)
    page.keyboard.press("Enter")
    assert customers() == sorted(before, reverse=True)
    assert table.locator("th[aria-sort=descending]").count() == 1
    table.locator(".choose").select_option("loyal")
    loyal = customers()
    assert 0 < len(loyal) < len(before)
    table.locator(".find").fill("no such segment")
    assert customers() == []
    assert table.get_by_role("status").inner_text() == "No row matches."
    hypotheses = page.locator("#hypotheses")
    hypotheses.locator(".find").fill("credit card")
    shown = hypotheses.locator("tbody tr:not([hidden])").all_inner_texts()
    assert shown and all("credit card" in row for row in shown)


def test_prints_without_what_only_a_screen_can_do(opened):
    page = opened()
    page.emulate_media(media="print")
    assert not page.locator("#slicer").is_visible()
    assert page.locator("#segments-table table").is_visible()


# --- What comes from data stays data --------------------------------------------------------------

HOSTILE = [
    "<script>alert(1)</script>",
    "=cmd()",
    "{{ 7 * 7 }}",
    "</script><img src=x onerror=alert(2)>",
    "＝cmd()",
]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A report on customers from cities with such names."""
    folder = tmp_path_factory.mktemp("hostile")
    lines = SAMPLE.read_text(encoding="utf-8").splitlines()[:1500]
    cities = dict(zip(["Ярославль", "Рыбинск", "Ростов"], HOSTILE, strict=False))
    for city, name in cities.items():
        lines = [line.replace(city, name) for line in lines]
    lines = [
        line.replace(HOSTILE[0], HOSTILE[3 + number % 2]) if number % 3 else line
        for number, line in enumerate(lines)
    ]
    (folder / "=cmd() <b>.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    labels = 'attributes:\n  - {name: age, label: "<img src=x onerror=alert(3)> & {{ age }}"}\n'
    (folder / "markup.yml").write_text(MAPPING + labels, encoding="utf-8")
    build(folder, "=cmd() <b>.csv", CHURN_MAPPING="markup.yml")
    finished = run_churn(folder, "report", "--out", "en")
    assert finished.returncode == 0, finished.stderr
    return folder


def test_values_are_shown_as_text(opened, hostile):
    page = opened(folder=hostile)
    shown = page.inner_text("body")
    for name in (*HOSTILE, "=cmd() <b>.csv"):
        assert name in shown, name
    # The mapping's label too, in headings, tables, the slicer and charts.
    assert shown.count("<img src=x onerror=alert(3)> & {{ age }}") > 3
    assert page.locator("main img").count() == 0
    page.locator("#rates-city .mark-rect path").first.hover()
    assert any(name in page.inner_text("#vg-tooltip-element") for name in HOSTILE)
    deck = " ".join(texts_of(hostile / "en" / "deck.pptx"))
    assert "=cmd() <b>.csv" in deck


def test_workbooks_of_the_decks_charts_hold_no_formulas_and_links(hostile):
    with zipfile.ZipFile(hostile / "en" / "deck.pptx") as deck:
        books = [name for name in deck.namelist() if name.endswith(".xlsx")]
        assert books
        for name in books:
            with deck.open(name) as opened, zipfile.ZipFile(opened) as book:
                for part in filter(lambda part: part.startswith("xl/"), book.namelist()):
                    text = book.read(part)
                    assert b"<f>" not in text and b"hyperlink" not in text.lower(), (name, part)


def test_the_page_runs_no_text_as_code_and_sends_nothing(browser, reports):
    page = browser.new_page()
    page.goto((reports / "en" / "dashboard.html").as_uri())
    page.wait_for_selector("body[data-drawn]", timeout=60_000)
    # Later, as the policy does not apply to what the browser's driver runs itself.
    page.evaluate(
        """() => setTimeout(() => {
            try { eval("1"); document.title = "ran"; } catch (e) { document.title = e.name; }
        })"""
    )
    page.wait_for_timeout(300)
    assert page.title() == "EvalError"
    refused = page.evaluate(
        """() => new Promise((resolve) => {
            const note = (event) => resolve(event.effectiveDirective);
            document.addEventListener("securitypolicyviolation", note);
            const form = document.createElement("form");
            form.action = "https://example.invalid/";
            document.body.append(form);
            form.submit();
        })"""
    )
    assert refused == "form-action"
    page.close()


def test_saved_tables_hold_no_formulas(opened, hostile):
    page = opened(folder=hostile)
    page.locator("#rates-city summary").click()
    with page.expect_download() as download:
        page.locator("#rates-city .save").click()
    saved = download.value.path().read_text(encoding="utf-8-sig")
    assert '"\'=cmd()"' in saved
    assert '"\'＝cmd()"' in saved
    assert not re.search(r'(^|,)"[=@＝]', saved, re.MULTILINE)
    assert download.value.suggested_filename == "rates-table-city.csv"


# --- The deck -------------------------------------------------------------------------------------


def test_the_deck_is_made_of_native_parts(reports, sample_build):
    deck = Presentation(reports / "en" / "deck.pptx")
    slides = list(deck.slides)
    segments = query(sample_build, "select name from risk_segments order by priority, rank")
    titles = [slide.shapes.title.text for slide in slides]
    places = [titles.index(name) for (name,) in segments]
    assert places == sorted(places) and len(set(places)) == len(segments)
    shapes = [shape for slide in slides for shape in slide.shapes]
    assert sum(shape.has_chart for shape in shapes) > len(segments)
    assert sum(shape.has_table for shape in shapes) > len(segments)
    with zipfile.ZipFile(reports / "en" / "deck.pptx") as archive:
        assert not [name for name in archive.namelist() if name.startswith("ppt/media")]
    for slide in slides:
        assert "in the published file" in slide.notes_slide.notes_text_frame.text
    # The figures of a native chart are the published ones.
    ((name, discovery, confirmation),) = query(
        sample_build,
        "select name, discovery_churn_rate, churn_rate from risk_segments limit 1",
    )
    slide = slides[titles.index(name)]
    (chart,) = (shape.chart for shape in slide.shapes if shape.has_chart)
    ((overall,),) = query(sample_build, "select churn_rate from churn_overview")
    assert list(chart.plots[0].series[0].values) == [overall, confirmation, discovery]
    assert str(discovery) in slide.notes_slide.notes_text_frame.text
    offers = query(
        sample_build,
        "select action_en from segment_recommendations where segment_id = "
        "(select segment_id from risk_segments order by rank limit 1) order by priority",
    )
    shown = [
        cell.text for shape in slide.shapes if shape.has_table for cell in shape.table.iter_cells()
    ]
    assert offers[0][0] in shown


@pytest.mark.parametrize("language", languages())
def test_libreoffice_opens_the_deck_and_no_text_leaves_its_slide(reports, language, tmp_path):
    if not shutil.which("soffice") or not shutil.which("pdftoppm"):
        message = "no LibreOffice found: `apt-get install libreoffice-impress poppler-utils`"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    deck = reports / language / "deck.pptx"
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    for command in (
        ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", tmp_path, deck],
        ["pdftoppm", "-r", "60", "-png", tmp_path / "deck.pdf", tmp_path / "slide"],
    ):
        subprocess.run(command, check=True, capture_output=True, timeout=300)
    pictures = sorted(tmp_path.glob("slide-*.png"))
    assert len(pictures) == len(Presentation(deck).slides)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for picture in pictures:
        shutil.copy(picture, SCREENSHOTS / f"{language}_{picture.name}")
    boxes = subprocess.run(
        ["pdftotext", "-bbox", tmp_path / "deck.pdf", "-"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    (height,) = set(re.findall(r'<page width="[\d.]+" height="([\d.]+)"', boxes))
    lowest = max(float(bottom) for bottom in re.findall(r'yMax="([\d.]+)"', boxes))
    assert lowest <= float(height)


# --- Languages ------------------------------------------------------------------------------------


def fields(text):
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)


@pytest.mark.parametrize("language", languages()[1:])
def test_every_text_is_translated(language):
    with (CATALOGUES / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    methods = [("**.py", "python"), ("**/templates/*.html", "jinja2")]
    written = {
        message
        for _, _, message, _, _ in extract_from_dir(
            PROJECT / "python_steps", method_map=methods, keywords=KEYWORDS
        )
    }
    known = {
        tuple(message.id) if isinstance(message.id, list | tuple) else message.id: message
        for message in catalogue
        if message.id
    }
    assert set(known) == written
    assert not catalogue.obsolete
    for message in known.values():
        singular = message.id if isinstance(message.id, str) else message.id[0]
        translated = (message.string,) if isinstance(message.string, str) else message.string
        assert all(translated) and not message.fuzzy, singular
        for text in translated:
            assert fields(text) == fields(singular), singular


@pytest.mark.parametrize("language", languages()[1:])
def test_every_text_that_a_report_asks_for_is_in_the_catalogue(language, sample_build, monkeypatch):
    asked = set()
    catalogue = translations(language)

    class Recording:
        def gettext(self, message):
            asked.add(message)
            return catalogue.gettext(message)

        def ngettext(self, singular, plural, number):
            asked.add(singular)
            return catalogue.ngettext(singular, plural, number)

    monkeypatch.setattr(wording, "translations", lambda _: Recording())
    figures = read_figures(sample_build)
    assert render_dashboard(figures, Wording(language)) and render_deck(figures, Wording(language))
    with (CATALOGUES / f"{language}.po").open("rb") as file:
        known = {
            message.id if isinstance(message.id, str) else message.id[0]
            for message in read_po(file, locale=language)
        }
    assert len(asked) > 150
    assert asked <= known


def test_no_english_is_left_in_russian(opened, reports):
    page = opened("ru")
    page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")
    shown = page.inner_text("body") + " ".join(page.locator("svg text, option").all_text_contents())
    shown += " ".join(
        page.locator("[aria-label]:not([aria-hidden] *)").evaluate_all(
            "all => all.map(one => one.ariaLabel)"
        )
    )
    shown += " ".join(texts_of(reports / "ru" / "deck.pptx"))
    assert set(re.findall(r"[a-z]+", shown.lower())) <= LATIN


@pytest.mark.parametrize(
    ("language", "number", "percent", "amount", "customers"),
    [
        ("en", "1,234.5", "17.4%", "10.5M", ["1 customer", "2 customers", "5 customers"]),
        ("ru", "1 234,5", "17,4 %", "10,5 млн", ["1 клиент", "2 клиента", "5 клиентов"]),
    ],
)
def test_numbers_are_written_as_in_the_language(language, number, percent, amount, customers):
    said = Wording(language)

    def plain(text):
        return text.replace("\u00a0", " ")

    assert plain(said.number(1234.5, 1)) == number
    assert plain(said.percent(0.1736)) == percent
    assert plain(said.amount(10_473_627)) == amount
    counted = [said.count("{number} customer", "{number} customers", one) for one in (1, 2, 5)]
    assert counted == customers
    assert said.signed(-0.04) == said.number(0, 1)
    assert said.number(None) == said.percent(float("nan")) == "–"


# --- Other tables ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kept",
    [
        lambda number, left: not left,
        lambda number, left: number == 0,
        lambda number, left: number < 40,
    ],
    ids=["nobody left", "one customer", "forty customers"],
)
def test_small_and_one_sided_banks_have_a_report(opened, tmp_path, kept):
    header, *rows = SAMPLE.read_text(encoding="utf-8").splitlines()
    column = header.split(",").index("churn")
    rows = [row for number, row in enumerate(rows) if kept(number, row.split(",")[column] == "1")]
    (tmp_path / "small.csv").write_text("\n".join([header, *rows[:3000]]) + "\n", encoding="utf-8")
    build(tmp_path, "small.csv")
    finished = run_churn(tmp_path, "report", "--out", "en")
    assert finished.returncode == 0, finished.stderr
    page = opened(folder=tmp_path)
    assert not re.search(NO_FIGURE, page.inner_text("body"))
    texts = " ".join(texts_of(tmp_path / "en" / "deck.pptx"))
    assert not re.search(NO_FIGURE, texts)


def test_aggregates_have_a_report_that_says_what_it_cannot_show(opened, tmp_path):
    build(tmp_path, CHURN_CONTENTS="aggregates")
    finished = run_churn(tmp_path, "report", "--out", "en")
    assert finished.returncode == 0, finished.stderr
    page = opened(folder=tmp_path)
    assert "Publish everything to slice" in page.inner_text("#slicer")
    assert page.locator("#slices").count() == 0


def test_the_report_is_small_and_always_the_same(reports, sample_build, tmp_path):
    page = (reports / "en" / "dashboard.html").read_bytes()
    assert len(page) < 3_000_000
    finished = run_churn(tmp_path, "report", "--published", str(sample_build))
    assert finished.returncode == 0
    assert (tmp_path / "report" / "dashboard.html").read_bytes() == page
    # No customer is in the page.
    ids = query(sample_build, "select customer_id from customers limit 50")
    assert not any(customer_id.encode() in page for (customer_id,) in ids)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--published", "none.duckdb"], 1, "Run churn build first"),
        (["--lang", "xx"], 2, "'xx' is not one of 'en', 'ru'"),
        (["--out", "file"], 2, "is a file"),
        (["--published", "old.duckdb"], 1, "another version published it. Run churn build again"),
        (["--published", "foreign.duckdb"], 1, "foreign.duckdb"),
        (["--published", "file"], 1, "file"),
    ],
)
def test_mistakes_are_named(sample_build, tmp_path, arguments, code, message):
    (tmp_path / "file").write_text("no database", encoding="utf-8")
    shutil.copy(sample_build, tmp_path / "old.duckdb")
    with duckdb.connect(str(tmp_path / "old.duckdb")) as connection:
        connection.execute("drop table attributes")
    with duckdb.connect(str(tmp_path / "foreign.duckdb")) as connection:
        connection.execute("create table t as select 1")
    finished = run_churn(tmp_path, "report", *arguments)
    assert finished.returncode == code, finished.stderr
    assert message in finished.stderr
    assert "Traceback" not in finished.stderr
