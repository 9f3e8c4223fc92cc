"""The extract for Tableau holds what is published; `make test-bi` installs what this needs."""

import csv
import shutil

import duckdb
import pytest
from tableauhyperapi import Connection, HyperProcess, TableName, Telemetry

from tests.python.conftest import build, query, run_churn


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tableau")
    build(folder)
    return folder


def test_the_hyper_api_reads_every_table(folder):
    finished = run_churn(folder, "tableau", "--out", "churn.hyper")
    assert finished.returncode == 0, finished.stderr
    published = folder / "churn.duckdb"
    tables = [table for (table,) in query(published, "show tables")]
    assert f"churn.hyper: {len(tables)} tables" in finished.stdout
    with (
        HyperProcess(
            Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters={"log_config": ""}
        ) as hyper,
        Connection(hyper.endpoint, folder / "churn.hyper") as connection,
    ):
        for table in tables:
            name = TableName("public", table)
            columns = [
                column.name.unescaped
                for column in connection.catalog.get_table_definition(name).columns
            ]
            assert columns == [column for column, *_ in query(published, f"describe {table}")]
            ((rows,),) = query(published, f"select count(*) from {table}")
            assert connection.execute_scalar_query(f"select count(*) from {name}") == rows
        order = "order by segment_id"
        chosen = "select segment_id, name_ru, customers, churn_rate, is_confirmed, search_p_value"
        assert connection.execute_list_query(
            f"{chosen} from {TableName('public', 'risk_segments')} {order}"
        ) == [list(row) for row in query(published, f"{chosen} from risk_segments {order}")]
    for table in tables:
        with (folder / "churn_csv" / f"{table}.csv").open(encoding="utf-8", newline="") as opened:
            rows = list(csv.reader(opened))
        assert len(rows) - 1 == query(published, f"select count(*) from {table}")[0][0]
    left = {path.name for path in folder.iterdir() if path.name.startswith((".churn", "hyperd"))}
    assert left == set()


def test_formulas_stay_texts_in_the_csv_files(folder, tmp_path):
    published = tmp_path / "churn.duckdb"
    shutil.copy(folder / "churn.duckdb", published)
    with duckdb.connect(str(published)) as connection:
        connection.execute("update publication set source = '=cmd()', contents = '＝cmd()'")
    finished = run_churn(tmp_path, "tableau")
    assert finished.returncode == 0, finished.stderr
    with (tmp_path / "churn_csv" / "publication.csv").open(encoding="utf-8", newline="") as opened:
        (row,) = csv.DictReader(opened)
    assert (row["source"], row["contents"]) == ("'=cmd()", "'＝cmd()")


def test_folders_are_made_and_nothing_of_others_is_replaced(folder):
    out = ("tableau", "--out", "new/place/churn.hyper")
    for _ in range(2):
        finished = run_churn(folder, *out)
        assert finished.returncode == 0, finished.stderr
    foreign = folder / "bank_csv"
    foreign.mkdir()
    (foreign / "precious.csv").write_text("a\n")
    finished = run_churn(folder, "tableau", "--out", "bank.hyper")
    assert finished.returncode == 1
    assert "bank_csv exists and was not made by churn tableau" in finished.stderr
    assert [file.name for file in foreign.iterdir()] == ["precious.csv"]
    (folder / "mine.hyper").write_text("precious")
    finished = run_churn(folder, "tableau", "--out", "mine.hyper")
    assert finished.returncode == 1 and "mine.hyper exists" in finished.stderr
    assert (folder / "mine.hyper").read_text() == "precious"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--out", "churn.csv"], "the name must end in .hyper"),
        (["--published", "none.duckdb"], "Run churn build first"),
    ],
)
def test_mistakes_are_named(tmp_path, arguments, message):
    finished = run_churn(tmp_path, "tableau", *arguments)
    assert finished.returncode == 1
    assert message in finished.stderr
    assert "Traceback" not in finished.stderr
