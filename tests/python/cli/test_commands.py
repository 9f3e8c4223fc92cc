"""What commands say, and that the next command they name is one."""

import re
import shlex
import shutil
import subprocess
import sys

import pytest

from python_steps.cli.program import main
from python_steps.intake.sample import write_sample

from ..conftest import SAMPLE, churn_environment, run_as_user, run_churn


def next_of(said: str) -> list[str]:
    (named,) = re.findall(r"^Next: (.+)$", said, re.MULTILINE)
    return shlex.split(named)


def test_summaries_of_commands_are_whole_sentences(tmp_path):
    said = run_churn(tmp_path, "--help").stdout
    listed = re.findall(r"^  ([a-z]+)  +(\S.+)$", said.split("Commands:")[1], re.MULTILINE)
    assert {name for name, _ in listed} == set(main.commands)
    for name, summary in listed:
        assert summary.endswith(".") and not summary.endswith(".."), name
    for name in main.commands:
        assert run_churn(tmp_path, name, "--help").returncode == 0


def test_the_next_command_continues_where_the_user_stands(tmp_path):
    """Typed as it is, from one command to the next: sample, build, report."""
    environment = {**churn_environment(tmp_path), "LANG": "ru_RU.UTF-8"}
    for variable in ("CHURN_PUBLISHED", "LC_ALL", "LC_MESSAGES"):
        environment.pop(variable, None)

    def run(command: list[str]) -> str:
        finished = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert finished.returncode == 0, finished.stderr
        return finished.stdout

    program = [sys.executable, "-m", "python_steps"]
    made = run([*program, "sample", "--rows", "300", "--out", "my bank's.csv"])
    build = next_of(made)
    assert build[-3:] == ["build", "--source", "my bank's.csv"]
    built = run([*build, "--published", "what was found.duckdb"])
    report = next_of(built)
    assert report[-4:] == ["--lang", "ru", "--published", "what was found.duckdb"]
    assert "report/dashboard.html" in run(report)
    assert 'lang="ru"' in (tmp_path / "report" / "dashboard.html").read_text(encoding="utf-8")


def test_a_published_file_that_is_set_need_not_be_named(tmp_path):
    write_sample(200, 1, tmp_path / "bank.csv")
    (tmp_path / ".env").write_text("CHURN_PUBLISHED=ours.duckdb\n", encoding="utf-8")
    finished = run_churn(
        tmp_path, "build", "--source", "bank.csv", CHURN_PUBLISHED="ours.duckdb", LANG="C"
    )
    assert finished.returncode == 0, finished.stderr
    assert next_of(finished.stdout)[-1] == "report"


def test_values_do_not_steer_a_terminal(tmp_path):
    """Escape sequences could hide or rewrite lines of a report."""
    header, *rows = SAMPLE.read_text(encoding="utf-8").splitlines()[:61]
    evil = "\x1b[2J\x1b]0;owned\x07\u202egnp"
    fields = rows[3].split(",")
    fields[header.split(",").index("age")] = evil
    rows[3] = ",".join(fields)
    (tmp_path / "bank.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    finished = run_churn(tmp_path, "check", "--source", "bank.csv")
    assert finished.returncode == 1
    assert "\\x1b[2J\\x1b]0;owned\\x07\\u202egnp" in finished.stdout
    said = finished.stdout + run_churn(tmp_path, "build", "--source", "bank.csv").stdout
    assert not set("\x1b\x07\u202e") & set(said)


def test_only_our_settings_are_taken_from_a_file(tmp_path):
    """A file in somebody's folder would set what Python imports, or the library of a process."""
    (tmp_path / "evil").mkdir()
    (tmp_path / "evil" / "sitecustomize.py").write_text("open('ran', 'w').close()\n")
    write_sample(60, 1, tmp_path / "bank.csv")
    (tmp_path / ".env").write_text(
        "PYTHONPATH=evil\nPATH=evil\nCHURN_SOURCE=bank.csv\n", encoding="utf-8"
    )
    # The file could only set what is not set: the installed package is found without a path.
    environment = churn_environment(tmp_path)
    del environment["PYTHONPATH"]
    finished = subprocess.run(
        [sys.executable, "-m", "python_steps", "build"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    assert "60 rows read" in finished.stdout
    assert not list(tmp_path.rglob("ran"))


def test_a_draft_carries_the_encoding_to_the_next_command(tmp_path):
    text = "номер,возраст,отток\n" + "".join(
        f"{one},{20 + one % 50},{one % 2}\n" for one in range(99)
    )
    (tmp_path / "банк 1.csv").write_bytes(text.encode("windows-1251"))
    arguments = ("--source", "банк 1.csv", "--encoding", "windows-1251", "--out", "its.yml")
    finished = run_churn(tmp_path, "mapping", *arguments)
    assert finished.returncode == 0, finished.stderr
    (named,) = re.findall(r"^Next: read its.yml, then (.+)$", finished.stdout, re.MULTILINE)
    assert shlex.split(named)[-7:] == [
        *("check", "--source", "банк 1.csv", "--mapping", "its.yml"),
        *("--encoding", "windows-1251"),
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("build", "--published", "."), "is a folder. Name a file in it."),
        (("build", "--warehouse", "."), "is a folder. Name a file in it."),
        (("build", "--published", "x" * 300), "File name too long"),
        (("build", "--vars", "{segment_min_lift: 0}"), "segment_min_lift is 0; it must be"),
        (("build", "--source", "bank.csv"), "bank.csv has no column city (city)"),
        (("check", "--source", "bank.csv"), "bank.csv has no column city (city)"),
        # Python knows these as encodings, though not of text.
        (("check", "--encoding", "zip"), "There is no encoding zip"),
        (("mapping", "--source", "bank.csv", "--encoding", "hex"), "There is no encoding hex"),
        (("build", "--encoding", "idna"), "There is no encoding idna"),
    ],
)
def test_mistakes_are_said_without_the_engines_headings(tmp_path, arguments, said):
    (tmp_path / "bank.csv").write_text("USERID,age\n1,2\n", encoding="utf-8")
    finished = run_churn(tmp_path, *arguments)
    assert finished.returncode
    output = finished.stdout + finished.stderr
    assert said in output
    for noise in ("Compilation Error", "Runtime Error", "Traceback", "in macro", "models/"):
        assert noise not in output


@pytest.mark.parametrize(
    ("variable", "value"),
    [("CHURN_STORAGE_VERSION", "latestx"), ("CHURN_THREADS", "abc"), ("CHURN_MEMORY_LIMIT", "much"),
     ("CHURN_WAREHOUSE", "it's.duckdb"), ("CHURN_WAREHOUSE", "main.duckdb"),
     ("CHURN_WAREHOUSE", "a;b.duckdb"), ("CHURN_PUBLISHED", "System.duckdb"),
     ("CHURN_MINIMUM_CELL", "-1"), ("CHURN_SPILL", "nowhere"), ("CHURN_ENGINE_THREADS", "0")],
)  # fmt: skip
def test_settings_without_a_meaning_are_found_before_the_work(tmp_path, variable, value):
    finished = run_churn(tmp_path, "build", **{variable: value})
    assert finished.returncode == 1
    assert finished.stderr.startswith(f"Error: {variable} is ") and value in finished.stderr
    assert not list(tmp_path.glob("*.duckdb"))


def test_files_and_folders_may_have_apostrophes(tmp_path):
    """But for the warehouse itself."""
    folder = tmp_path / "o'brien {{ x }}"
    (folder / "sp'ill").mkdir(parents=True)
    shutil.copy(SAMPLE, folder / "ba'nk.csv")
    published = ("--published", "it's.duckdb")
    finished = run_churn(folder, "build", "--source", "ba'nk.csv", *published, CHURN_SPILL="sp'ill")
    assert finished.returncode == 0, finished.stderr
    finished = run_churn(folder, "report", *published, "--out", "re'port")
    assert finished.returncode == 0, finished.stderr
    assert (folder / "re'port" / "dashboard.html").exists()


def test_check_imports_no_more_than_it_needs(tmp_path):
    """What searches, tests and draws is slow to import."""
    script = (
        "import sys, python_steps.cli.program as p\n"
        "try: p.main(['check'])\n"
        "except SystemExit: pass\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}))"
    )
    finished = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=churn_environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    modules = set(finished.stdout.splitlines()[-1].split())
    assert "dbt" in modules
    assert not modules & {"sklearn", "scipy", "altair", "pptx"}


def test_the_program_says_its_version(tmp_path):
    finished = run_as_user(tmp_path, "--version")
    assert (finished.returncode, finished.stderr) == (0, "")
    assert re.fullmatch(r"churn, version \d+\.\d+\.\d+\n", finished.stdout)
