"""The house: which room may import which, and the page that says the way of a row."""

import ast
import re
import sys
from importlib import metadata
from pathlib import Path

from .conftest import PROJECT, script

PACKAGE = PROJECT / "python_steps"
# From the bottom up: a room imports itself and those below it.
FLOORS = (
    ("common",), ("intake",), ("statistics",), ("clusters",), ("segments",),
    ("report", "tableau"), ("job",), ("cli",),
)  # fmt: skip
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}


def room(module: str) -> str:
    """The room of a module, as ``segments`` of ``python_steps.segments.rules``."""
    return [*module.split("."), ""][1]


def imported(file: Path) -> set[str]:
    """The modules of this package that a file imports, wherever it does."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{file} imports by a relative name"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in found if name.split(".")[0] == PACKAGE.name}


def test_no_import_runs_upwards():
    upwards = []
    for file in PACKAGE.rglob("*.py"):
        own = file.relative_to(PACKAGE).parts[0]
        if own == "__main__.py":
            continue
        upwards += [
            f"{file.relative_to(PROJECT)} imports {name}"
            for name in imported(file)
            if room(name) in FLOOR_OF
            and room(name) != own
            and FLOOR_OF[room(name)] >= FLOOR_OF.get(own, 0)
        ]
    assert upwards == []


def test_every_room_says_at_its_door_what_it_is_for_and_may_import():
    rooms = {file.name for file in PACKAGE.iterdir() if (file / "__init__.py").exists()}
    assert rooms == set(FLOOR_OF)
    for name in FLOOR_OF:
        door = ast.get_docstring(ast.parse((PACKAGE / name / "__init__.py").read_text("utf-8")))
        assert door and re.search(r"\bIt\s(may\simport|imports\snothing)", door), name


def test_nothing_is_defined_that_nothing_uses():
    """Of functions, classes and constants with a name of their own, in the package and macros."""
    words: dict[str, int] = {}
    for folder in ("python_steps", "models", "macros", "tests", "benchmarks", "analyses"):
        for file in (PROJECT / folder).rglob("*"):
            if file.suffix in (".py", ".sql", ".yml", ".html"):
                for word in re.findall(r"\w+", file.read_text(encoding="utf-8")):
                    words[word] = words.get(word, 0) + 1
    for word in re.findall(r"\w+", (PROJECT / "dbt_project.yml").read_text(encoding="utf-8")):
        words[word] = words.get(word, 0) + 1
    unused = [
        f"{file.relative_to(PROJECT)}: {node.name}"
        for file in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("__")
        and words[node.name] < 2
        # By these names dbt finds them.
        and node.name not in ("Plugin", "configure_connection")
    ]
    assert unused == []


def test_the_picture_and_the_way_of_a_row_are_those_of_the_code():
    """`python docs/architecture.py` makes them anew."""
    drawn = script("docs/architecture.py")
    assert drawn.PICTURE.read_text(encoding="utf-8") == drawn.picture()
    written = drawn.PAGE.read_text(encoding="utf-8")
    assert drawn.page(written) == written


def pins(*files: str) -> dict[str, str]:
    """Versions by a package's normal name."""
    lines = "\n".join((PROJECT / file).read_text(encoding="utf-8") for file in files)
    found = re.findall(r"^([\w.-]+)==(\S+)$", lines, re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in found}


def test_what_is_imported_is_declared_and_the_rest_pinned():
    declared = pins("requirements.txt", "requirements-tableau.txt")
    made_by = metadata.packages_distributions()
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) else []
            for name in {name.split(".")[0] for name in names} - {PACKAGE.name}:
                if name not in sys.stdlib_module_names:
                    # Nobody has every extra installed.
                    makers = {re.sub(r"[-_.]+", "-", one).lower() for one in made_by.get(name, ())}
                    assert makers & {*declared} or name == "pantab", f"{file}: {name}"
    pinned = pins("constraints.txt")
    ours = pins(*(file.name for file in PROJECT.glob("requirements*.txt")
                  if "superset" not in file.name))  # fmt: skip
    assert not {*pinned} & {*ours}
    for file in PROJECT.glob("constraints*.txt"):
        assert "://" not in file.read_text(encoding="utf-8")
    assert not {*pins("constraints-superset.txt")} & {*pins("requirements-superset.txt")}
    # What the packages need in turn is pinned: those of the extras may be missing here.
    for name in pins("requirements.txt", "requirements-dev.txt"):
        for needed in metadata.requires(name) or ():
            if ";" not in needed:
                other = re.sub(r"[-_.]+", "-", re.split(r"[=<>!~\[( ]", needed)[0]).lower()
                assert other in {**pinned, **ours}, f"{name} needs {other}"
