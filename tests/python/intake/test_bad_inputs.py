"""Whatever a file contains, each row is a customer, or rejected with a reason.

Each case is checked by the models that read and judge the source, in one process for speed; that a
whole build ends well is tested on some of them.
"""

import json

import pytest

from python_steps.common.dbt_run import run_dbt
from python_steps.common.settings import Settings
from python_steps.intake.check import check
from python_steps.intake.source import Source

from ..conftest import build, query, run_churn

HEADER = (
    "USERID,score,city,gender,age,equity,balance,products,credit_card,last_activity,"
    "EST_SALARY,churn"
)
GOOD = {
    "USERID": "1", "score": "850", "city": "Rostov", "gender": "M", "age": "25", "equity": "1",
    "balance": "100.5", "products": "2", "credit_card": "1", "last_activity": "0",
    "EST_SALARY": "75719.14", "churn": "1",
}  # fmt: skip


def row(**changes):
    return ",".join({**GOOD, **changes}.values())


def rows(*lines, header=HEADER):
    """A file of these lines and one customer more, who is right."""
    return "\n".join([header, *lines, row(USERID="99")]) + "\n"


def value(**changes):
    """A row with these fields; all such rows are checked in one file."""
    return changes


FINE, WARNINGS, UNUSABLE = "fine", "warnings", "unusable"
ACCEPTED = (FINE, None, 2)


def nulled(what):
    """The value is missing, and that is recorded; the customer stays."""
    return (WARNINGS, what, 2)


def rejected(why):
    return (WARNINGS, why, 1)


def refused(why):
    return (UNUSABLE, why, None)


CASES = {
    # Numbers
    "infinity": (value(age="inf"), nulled("age is unreadable")),
    "minus infinity": (value(balance="-Infinity"), nulled("balance is unreadable")),
    "NaN": (value(score="NaN"), nulled("credit_score is unreadable")),
    "null as a word": (value(score="NULL"), nulled("credit_score is unreadable")),
    "N/A": (value(age="N/A"), nulled("age is unreadable")),
    "1e400": (value(balance="1e400"), nulled("balance is unreadable")),
    "1e-400": (value(balance="1e-400"), ACCEPTED),
    "exponent": (value(balance="1e5"), ACCEPTED),
    "a trillion": (value(balance="1000000000000"), nulled("balance is unreadable")),
    "twenty digits": (value(EST_SALARY="1" * 20), nulled("estimated_income is unreadable")),
    "hexadecimal": (value(age="0x1F"), nulled("age is unreadable")),
    "a word": (value(age="thirty"), nulled("age is unreadable")),
    "a unit": (value(age="30 years"), nulled("age is unreadable")),
    "a currency": (value(balance="$100"), nulled("balance is unreadable")),
    "percent": (value(score="85%"), nulled("credit_score is unreadable")),
    "decimal comma": (value(balance='"100,5"'), nulled("balance is unreadable")),
    "thousands commas": (value(balance='"1,000,000"'), nulled("balance is unreadable")),
    "thousands blanks": (value(balance="1 000 000.5"), ACCEPTED),
    "thousands hard blanks": (value(balance="1\u00a0000"), ACCEPTED),
    "blanks anywhere": (value(balance="10 00"), nulled("balance is unreadable")),
    "a date": (value(age="2024-01-31"), nulled("age is unreadable")),
    "a minus of typographers": (value(balance="−5"), nulled("balance is unreadable")),
    "two points": (value(balance="1.000.000"), nulled("balance is unreadable")),
    "a formula": (value(balance="=1+1"), nulled("balance is unreadable")),
    "Arabic digits": (value(age="٣٠"), nulled("age is unreadable")),
    "overdraft": (value(balance="-500"), ACCEPTED),
    # Ranges
    "negative age": (value(age="-1"), nulled("age is out of range")),
    "age of 200": (value(age="200"), nulled("age is out of range")),
    "age of nought": (value(age="0"), ACCEPTED),
    "negative score": (value(score="-1"), nulled("credit_score is out of range")),
    "negative income": (value(EST_SALARY="-0.01"), nulled("estimated_income is out of range")),
    "half a product": (value(products="1.5"), nulled("product_count is unreadable")),
    "hardly more than two products": (
        value(products="2.00001"),
        nulled("product_count is unreadable"),
    ),
    "two products and no more": (value(products="2.000000"), ACCEPTED),
    "negative products": (value(products="-2"), nulled("product_count is out of range")),
    # Yes and no
    "maybe": (value(credit_card="maybe"), nulled("has_credit_card is unreadable")),
    "two": (value(last_activity="2"), nulled("is_active is unreadable")),
    "true and false": (value(credit_card="TRUE", last_activity="f"), ACCEPTED),
    # The outcome
    "no outcome": (value(churn=""), rejected("has_churned is missing")),
    "another outcome": (value(churn="perhaps"), rejected("has_churned is neither yes nor no")),
    "outcome of 2": (value(churn="2"), rejected("has_churned is neither yes nor no")),
    # Keys
    "no key": (value(USERID=""), rejected("user_id is missing")),
    "blank key": (value(USERID="   "), rejected("user_id is missing")),
    "no city": (value(city=""), rejected("city is missing")),
    "the same row twice": (rows(row(), row()), (WARNINGS, "repeats an earlier row", 2)),
    "one key, two customers": (
        rows(row(), row(age="26")),
        (WARNINGS, "another row has the same key", 1),
    ),
    "one id in two cities": (rows(row(), row(city="Rybinsk")), (FINE, None, 3)),
    # Texts
    "blank": (value(gender="  "), ACCEPTED),
    "quotes": (value(city='"the ""old"" town"'), ACCEPTED),
    "an apostrophe": (value(city="L'Aquila"), ACCEPTED),
    "a semicolon": (value(city="a; drop table customers; --"), ACCEPTED),
    "braces": (value(city="{{ 1 / 0 }}{% raw %}"), ACCEPTED),
    "an emoji": (value(city="🏦"), ACCEPTED),
    "a control character": (value(city="a\x01b"), ACCEPTED),
    "a tabulator": (value(city="a\tb"), ACCEPTED),
    "a line break in quotes": (value(city='"a\nb"'), ACCEPTED),
    "a very long text": (value(city="x" * 100_000), ACCEPTED),
    "right to left": (value(city="עיר\u202e"), ACCEPTED),
    "a separator of fields": (value(city="a\x1fb\x1ec"), ACCEPTED),
    # Lines
    "too few fields": (rows("1,850,Rostov"), rejected("malformed line")),
    "too many fields": (rows(row() + ",extra"), rejected("malformed line")),
    "a quote that never closes": (rows(row(city='"Rostov')), (UNUSABLE, "malformed line", 0)),
    "blank lines": (rows("", row(), "", ""), ACCEPTED),
    "a line of bars": (rows("|||||||||||"), rejected("malformed line")),
    "no last line break": (rows(row()).rstrip("\n"), ACCEPTED),
    "bad bytes": (
        rows(row(city="ПЛОХО")).encode().replace("ПЛОХО".encode(), b"\xcf\xeb\xee\xf5"),
        rejected("malformed line"),
    ),
    "a byte order mark": (b"\xef\xbb\xbf" + rows(row()).encode(), ACCEPTED),
    "carriage returns": (rows(row()).replace("\n", "\r\n"), ACCEPTED),
    "carriage returns alone": (rows(row()).replace("\n", "\r"), ACCEPTED),
    "both kinds of line ends": (rows(row()).replace("\n", "\r\n", 1), ACCEPTED),
    "a line feed in a cell between carriage returns": (
        rows(row(city='"a#b"')).replace("\n", "\r\n").replace("#", "\n"),
        ACCEPTED,
    ),
    "both kinds of line ends and bad bytes": (
        rows(row(city="ПЛОХО"))
        .replace("\n", "\r\n", 1)
        .encode()
        .replace("ПЛОХО".encode(), b"\xcf\xeb"),
        rejected("malformed line"),
    ),
    # Headers and files
    "no rows": (HEADER + "\n", refused("header line but no rows")),
    "nothing": ("", refused("is empty")),
    "blanks only": (" \n\n ", refused("is empty")),
    "no header": (row() + "\n" + row(USERID="2") + "\n", refused("has no column USERID")),
    "a missing column": (
        rows(row().rsplit(",", 1)[0], header=HEADER.rsplit(",", 1)[0]),
        refused("has no column churn (has_churned)"),
    ),
    "one column twice": (
        rows(row() + ",1", header=HEADER + ",age"),
        refused("two columns named age"),
    ),
    "columns in another case": (rows(row(), header=HEADER.upper()), ACCEPTED),
    "a column more": (
        "\n".join([HEADER + ",note", row() + ",x", row(USERID="99") + ",y"]) + "\n",
        ACCEPTED,
    ),
    "a column without a name": (
        "\n".join([HEADER + ",", row() + ",x", row(USERID="99") + ",y"]) + "\n",
        ACCEPTED,
    ),
    "a name of two lines": (
        "\n".join([HEADER + ',"a\n""b"""', row() + ",x", row(USERID="99") + ",y"]) + "\n",
        ACCEPTED,
    ),
    "a name of two lines, with returns": (
        "\r\n".join([f'"\r\nnote",{HEADER}', "x," + row(), "y"]) + "\r\n",
        rejected("malformed line"),
    ),
    "a name whose quote never closes": (
        "\n".join([HEADER + ',"note', row() + ",x"]) + "\n",
        refused("could not be read. Look for quotes that never close"),
    ),
    "binary": (b"\x00\x01\x02" * 100, refused("is binary")),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00", refused("is binary")),
    "a spreadsheet": (b"PK\x03\x04\x00\x00", refused("is binary")),
    "a page": ("<html><body>Log in</body></html>\n", refused("has no column")),
    "JSON": ('[{"USERID": 1}]\n', refused("has no column")),
    "all rejected": (
        HEADER + "\n" + row(churn="") + "\n",
        (UNUSABLE, "no row could be accepted", 0),
    ),
}


ROW_CASES = {name: case for name, case in CASES.items() if isinstance(case[0], dict)}
FILE_CASES = {name: case for name, case in CASES.items() if name not in ROW_CASES}


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """What became of each row of one file with all row cases: rejection, problems of values."""
    folder = tmp_path_factory.mktemp("rows")
    lines = [
        row(**{"USERID": str(1000 + number), **changes})
        for number, (changes, _) in enumerate(ROW_CASES.values())
    ]
    (folder / "bank.csv").write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    environment = {
        "CHURN_SOURCE": str(folder / "bank.csv"),
        "CHURN_WAREHOUSE": str(folder / "work.duckdb"),
    }
    settings = Settings.of(environment, folder)
    with Source.of(settings.table).readable(folder) as source:
        command = ("run", "--select", "+int_customers_validated")
        said = {**settings.environment(), **source.environment()}
        run_dbt(settings.project, settings.warehouse, command, said, {})
    found = query(
        folder / "work.duckdb",
        "select rejection_reasons, value_problems from int_customers_validated order by parsed_row",
    )
    assert len(found) == len(ROW_CASES)
    return dict(zip(ROW_CASES, found, strict=True))


@pytest.fixture
def checked(tmp_path):
    """Checks a file in this process."""

    def run(content, name="bank.csv"):
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        environment = {"CHURN_SOURCE": str(file)}
        return check(Settings.of(environment, tmp_path))

    return run


def test_the_corpus_is_large():
    assert len(CASES) >= 60


@pytest.mark.parametrize("case", ROW_CASES)
def test_each_value_is_read_or_recorded(judged, case):
    _, (_, problem, accepted) = ROW_CASES[case]
    rejection, problems = judged[case]
    if problem is None:
        assert (rejection, problems) == (None, None)
    elif accepted == 2:
        assert (rejection, problems) == (None, problem)
    else:
        assert problem in rejection


@pytest.mark.parametrize("case", FILE_CASES)
def test_each_row_of_a_file_is_a_customer_or_rejected(checked, case):
    content, (status, problem, accepted) = FILE_CASES[case]
    found = checked(content)
    assert found.status == status, found
    said = [finding.problem for finding in found.findings if finding.severity != "note"]
    if problem is None:
        assert said == []
    else:
        assert any(problem in one for one in said), said
        assert "Traceback" not in "\n".join(said)
    if accepted is not None:
        assert found.rows_accepted == accepted, found
        # Rows are conserved: no more and no fewer than the file has.
        assert found.rows_read >= found.rows_accepted


@pytest.mark.parametrize(
    "name", ["it's a {{ bank }}.csv", "a;b 'c'.csv", "[bank].csv", "бан к.csv", "two\nlines.csv"]
)
def test_any_file_name(checked, name):
    found = checked(rows(row()), name)
    assert (found.status, found.rows_accepted) == (FINE, 2)


def test_the_command_line(tmp_path):
    lines = [row(USERID="2", churn=""), "malformed", row(age="200"), "malformed"]
    (tmp_path / "bank.csv").write_text(rows(*lines))
    finished = run_churn(tmp_path, "check", "--source", "bank.csv")
    assert finished.returncode == 1, finished.stderr
    assert (
        "It can be built, without what is named here. 5 rows, 2 of them customers."
        in finished.stdout
    )
    assert "1 × has_churned is missing" in finished.stdout
    assert "row 3, customer 1|Rostov: 200" in finished.stdout
    finished = run_churn(tmp_path, "check", "--source", "bank.csv", "--json")
    assert finished.returncode == 1
    found = json.loads(finished.stdout)
    assert found["status"] == "warnings" and found["rows_read"] == 5
    assert found["findings"][0]["rows"] == 2
    # Spark's tables are those of a build, never of a check.
    finished = run_churn(tmp_path, "check", CHURN_SPARK="nowhere")
    assert (finished.returncode, finished.stderr) == (0, "")
    finished = run_churn(tmp_path, "check", "--source", "none.csv")
    assert finished.returncode == 2 and "There is no file" in finished.stdout
    finished = run_churn(tmp_path, "check", "--mapping", "none.yml")
    assert finished.returncode == 2 and "There is no mapping" in finished.stdout
    assert {file.name for file in tmp_path.iterdir()} <= {"bank.csv", "target", "logs"}


HARD = ["braces", "a control character", "a semicolon", "right to left", "quotes", "an emoji"]


def test_whole_builds_end_well(tmp_path):
    lines = [row(**CASES[case][0]) for case in HARD]
    text = "\n".join(
        [HEADER, *(line.replace("1,", f"{number},", 1) for number, line in enumerate(lines))]
        + [row(USERID=str(number), churn=str(number % 2)) for number in range(100, 160)]
    )
    (tmp_path / "bank.csv").write_text(text + "\n", encoding="utf-8")
    published = build(tmp_path, "bank.csv")
    assert query(published, "select rows_read, rows_accepted from publication") == [(66, 66)]
    finished = run_churn(tmp_path, "report", "--out", "report")
    assert finished.returncode == 0, finished.stderr
