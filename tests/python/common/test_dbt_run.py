"""dbt, run in this process."""

import os

from python_steps.common.dbt_run import target_folder


def test_who_may_not_write_into_the_project_has_build_files_of_their_own(tmp_path, monkeypatch):
    project = tmp_path / "project"
    project.mkdir()
    assert target_folder(project) == project / "target"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(os, "access", lambda file, mode: mode != os.W_OK)
    assert target_folder(project) == tmp_path / "cache" / "bank_churn" / "target"
    (project / "target").mkdir()
    assert target_folder(project) == tmp_path / "cache" / "bank_churn" / "target"
