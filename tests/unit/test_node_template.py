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


def test_what_another_ckslab_is_making_stays_and_does_not_hold_up_one_of_other_programs(tmp_path: Path) -> None:
    made, others = tmp_path / "a" / "0123", tmp_path / "a" / "4567"

    def make(making: Path) -> None:
        plain.once(others, IDS, Silent(), lambda other: (other / "node").mkdir())
        booted = making.with_name(f"{making.name}-booted")
        booted.mkdir()
        plain._remove_stale(others, IDS)
        assert making.exists()
        assert booted.exists()
        booted.rmdir()

    plain.once(made, IDS, Silent(), make)
    assert made.is_dir()
    assert (others / "node").is_dir()


def test_what_was_killed_in_the_making_is_removed_after_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plain, "remove_node", lambda folder, ids: folder.rename(tmp_path / "gone"))
    left = template(tmp_path / f"0123{plain.MAKING}", IDS.name, plain.KEPT_SECONDS + 60)
    plain._remove_stale(tmp_path / "4567", IDS)
    assert not left.exists()
