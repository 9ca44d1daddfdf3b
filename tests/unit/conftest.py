"""Fixtures of tests that need no node."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own; no lab runs in it, so that its path may be longer than a socket's."""
    home = tmp_path / "h"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("CKSLAB_HOME", str(home))
    monkeypatch.setattr("ckslab.store.labs.MAX_FOLDER_BYTES", 4000)
    return home
