"""What somebody else wrote, a view or a table's text, reads no file of this machine."""

import duckdb
import pytest

from ..conftest import query, run_churn

SECRET = "the secret of this machine"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A bank's database in which a view reads what was not given."""
    folder = tmp_path_factory.mktemp("views")
    (folder / "secret.txt").write_text(SECRET, encoding="utf-8")
    secret = f"(select content from read_text('{folder}/secret.txt'))"
    with duckdb.connect(str(folder / "bank.duckdb")) as connection:
        connection.execute(
            "create table plain as select i as id, i % 3 = 0 as exited, i % 40 as age "
            "from range(300) as r (i)"
        )
        connection.execute(f"create view customers as select *, {secret} as note from plain")
        connection.execute("create view honest as from plain")
    (folder / "bank.yml").write_text(
        "key: [user_id]\ncolumns: {user_id: id, has_churned: exited, age: age}\n", encoding="utf-8"
    )
    return folder


@pytest.mark.parametrize("command", ["mapping", "check", "build"])
def test_a_view_reads_no_file_of_the_machine(folder, command):
    arguments = () if command == "mapping" else ("--mapping", "bank.yml")
    finished = run_churn(folder, command, "--source", "bank.duckdb::customers", *arguments)
    assert finished.returncode
    assert "file system operations are disabled by configuration" in (
        finished.stdout + finished.stderr
    )
    assert SECRET not in finished.stdout + finished.stderr
    for file in folder.glob("*.duckdb"):
        assert SECRET.encode() not in file.read_bytes()


def test_a_view_of_the_banks_own_table_is_built(folder):
    arguments = ("--source", "bank.duckdb::honest", "--mapping", "bank.yml")
    finished = run_churn(folder, "build", *arguments)
    assert finished.returncode == 0, finished.stderr
    assert query(folder / "churn.duckdb", "select count(*) from customers") == [(300,)]


def test_a_published_file_with_such_a_view_gives_nothing_away(tmp_path, sample_build):
    (tmp_path / "secret.txt").write_text(SECRET, encoding="utf-8")
    published = tmp_path / "churn.duckdb"
    published.write_bytes(sample_build.read_bytes())
    with duckdb.connect(str(published)) as connection:
        columns = [name for name, *_ in connection.execute("describe publication").fetchall()]
        taken = ", ".join(
            f"(select content from read_text('{tmp_path}/secret.txt')) as source"
            if name == "source" else name
            for name in columns
        )  # fmt: skip
        connection.execute("alter table publication rename to publications")
        connection.execute(f"create view publication as select {taken} from publications")
    finished = run_churn(tmp_path, "report", "--out", "report")
    assert finished.returncode == 1
    assert "file system operations are disabled by configuration" in finished.stderr
    assert not list(tmp_path.glob("report/*"))
