"""A Superset server shows the board in a browser; `make test-bi` installs it."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import closing

import pytest
import yaml
from playwright.sync_api import Page

from tests.python.conftest import PROJECT, build, query, run_churn

BOARD = PROJECT / "dashboards" / "superset"
PYTHON = PROJECT / ".venv" / "superset" / "bin" / "python"
SCREENSHOT = PROJECT / "target" / "superset_board.png"
CHARTS = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in BOARD.glob("charts/*.yaml")]
# What a chart of each kind is drawn as.
DRAWN = {
    "big_number_total": ".header-line",
    "table": "table tbody tr",
    "echarts_timeseries_bar": "canvas",
    "bubble_v2": "canvas",
    "heatmap_v2": "canvas",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("superset")
    build(folder)
    return folder


@pytest.fixture(scope="module")
def server(folder):
    """The address of a server as `make superset` starts it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "SUPERSET_HOME": str(folder / "home"),
        "SUPERSET_PORT": str(port),
        "SUPERSET_PASSWORD": "a password of the test",
        "CHURN_PUBLISHED": str(folder / "churn.duckdb"),
    }
    log = folder / "superset.log"
    with log.open("w", encoding="utf-8") as opened:
        process = subprocess.Popen(
            [PYTHON, BOARD / "serve.py"],
            env=environment,
            stdout=opened,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            assert process.poll() is None, log.read_text(encoding="utf-8")
            try:
                urllib.request.urlopen(f"{address}/health", timeout=2)
                break
            except (urllib.error.URLError, OSError):
                time.sleep(1)
        else:
            pytest.fail(log.read_text(encoding="utf-8"))
        assert f"{address}/superset/dashboard/bank_churn/" in log.read_text(encoding="utf-8")
        yield address
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


@pytest.fixture(scope="module")
def page(browser, server):
    # High enough for all charts, which are drawn only when they are seen.
    page = browser.new_page(viewport={"width": 1600, "height": 6400})
    page.goto(f"{server}/login/")
    page.fill("#username", "admin")
    page.fill("#password", "a password of the test")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("welcome"))
    return page


def show(page: Page, server: str) -> list[str]:
    """Load the board, wait for all charts, and return the answers that were errors."""
    errors = []
    page.on("response", lambda got: errors.append(got.url) if got.status >= 400 else None)
    page.goto(f"{server}/superset/dashboard/bank_churn/")
    page.wait_for_selector(".dashboard-component-chart-holder", timeout=60_000)
    for chart in CHARTS:
        holder = _holder(page, chart["slice_name"])
        holder.locator(DRAWN[chart["viz_type"]]).first.wait_for(timeout=60_000)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(1000)  # the bars grow
    return errors


def _holder(page: Page, name: str):
    return page.locator(f'[data-test-chart-name="{name}"]')


def _figure(page: Page, name: str) -> str:
    return _holder(page, name).locator(".header-line").inner_text()


def test_every_chart_draws_and_a_rebuild_shows_without_a_restart(folder, server, page):
    assert show(page, server) == []
    assert page.locator(".dashboard-component-chart-holder").count() == len(CHARTS)
    for chart in CHARTS:
        holder = _holder(page, chart["slice_name"])
        assert "No results" not in holder.inner_text(), chart["slice_name"]
        assert holder.get_by_role("alert").count() == 0, chart["slice_name"]
    SCREENSHOT.parent.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOT, full_page=True)

    published = folder / "churn.duckdb"
    ((customers, churned, rate),) = query(
        published, "select customers, churned, churn_rate from churn_overview"
    )
    for shown in ("Customers", "Customers chosen"):
        assert _figure(page, shown) == f"{customers:,}"
    assert _figure(page, "Churned") == f"{churned:,}"
    assert _figure(page, "Their churn rate") == f"{rate:.1%}"

    arguments = ["sample", "--rows", "4000", "--seed", "3", "--out", "other.csv"]
    assert run_churn(folder, *arguments).returncode == 0
    build(folder, "other.csv")
    assert show(page, server) == []
    ((others,),) = query(published, "select customers from churn_overview")
    assert others != customers
    assert _figure(page, "Customers") == f"{others:,}"
    assert "other.csv" in _holder(page, "What this board shows").inner_text()


def test_sql_lab_reaches_no_other_file_and_the_password_is_its_owners(folder, server):
    """Through the connection that SQL Lab has."""
    metadata = folder / "home" / "superset.db"
    assert metadata.stat().st_mode & 0o777 == 0o600
    assert (folder / "home").stat().st_mode & 0o777 == 0o700
    with closing(sqlite3.connect(metadata)) as opened:
        ((uri,),) = opened.execute(
            "select sqlalchemy_uri from dbs where database_name = 'bank_churn'"
        ).fetchall()
    script = (
        "import sys\n"
        "from sqlalchemy import create_engine, text\n"
        "for query in sys.argv[2:]:\n"
        "    with create_engine(sys.argv[1]).connect() as connection:\n"
        "        try:\n"
        "            print(connection.execute(text(query)).fetchall())\n"
        "        except Exception as error:\n"
        "            print(str(error).splitlines()[0])\n"
    )
    queries = [
        "select count(*) from publication",
        f"select content from read_text('{metadata}')",
        f"copy (select 1) to '{folder}/written.csv'",
        "set enable_external_access = true",
        f"attach '{folder}/work.duckdb' as work (read_only)",
    ]
    finished = subprocess.run(
        [PYTHON, "-c", script, uri, *queries], capture_output=True, text=True, check=True
    )
    good, *refused = finished.stdout.splitlines()
    assert good == "[(1,)]" and len(refused) == 4
    assert all("Permission Error" in one or "locked" in one for one in refused), refused
    assert not (folder / "written.csv").exists()


def test_a_missing_file_is_named(tmp_path):
    finished = subprocess.run(
        [PYTHON, BOARD / "serve.py"],
        env={**os.environ, "CHURN_PUBLISHED": str(tmp_path / "none.duckdb")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 1
    assert "none.duckdb does not exist. Run churn build first" in finished.stderr
    assert "Traceback" not in finished.stderr
