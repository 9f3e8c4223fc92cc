"""The same customers in every usual form give the same tables."""

import gzip

import duckdb
import pytest

from python_steps.common.errors import ChurnError
from python_steps.intake.source import Source

from ..conftest import SAMPLE, accepted, build, query, run_churn
from ..job.test_build import dump

ROWS = 400
MAPPING = """
key: [user_id, city]
columns:
  user_id: USERID
  city: city
  gender: gender
  age: age
  credit_score: score
  equity_points: equity
  balance: balance
  product_count: products
  has_credit_card: credit_card
  is_active: last_activity
  estimated_income: EST_SALARY
  has_churned: churn
values:
  gender: {"М": male, "Ж": female}
"""


def sample_lines():
    return SAMPLE.read_text(encoding="utf-8").splitlines()[: ROWS + 1]


def contents(file):
    """The marts without when and from what they were made."""
    marts = dump(file)
    del marts["publication"]
    return marts


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where builds without a mapping follow each other, so that dbt parses the project once."""
    return tmp_path_factory.mktemp("plain")


@pytest.fixture(scope="module")
def plain(folder):
    (folder / "plain.csv").write_text("\n".join(sample_lines()) + "\n", encoding="utf-8")
    return contents(build(folder, "plain.csv"))


@pytest.fixture
def plain_rows(folder):
    (folder / "plain.csv").write_text("\n".join(sample_lines()) + "\n", encoding="utf-8")
    return accepted(folder, "plain.csv")


def russian(lines):
    """As a Russian spreadsheet saves it: semicolons, decimal commas, blanks between thousands."""
    header, *rows = lines
    places = [header.split(",").index(name) for name in ("score", "age", "balance", "EST_SALARY")]
    written = [header.replace(",", ";")]
    for row in rows:
        fields = row.split(",")
        for place in places:
            if fields[place]:
                number = f"{float(fields[place]):,.2f}"
                fields[place] = number.replace(",", "\u00a0").replace(".", ",")
        written.append(";".join(fields))
    return "\r\n".join(written) + "\r\n"


def test_windows_1251_with_decimal_commas_is_its_utf_8_twin(plain, tmp_path):
    (tmp_path / "bank.csv").write_bytes(russian(sample_lines()).encode("windows-1251"))
    csv = "csv: {encoding: windows-1251, decimal: ',', separator: ';'}\n"
    (tmp_path / "russian.yml").write_text(MAPPING + csv, encoding="utf-8")
    assert contents(build(tmp_path, "bank.csv", CHURN_MAPPING="russian.yml")) == plain
    assert not list(tmp_path.glob(".churn_source_*"))


@pytest.mark.parametrize("kind", ["gzip", "tab", "bar", "bom", "crlf", "quotes", "utf-16"])
def test_usual_dialects(plain_rows, folder, kind):
    text = "\n".join(sample_lines()) + "\n"
    name, encoding = "bank.csv", ""
    if kind == "gzip":
        name = "bank.csv.gz"
        (folder / name).write_bytes(gzip.compress(text.encode()))
    elif kind == "utf-16":
        encoding = "utf-16"
        (folder / name).write_text(text, encoding="utf-16")
    else:
        changed = {
            "tab": text.replace(",", "\t"),
            "bar": text.replace(",", "|"),
            "bom": "\ufeff" + text,
            "crlf": text.replace("\n", "\r\n"),
            "quotes": "\n".join(
                ",".join(f'"{field}"' if field else "" for field in line.split(","))
                for line in text.splitlines()
            ),
        }[kind]
        (folder / name).write_bytes(changed.encode())
    assert accepted(folder, name, encoding) == plain_rows


def test_a_glob_and_a_table_of_a_database(plain, plain_rows, folder):
    header, *rows = sample_lines()
    for number in range(4):
        part = [header, *rows[number * 100 : (number + 1) * 100]]
        (folder / f"part_{number}.csv").write_text("\n".join(part) + "\n", encoding="utf-8")
    assert accepted(folder, "part_*.csv") == plain_rows

    with duckdb.connect(str(folder / "bank.duckdb")) as connection:
        connection.execute("create schema crm")
        connection.execute(
            'create table crm."our ""customers""" as select * from '
            f"read_csv('{folder}/part_*.csv', header = true, all_varchar = true)"
        )
    published = build(folder, 'bank.duckdb::crm.our "customers"')
    assert contents(published) == plain
    assert query(published, "select source from publication") == [
        ('bank.duckdb::crm.our "customers"',)
    ]


def test_rejected_rows_name_the_original_file(tmp_path):
    lines = [*sample_lines()[:50], "1;2", sample_lines()[60]]
    folder = tmp_path / "the bank's"
    folder.mkdir()
    (folder / "bank.csv").write_bytes(("\n".join(lines) + "\n").encode("windows-1251"))
    published = build(tmp_path, "the bank's/bank.csv", CHURN_ENCODING="windows-1251")
    assert query(published, "select source_file, source_row, raw_row from rejected_rows") == [
        (str(folder / "bank.csv"), 50, "1;2")
    ]


def test_a_comma_is_never_guessed_to_be_decimal(folder):
    lines = sample_lines()
    header = lines[0].split(",")
    place = header.index("age")
    rows = [line.split(",") for line in lines[1:]]
    rows[0][place] = '"1,5"'
    text = "\n".join([lines[0], *(",".join(row) for row in rows)]) + "\n"
    (folder / "bank.csv").write_text(text, encoding="utf-8")
    published = build(folder, "bank.csv")
    assert query(
        published, "select rows_affected from data_quality where check_name = 'unreadable_age'"
    ) == [(1,)]


@pytest.mark.parametrize(
    ("name", "content", "options", "said"),
    [
        ("bank.csv.gz", b"a,b\n1,2\n", [], "is not compressed by gzip"),
        ("bank.csv.gz", gzip.compress(b"a,b\n1" * 9999, mtime=0)[:60], [], "ended before the end"),
        ("bank.csv.gz", gzip.compress(b"", mtime=0), [], "is empty"),
        ("bank.csv", b"a\nb\n1", ["--encoding", "utf-16"], "is not in utf-16"),
        ("bank.csv", b"a\n1\n", ["--encoding", "windows-1521"], "no encoding windows-1521"),
        ("bank.db", b"a,b\n1,2\n", ["::customers"], "is not a DuckDB file, so it has no table"),
    ],
    # A test is called by what it asks: bytes of an archive differ from second to second, and
    # workers that collect different names do not start.
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_what_is_wrong_is_said(tmp_path, name, content, options, said):
    (tmp_path / name).write_bytes(content)
    source = name + options.pop() if options and options[0].startswith("::") else name
    finished = run_churn(tmp_path, "build", "--source", source, *options)
    assert finished.returncode == 1
    assert said in finished.stderr
    assert "Traceback" not in finished.stderr
    assert not (tmp_path / "churn.duckdb").exists()


def test_tables_of_a_database_are_named(tmp_path):
    file = tmp_path / "bank.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("create table customers as select 1 as a")
    with pytest.raises(ChurnError, match=r"no table custommers \(did you mean customers\?\)"):
        Source.of(f"{file}::custommers")
    with pytest.raises(ChurnError, match=r"Name the table too: .*::customers"):
        Source.of(str(file))
    with pytest.raises(ChurnError, match="There is no file"):
        Source.of(f"{tmp_path}/none.duckdb::customers")
    Source.of(f"{file}::customers")
    Source.of(f"{file}::main.customers")


def test_text_is_written_anew_in_pieces(tmp_path):
    text = "a,b\r\n" + "Ярославль,ё\r\n" * 200_000
    (tmp_path / "bank.csv").write_bytes(text.encode("utf-16"))
    with Source.of(str(tmp_path / "bank.csv"), "utf-16").readable(tmp_path) as readable:
        with open(readable.files[0], encoding="utf-8", newline="") as opened:  # noqa: PTH123
            assert opened.read() == text.replace("\r\n", "\n")
        assert readable.stand_in
    (tmp_path / "bank.csv").write_bytes(text.encode())
    with Source.of(str(tmp_path / "bank.csv"), "utf8").readable(tmp_path) as readable:
        assert (readable.files, readable.stand_in) == ([str(tmp_path / "bank.csv")], "")
