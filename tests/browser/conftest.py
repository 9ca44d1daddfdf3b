"""A real Chromium for the tests that open a page, and axe-core; without them these tests are skipped, and say why."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.browser import AXE, Browser, browser_of, missing_programs


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if missing := missing_programs():
        pytest.skip(f"not here: {', '.join(missing)} (apt-get install chromium chromium-driver)")
    if not AXE.exists():
        pytest.skip("axe-core is not here: make browser")
    with browser_of(tmp_path_factory.mktemp("chromium")) as made:
        yield made
