"""Who could not read a file before cannot read it afterwards."""

import os
import stat

import duckdb
import pytest

from python_steps.common.settings import Contents
from python_steps.intake.sample import write_sample
from python_steps.job.marts import Mart
from python_steps.job.publish import publish

from ..conftest import build

pytestmark = pytest.mark.skipif(os.name != "posix", reason="has no such modes")


def mode(file):
    return stat.S_IMODE(file.stat().st_mode)


@pytest.fixture
def warehouse(tmp_path):
    with duckdb.connect(str(tmp_path / "work.duckdb")) as connection:
        connection.execute(
            "create table publication as select 'everything' as contents, 0 as minimum_cell, "
            "0::bigint as cells_suppressed"
        )
    return tmp_path / "work.duckdb"


@pytest.fixture(autouse=True)
def usual_setting():
    """What most machines have: new files can be read by everybody."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_a_new_file_with_customers_is_for_its_owner(warehouse, tmp_path):
    published = tmp_path / "churn.duckdb"
    publish(warehouse, published, [Mart("publication")])
    assert mode(published) == 0o600


def test_a_new_file_of_aggregates_is_for_everybody(warehouse, tmp_path):
    published = tmp_path / "churn.duckdb"
    publish(warehouse, published, [Mart("publication")], Contents(aggregates_only=True))
    assert mode(published) == 0o644


@pytest.mark.parametrize("given", [0o600, 0o640, 0o664])
def test_a_replaced_file_keeps_its_mode(warehouse, tmp_path, given):
    published = tmp_path / "churn.duckdb"
    for contents in (Contents(), Contents(aggregates_only=True)):
        publish(warehouse, published, [Mart("publication")], contents)
        published.chmod(given)
        publish(warehouse, published, [Mart("publication")], contents)
        assert mode(published) == given


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs to give away")
def test_a_replaced_file_keeps_its_owner(warehouse, tmp_path):
    published = tmp_path / "churn.duckdb"
    publish(warehouse, published, [Mart("publication")])
    os.chown(published, 12345, 23456)
    publish(warehouse, published, [Mart("publication")])
    assert (published.stat().st_uid, published.stat().st_gid) == (12345, 23456)


def test_a_builds_own_files_are_for_its_owner(tmp_path):
    write_sample(60, 1, tmp_path / "bank.csv")
    published = build(tmp_path, "bank.csv")
    assert mode(published) == 0o600
    assert mode(tmp_path / "work.duckdb") == 0o600
    compiled = list((tmp_path / "target").rglob("customers.sql"))
    assert compiled and {mode(file) for file in compiled} == {0o600}
    (tmp_path / "work.duckdb").chmod(0o640)
    build(tmp_path, "bank.csv")
    assert mode(tmp_path / "work.duckdb") == 0o640
