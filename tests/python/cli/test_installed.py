"""The package as a wheel installs it, far from the project's folder."""

import os
import subprocess
import sys
import zipfile

from ..conftest import PROJECT, query


def test_everything_works_from_any_folder(tmp_path):
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation",
         "--wheel-dir", tmp_path, PROJECT],
        check=True,
    )  # fmt: skip
    (wheel,) = tmp_path.glob("*.whl")
    installed, folder = tmp_path / "site", tmp_path / "desk"
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(installed)
    folder.mkdir()
    before = {file for file in installed.rglob("*") if "__pycache__" not in file.parts}
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("CHURN_") and key != "DBT_TARGET_PATH"
    }
    kept |= {"PYTHONPATH": str(installed), "PYTHONSAFEPATH": "1", "XDG_CACHE_HOME": str(tmp_path)}

    for command, made in (
        (("sample", "--rows", "300", "--out", "made.csv"), "made.csv"),
        (("mapping", "--source", "made.csv", "--out", "made.yml"), "made.yml"),
        (("check", "--source", "made.csv", "--mapping", "made.yml"), "made.yml"),
        (("build", "--source", "made.csv", "--mapping", "made.yml"), "churn.duckdb"),
        (("report", "--out", "report"), "report/dashboard.html"),
    ):
        finished = subprocess.run(
            [sys.executable, "-m", "python_steps", *command],
            cwd=folder,
            env=kept,
            capture_output=True,
            text=True,
            check=False,
        )
        assert finished.returncode == 0, finished.stdout + finished.stderr
        assert (folder / made).exists()
    assert query(folder / "churn.duckdb", "select customers from churn_overview") == [(300,)]
    # Nothing is written among the installed files, and nothing else beside the table.
    assert before == {file for file in installed.rglob("*") if "__pycache__" not in file.parts}
    assert {file.name for file in folder.iterdir() if file.suffix != ".lock"} == {
        "made.csv", "made.yml", "churn.duckdb", "churn_work.duckdb", "churn_work.duckdb.lists.json",
        "report",
    }  # fmt: skip
