"""Settings of Superset for this board.

All else is its default: charts are not cached, so a page that is loaded again shows the file that
is published then.
"""

import logging
import os
from pathlib import Path

HOME = Path(os.environ["SUPERSET_HOME"])

SECRET_KEY = (HOME / "secret_key").read_text(encoding="utf-8")
SQLALCHEMY_DATABASE_URI = f"sqlite:///{HOME / 'superset.db'}"
# The address and the password stay in sight.
LOG_LEVEL = logging.ERROR
