"""A real Chromium for the tests that open a page, and axe-core; without them these tests are skipped, and say why."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

from tests.support.browser import AXE, Browser

# Of those that follow --no-sandbox each keeps Chromium from speaking to the network by itself.
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    programs = {name: shutil.which(name) for name in ("chromium", "chromedriver")}
    if missing := [name for name, at in programs.items() if at is None]:
        pytest.skip(f"not here: {', '.join(missing)} (apt-get install chromium chromium-driver)")
    if not AXE.exists():
        pytest.skip("axe-core is not here: make browser")
    options = Options()
    options.binary_location = str(programs["chromium"])
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(executable_path=str(programs["chromedriver"])))
    try:
        driver.set_page_load_timeout(60)
        driver.set_script_timeout(120)
        yield Browser(driver)
    finally:
        driver.quit()
