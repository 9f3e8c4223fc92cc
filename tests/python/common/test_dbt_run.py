"""dbt, run in this process."""

import os

import pytest

from python_steps.common.dbt_run import run_dbt, target_folder
from python_steps.common.errors import ChurnError
from python_steps.common.settings import CARRIED

from ..conftest import PROJECT


def test_who_may_not_write_into_the_project_has_build_files_of_their_own(tmp_path, monkeypatch):
    project = tmp_path / "project"
    project.mkdir()
    assert target_folder(project) == project / "target"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(os, "access", lambda file, mode: mode != os.W_OK)
    elsewhere = target_folder(project)
    assert elsewhere.parent == tmp_path / "cache" / "bank_churn"
    (project / "target").mkdir()
    assert target_folder(project) == elsewhere
    # What another project parsed is of no use.
    other = tmp_path / "other"
    other.mkdir()
    assert target_folder(other) != elsewhere


def test_a_project_that_was_installed_stays_as_it_was(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert target_folder(CARRIED).is_relative_to(tmp_path)


def test_the_variables_of_this_process_stay_as_they_were(tmp_path):
    before = dict(os.environ)
    said = {"CHURN_SOURCE": str(tmp_path / "none.csv")}
    with pytest.raises(ChurnError):
        run_dbt(PROJECT, tmp_path / "work.duckdb", ("run", "--select", "raw_customers"), said, {})
    assert dict(os.environ) == before
