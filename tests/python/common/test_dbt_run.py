"""dbt, run in this process."""

import os

from python_steps.common.dbt_run import target_folder
from python_steps.common.settings import CARRIED


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
