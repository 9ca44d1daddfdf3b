"""The page's terminal is the published one that is locked, and the lock names no place to fetch it from."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

WEB = Path(str(files("ckslab.web")))
LOCK: dict[str, Any] = json.loads((WEB / "xterm/package-lock.json").read_text())
PACKAGES = {name: entry for name, entry in LOCK["packages"].items() if name}


def test_each_package_is_locked_by_version_and_digest() -> None:
    wanted = json.loads((WEB / "xterm/package.json").read_text())["dependencies"]
    assert {name.removeprefix("node_modules/"): one["version"] for name, one in PACKAGES.items()} == wanted
    assert all(one["integrity"].startswith("sha512-") for one in PACKAGES.values())


def test_the_lock_has_no_address_of_a_registry() -> None:
    assert not [one for one in PACKAGES.values() if "resolved" in one]


def test_the_licences_are_kept_beside_the_files() -> None:
    for name in ("xterm", "addon-fit"):
        licence = (WEB / "static/xterm" / f"LICENSE-{name}").read_text()
        assert "The xterm.js authors" in licence
        assert "Permission is hereby granted" in licence


def test_the_notice_names_the_versions_that_are_locked() -> None:
    notice = (WEB.parents[1] / "NOTICE").read_text()
    for version in (one["version"] for one in PACKAGES.values()):
        assert re.search(rf"\b{re.escape(version)}\b", notice)
