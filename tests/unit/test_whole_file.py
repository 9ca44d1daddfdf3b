"""A file is written as a whole or not at all, with the mode that is asked for."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from ckslab.whole_file import write_whole


@pytest.mark.parametrize(("mode", "found"), [(0o600, 0o600), (0o755, 0o755), (None, 0o640)])
def test_its_mode_is_what_is_asked_for_or_what_the_umask_leaves(
    tmp_path: Path, mode: int | None, found: int
) -> None:
    before = os.umask(0o027)
    try:
        write_whole(tmp_path / "x", b"new", mode=mode)
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == found
    assert (tmp_path / "x").read_bytes() == b"new"


def test_what_cannot_be_renamed_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(IsADirectoryError):
        write_whole(tmp_path / "there", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["there"]
