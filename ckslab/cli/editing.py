"""Editing a node's file with the learner's own editor, without ever losing what they wrote."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from ckslab import lab
from ckslab.errors import CkslabError, LabError, UsageError

if TYPE_CHECKING:
    from ckslab.lab.model import Lab


def edit_file(chosen: Lab, path: str) -> int:
    """Let the learner edit `path` on the lab's node; the exit code.

    The file is replaced as a whole, and only if the text was changed, the editor ended well and the
    node's file is still what was opened. Otherwise the text stays where the error says.
    """
    if not path.startswith("/") or "\0" in path or PurePosixPath(path).name == "":
        raise UsageError(f"not an absolute path of a file on the node: {path}")
    editor = find_editor()
    before = lab.read_file(chosen.running(), path)
    copy = _copy(PurePosixPath(path).name, before or b"")
    code = _run([*editor, str(copy)])
    after = copy.read_bytes() if copy.exists() else before or b""
    if after == (before or b""):
        _forget(copy)
        sys.stderr.write(f"{path} was left as it is\n")
        return 0 if code == 0 else 1
    if code != 0:
        raise LabError(f"{editor[0]} ended with {code}: {path} was not written", advice=_kept(copy))
    _write(chosen, path, before, after, copy)
    _forget(copy)
    sys.stderr.write(f"{path} was written\n")
    if problem := lab.yaml_problem(path, before, after):
        sys.stderr.write(f"{path} cannot be read as YAML, {problem}\n")
    return 0


def find_editor() -> list[str]:
    """$VISUAL, $EDITOR, else the first of vi, vim, nano. UsageError when there is none."""
    for variable in ("VISUAL", "EDITOR"):
        try:
            if words := shlex.split(os.environ.get(variable, "")):
                return words
        except ValueError as error:
            raise UsageError(f"{variable} cannot be read: {error}") from error
    for name in ("vi", "vim", "nano"):
        if shutil.which(name):
            return [name]
    raise UsageError("there is no editor here", advice="set EDITOR · or edit on the node: ckslab shell")


def _write(chosen: Lab, path: str, before: bytes | None, after: bytes, copy: Path) -> None:
    try:
        if lab.read_file(chosen.running(), path) != before:
            raise LabError(f"{path} changed on the node while you edited it; it was not overwritten")
        lab.write_file(chosen.running(), path, after)
    except CkslabError as error:
        advice = _kept(copy) + (f"\n{error.advice}" if error.advice else "")
        raise LabError(error.message, advice=advice, details=error.details) from error
    except BaseException:
        sys.stderr.write(f"{_kept(copy)}\n")
        raise


def _copy(name: str, data: bytes) -> Path:
    """A private copy with the file's own name, so that editors know its kind."""
    with lab.as_lab_error("cannot copy the file for the editor"):
        copy = Path(tempfile.mkdtemp(prefix="edit-", dir=lab.private_folder("edits"))) / name
        copy.touch(mode=0o600)
        copy.write_bytes(data)
    return copy


def _run(argv: list[str]) -> int:
    """The editor's exit code. Ctrl-C belongs to the editor while it runs: our handler does nothing, and
    unlike an ignored signal it is not inherited.
    """
    old = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        return subprocess.run(argv, check=False).returncode
    except OSError as error:
        raise UsageError(f"cannot run {argv[0]}: {error.strerror}", advice="set EDITOR") from error
    finally:
        signal.signal(signal.SIGINT, old)


def _forget(copy: Path) -> None:
    shutil.rmtree(copy.parent, ignore_errors=True)


def _kept(copy: Path) -> str:
    return f"your text is kept in {copy}"
