"""The package without the project, as a wheel installs it."""

import os
import shutil
import subprocess
import sys

from ..conftest import PROJECT


def test_what_needs_no_models_works_from_any_folder(tmp_path, sample_build):
    installed = tmp_path / "site"
    shutil.copytree(PROJECT / "python_steps", installed / "python_steps")
    folder = tmp_path / "desk"
    folder.mkdir()
    shutil.copy(sample_build, folder / "churn.duckdb")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CHURN_")}

    def churn(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "python_steps", *arguments],
            cwd=folder,
            env={**environment, "PYTHONPATH": str(installed), "PYTHONSAFEPATH": "1"},
            capture_output=True,
            text=True,
            check=False,
        )

    for command, made in (
        (("sample", "--rows", "100", "--out", "made.csv"), "made.csv"),
        (("mapping", "--source", "made.csv", "--out", "made.yml"), "made.yml"),
        (("report", "--out", "report"), "report/dashboard.html"),
    ):
        finished = churn(*command)
        assert finished.returncode == 0, finished.stderr
        assert (folder / made).exists()
    arguments = ("--source", "made.csv", "--mapping", "made.yml")
    for command, code in (
        (("build", *arguments), 1), (("check", *arguments), 2), (("build",), 1), (("check",), 2),
    ):  # fmt: skip
        finished = churn(*command)
        assert finished.returncode == code
        said = finished.stdout + finished.stderr
        assert "Its models are needed for this" in said and "Traceback" not in said
