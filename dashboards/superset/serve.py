"""Starts Apache Superset on this machine with the board over the published file.

`make superset` runs this in Superset's own environment. The board is imported anew at each start;
what is saved under another name stays, in `.superset`.
"""

import logging
import os
import secrets
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import yaml
from dotenv import load_dotenv

load_dotenv(".env")
HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
HOME = Path(os.environ.get("SUPERSET_HOME", PROJECT / ".superset")).resolve()
PUBLISHED = Path(os.environ.get("CHURN_PUBLISHED", PROJECT / "churn.duckdb")).resolve()
PORT = os.environ.get("SUPERSET_PORT", "8088")
BOARD = "superset/dashboard/bank_churn/"


def superset(*arguments: str) -> str:
    """Run a command of Superset and return what it wrote; stop with that if it fails."""
    finished = subprocess.run(
        [Path(sys.executable).with_name("superset"), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if finished.returncode:
        sys.exit(f"superset {arguments[0]} failed:\n{finished.stdout}")
    return finished.stdout


def set_admin(password: str) -> None:
    """Give the user admin a password; as an argument of a command others could read it."""
    from superset.app import create_app

    logging.disable(logging.INFO)
    with create_app().app_context():
        from superset.extensions import security_manager

        user = security_manager.find_user("admin")
        if user:
            security_manager.reset_password(user.id, password)
        else:
            role = security_manager.find_role("Admin")
            security_manager.add_user("admin", "Bank", "Churn", "admin@localhost", role, password)


def import_board() -> None:
    """Import database, datasets, charts and dashboard, with the path of the published file."""
    with tempfile.TemporaryDirectory() as folder:
        board = Path(folder) / "board"
        shutil.copytree(HERE, board, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
        file = board / "databases" / "bank_churn.yaml"
        database = yaml.safe_load(file.read_text(encoding="utf-8"))
        settings = database["sqlalchemy_uri"].partition("?")[2]
        database["sqlalchemy_uri"] = f"duckdb:///{quote(str(PUBLISHED))}?{settings}"
        file.write_text(yaml.safe_dump(database), encoding="utf-8")
        log = superset("import-directory", "--overwrite", str(board))
    # Of what it cannot import it says so in the log, or nothing at all, and succeeds.
    with closing(sqlite3.connect(HOME / "superset.db")) as metadata:
        boards = metadata.execute("select count(*) from dashboards where slug = 'bank_churn'")
        (imported,) = boards.fetchone()
    if "An error occurred" in log or not imported:
        sys.exit(f"The board could not be imported:\n{log}")


def main() -> None:
    """Prepare Superset, import the board and become the server."""
    if not PUBLISHED.is_file():
        sys.exit(f"{PUBLISHED} does not exist. Run churn build first, or set CHURN_PUBLISHED.")
    # The password's hash is among what lies there.
    os.umask(0o077)
    HOME.mkdir(parents=True, exist_ok=True)
    for file in (HOME, *HOME.glob("superset.db*")):
        file.chmod(0o700 if file.is_dir() else 0o600)
    key = HOME / "secret_key"
    if not key.exists():
        key.touch(mode=0o600)
        key.write_text(secrets.token_urlsafe(42), encoding="utf-8")
    os.environ |= {
        "SUPERSET_HOME": str(HOME),
        "SUPERSET_CONFIG_PATH": str(HERE / "superset_config.py"),
        "FLASK_APP": "superset.app:create_app()",
    }

    print("Preparing Superset, which takes a minute at the first start", flush=True)
    superset("db", "upgrade")
    password = os.environ.get("SUPERSET_PASSWORD") or secrets.token_urlsafe(9)
    superset("init")
    set_admin(password)
    import_board()

    print(f"Superset shows {PUBLISHED} at http://127.0.0.1:{PORT}/{BOARD}")
    print(f"User admin, password {password}. Stop it with Ctrl-C.", flush=True)
    os.execv(
        Path(sys.executable).with_name("gunicorn"),
        [
            *("gunicorn", "--bind", f"127.0.0.1:{PORT}", "--log-level", "warning"),
            *("--worker-class", "gthread", "--threads", "8", "--timeout", "120"),
            *("--graceful-timeout", "3"),
            "superset.app:create_app()",
        ],
    )


if __name__ == "__main__":
    main()
