"""Which node templates are in nobody's use."""

from __future__ import annotations

import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ckslab.cluster.local.template import plain
from ckslab.progress import Silent

IDS: Any = SimpleNamespace(name="0:100000:65536")


def template(folder: Path, ids: str | None, idle: float) -> Path:
    folder.mkdir()
    if ids is not None:
        (folder / "ids").write_text(ids)
    os.utime(folder, (time.time() - idle,) * 2)
    return folder


@pytest.mark.parametrize(
    ("ids", "idle", "stale"),
    [
        (IDS.name, plain.KEPT_SECONDS + 60, True),
        (IDS.name, plain.KEPT_SECONDS - 60, False),
        ("another owner", plain.KEPT_SECONDS + 60, False),
        (None, plain.KEPT_SECONDS + 60, True),
    ],
)
def test_templates_of_another_ckslab_stay_while_they_are_used(
    tmp_path: Path, ids: str | None, idle: float, stale: bool
) -> None:
    assert plain._is_stale(template(tmp_path / "t", ids, idle), IDS) is stale


def test_a_template_is_used_when_it_is_asked_for(tmp_path: Path) -> None:
    folder = template(tmp_path / "t", IDS.name, plain.KEPT_SECONDS + 60)
    plain.once(folder, IDS, Silent(), lambda making: pytest.fail(f"{making} is made"))
    assert plain._is_stale(folder, IDS) is False
