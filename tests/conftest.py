"""The browser in which pages are looked at, and how many threads a test may have."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

# Tests run side by side: more threads of one would only wait for the others. Set before NumPy is
# imported; what is run as users do gets their environment.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
os.environ.update(ONE_THREAD)

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome")
# No sandbox, as CI runs as root, and nothing that calls home.
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = [path for path in map(shutil.which, PROGRAMS) if path]
    if not found:
        message = "no Chromium found: install it as `apt-get install chromium` does"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found[0], args=OPTIONS)
        yield launched
        launched.close()
