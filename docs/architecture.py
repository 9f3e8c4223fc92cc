"""Draws docs/architecture.md and its picture from the code.

    python docs/architecture.py

Every box and arrow of the picture is a folder of models and a `ref` between two of them; the table
follows one row of the bank's table through files that hand it on to each other. Both take their
words from the descriptions and docstrings beside the code, and the script stops where a step of the
way is no longer one.
"""

import ast
import re
import sys
from functools import cache
from itertools import pairwise
from pathlib import Path
from xml.sax.saxutils import escape

import yaml

PROJECT = Path(__file__).resolve().parent.parent
PAGE = PROJECT / "docs" / "architecture.md"
PICTURE = PROJECT / "docs" / "images" / "architecture.svg"
BEGIN, END = "<!-- made by docs/architecture.py: -->", "<!-- until here -->"
# The way of a row: models that read each other, and the modules before and after them.
BEFORE = ("cli/building.py", "job/plan.py", "intake/source.py", "common/dbt_run.py")
MODELS = (
    "raw_customers", "stg_bank__customers", "int_customers_validated", "int_customers_accepted",
    "int_customers_banded", "int_churn_cube", "int_segment_cells", "int_risk_segments",
    "int_segment_patterns", "int_segment_counts", "risk_segments",
)  # fmt: skip
AFTER = ("job/publish.py", "report/figures.py", "report/page/segments.py", "report/write.py")
# Of the picture.
BOX, GAP, ROW, LINE = 178, 44, 16, 15


def models() -> dict[str, Path]:
    """Every model's file."""
    files = (PROJECT / "models").rglob("*")
    return {file.stem: file for file in sorted(files) if file.suffix in (".sql", ".py")}


@cache
def reads(file: Path) -> set[str]:
    """The models that a model reads, also where a macro names them."""
    text = file.read_text(encoding="utf-8")
    found = set(re.findall(r"""\bref\(["'](\w+)["']\)""", text))
    for name, macro in MACROS.items():
        if re.search(rf"\b{name}\(", text):
            found |= macro
    return found


def _macros() -> dict[str, set[str]]:
    """By macro, the models that it names, through other macros too."""
    named: dict[str, set[str]] = {}
    bodies: dict[str, str] = {}
    for file in (PROJECT / "macros").rglob("*.sql"):
        text = file.read_text(encoding="utf-8")
        for name, body in re.findall(r"{%-? macro (\w+)\((.*?)endmacro", text, re.DOTALL):
            bodies[name] = body
            named[name] = set(re.findall(r"""built_relation\(["'](\w+)["']\)""", body))
    for _ in bodies:
        for name, body in bodies.items():
            for other in bodies:
                if other != name and re.search(rf"\b{other}\(", body):
                    named[name] |= named[other]
    return {name: models for name, models in named.items() if models}


MACROS = _macros()


def called(file: Path) -> set[str]:
    """The rooms of python_steps in which a Python model has its work done."""
    if file.suffix != ".py":
        return set()
    text = file.read_text(encoding="utf-8")
    found = set(re.findall(r'"(\w+)\.\w+\.\w+"', text))
    return found | set(re.findall(r"from python_steps\.(segments|statistics)\.", text))


def folder(file: Path) -> str:
    """The folder of a model below models/."""
    return file.parent.relative_to(PROJECT / "models").as_posix()


def described() -> dict[str, str]:
    """The first sentence of every model's description."""
    found = {}
    for file in (PROJECT / "models").rglob("_*.yml"):
        for entry in yaml.safe_load(file.read_text(encoding="utf-8")).get("models", []):
            found[entry["name"]] = _sentence(entry["description"])
    return found


def _sentence(text: str) -> str:
    return re.split(r"(?<=\.)\s", " ".join(text.split()))[0].rstrip(".") + "."


def steps() -> list[tuple[str, str]]:
    """File and what it does, for each step of the way."""
    files, said = models(), described()
    for before, after in pairwise(MODELS):
        if before not in reads(files[after]):
            sys.exit(f"{after} does not read {before}: mend MODELS in {__file__}")
    way = [_module(name) for name in BEFORE]
    way += [(files[name].relative_to(PROJECT).as_posix(), said[name]) for name in MODELS]
    return way + [_module(name) for name in AFTER]


def _module(name: str) -> tuple[str, str]:
    file = PROJECT / "python_steps" / name
    doc = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return f"python_steps/{name}", _sentence(doc)


def picture() -> str:
    """Folders of models as boxes, in columns by how far they are from the source."""
    files = models()
    boxes: dict[str, list[str]] = {}
    arrows: dict[str, set[str]] = {}
    rooms: dict[str, set[str]] = {}
    for name, file in files.items():
        place = folder(file)
        boxes.setdefault(place, []).append(name)
        rooms.setdefault(place, set()).update(called(file))
        read = {folder(files[other]) for other in reads(file) if other in files} - {place}
        arrows.setdefault(place, set()).update(read)
    marts = sorted(place for place in boxes if place.startswith("marts"))
    # A mart that a model reads is on the page all the same.
    arrows = {
        place: read if place in marts else read - set(marts) for place, read in arrows.items()
    }
    columns = _columns({place: arrows[place] for place in boxes if place not in marts})
    last = max(columns.values()) + 1
    columns |= dict.fromkeys(marts, last)
    corners: dict[str, tuple[int, int, int]] = {}
    shapes = []
    bottom = 0
    for column in range(last + 1):
        top = 40
        for place in sorted(one for one in boxes if columns[one] == column):
            lines = [*_shortened(boxes[place]), *sorted(rooms[place])]
            height = LINE * (len(lines) + 1) + 14
            left = 12 + column * (BOX + GAP)
            corners[place] = (left, top, height)
            shapes.append(_box(left, top, height, place, lines, len(rooms[place])))
            top += height + ROW
        bottom = max(bottom, top)
    lines = [
        _arrow(corners[other], corners[place])
        for place in sorted(arrows)
        for other in sorted(_nearest(place, arrows) - set(marts))
    ]
    width = 12 + (last + 1) * (BOX + GAP) - GAP + 12
    heads = [
        f'<text x="{12 + column * (BOX + GAP)}" y="24" class="head">{words}</text>'
        for column, words in ((0, "the bank’s table"), (last, "published: marts"))
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {bottom}" '
            f'width="{width}" height="{bottom}" role="img">',
            "<title>Folders of models from the bank’s table to the published marts</title>",
            "<style>rect{fill:#f5f6f8;stroke:#545b64}text{font:11px sans-serif;fill:#1b1f24}"
            ".head{font-weight:bold;font-size:13px}.name{font-weight:bold}.room{fill:#0072b2}"
            "path{fill:none;stroke:#545b64;opacity:.45}</style>",
            f'<rect x="0" y="0" width="{width}" height="{bottom}" style="fill:#fff;stroke:none"/>',
            *lines,
            *shapes,
            *heads,
            "</svg>",
            "",
        ]
    )


def _nearest(place: str, arrows: dict[str, set[str]]) -> set[str]:
    """What a folder reads, without what is already behind something else that it reads."""
    return {
        one
        for one in arrows[place]
        if not any(one in _behind(other, arrows) for other in arrows[place] - {one})
    }


def _behind(place: str, arrows: dict[str, set[str]]) -> set[str]:
    """All that a folder reads, and what that reads, and so on."""
    found: set[str] = set()
    left = [place]
    while left:
        new = arrows[left.pop()] - found
        found |= new
        left += new
    return found


def _columns(arrows: dict[str, set[str]]) -> dict[str, int]:
    """How far each folder is from the source, by the longest way."""
    for place in arrows:
        if place in _behind(place, arrows):
            sys.exit(f"{place} reads what is made of it: move a model")
    columns = dict.fromkeys(arrows, 0)
    for _ in arrows:
        for place, read in arrows.items():
            columns[place] = max([0, *(columns[one] + 1 for one in read)])
    return columns


def _shortened(names: list[str]) -> list[str]:
    slices = [name for name in names if re.match(r"churn_by_", name)]
    kept = [name for name in names if name not in slices]
    return kept + ([f"churn_by_… ({len(slices)})"] if slices else [])


def _box(left: int, top: int, height: int, place: str, lines: list[str], rooms: int) -> str:
    title = escape(place.removeprefix("intermediate/"))
    texts = [f'<text x="{left + 8}" y="{top + 18}" class="name">{title}</text>']
    for number, line in enumerate(lines):
        is_room = number >= len(lines) - rooms
        words = f"python_steps/{line}" if is_room else line
        kind = ' class="room"' if is_room else ""
        y = top + 18 + LINE * (number + 1)
        texts.append(f'<text x="{left + 8}" y="{y}"{kind}>{escape(words)}</text>')
    box = f'<rect x="{left}" y="{top}" width="{BOX}" height="{height}" rx="4"/>'
    return box + "".join(texts)


def _arrow(one: tuple[int, int, int], other: tuple[int, int, int]) -> str:
    x1, y1 = one[0] + BOX, one[1] + one[2] // 2
    x2, y2 = other[0], other[1] + other[2] // 2
    bend = (x1 + x2) // 2
    return f'<path d="M{x1},{y1} C{bend},{y1} {bend},{y2} {x2},{y2}"/>'


def page(written: str) -> str:
    """The page with its table made anew."""
    before, _, rest = written.partition(BEGIN)
    _, _, after = rest.partition(END)
    rows = [f"| [{file}](../{file}) | {said} |" for file, said in steps()]
    table = "\n".join(["| file | what it does |", "|---|---|", *rows])
    return f"{before}{BEGIN}\n\n{table}\n\n{END}{after}"


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
