"""The files of one scenario's folder, and nothing outside it: a scenario pack is untrusted."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ckslab.scenario.placeholders import filled

MAX_PACK_FILE = 1 << 20
MAX_PACK_FILES = 500


class PackError(ValueError):
    """A file of the pack cannot be used; the text is the reason, without the file's name."""


@dataclass(frozen=True, slots=True)
class Pack:
    """A scenario's folder. words: what a lab fills in for each placeholder; none where there is no lab."""

    folder: Path
    words: Mapping[str, str] = field(default_factory=dict)

    def text(self, relative: str) -> str:
        """The text of a UTF-8 file of the pack, with the placeholders filled in."""
        text: str = filled(self.author_text(relative), self.words)
        return text

    def author_text(self, relative: str) -> str:
        """The text of a UTF-8 file of the pack as its author wrote it."""
        data = self._read(relative)
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            raise PackError(f"{relative} is not UTF-8 (line {line})") from None

    def files(self, relative: str) -> Iterator[str]:
        """The files below a folder of the pack, relative to that folder, sorted; links are refused."""
        top = self._inside(relative)
        if not top.is_dir():
            raise PackError(f"{relative} is not a folder")
        for path in _walk(top, relative):
            if path.is_symlink():
                raise PackError(f"{relative}/{path.relative_to(top)} is a symbolic link: lay the file itself there")
            if not path.is_dir():
                yield str(path.relative_to(top))

    def digest(self) -> str:
        """SHA-256 (hex) over names and bytes of all files, as their author wrote them, sorted by name.

        At the top of the folder, hidden entries and an editor's backups (`scenario.yaml~`) do not count.
        """
        whole = hashlib.sha256()
        for path in _walk(self.folder, "the scenario's folder", beside_the_content=False):
            if path.is_symlink() or not path.is_dir():
                name = path.relative_to(self.folder)
                whole.update(f"{name}\0{_of_content(path)}\n".encode("utf-8", "surrogateescape"))
        return whole.hexdigest()

    def copy(self, target: Path) -> None:
        """Copy what the digest counts to a folder that is not there yet. PackError: what no scenario can use."""
        target.mkdir()
        for path in _walk(self.folder, "the scenario's folder", beside_the_content=False):
            name = path.relative_to(self.folder)
            if path.is_symlink():
                (target / name).symlink_to(path.readlink())
            elif path.is_dir():
                (target / name).mkdir()
            elif not path.is_file() or path.stat().st_size > MAX_PACK_FILE:
                raise PackError(f"{name} is no file of a scenario, or larger than {MAX_PACK_FILE} bytes")
            else:
                (target / name).write_bytes(path.read_bytes())

    def _inside(self, relative: str) -> Path:
        """The real path of an entry of the pack; PackError if it is absent or lies outside."""
        if "\0" in relative or Path(relative).is_absolute():
            raise PackError(f"{relative!r} is not a path inside the scenario's folder")
        try:
            root = self.folder.resolve(strict=True)
            real = (self.folder / relative).resolve(strict=True)
        except FileNotFoundError:
            raise PackError(f"there is no {relative} in the scenario's folder") from None
        except (OSError, RuntimeError):
            raise PackError(f"{relative} cannot be opened") from None
        if not real.is_relative_to(root):
            raise PackError(f"{relative} leads out of the scenario's folder")
        return real

    def _read(self, relative: str) -> bytes:
        """The content of a regular file of the pack, at most MAX_PACK_FILE bytes."""
        real = self._inside(relative)
        try:
            descriptor = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError as error:
            raise PackError(f"{relative} cannot be read: {error.strerror}") from None
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise PackError(f"{relative} is not a file")
            data = file.read(MAX_PACK_FILE + 1)
        if len(data) > MAX_PACK_FILE:
            raise PackError(f"{relative} is larger than {MAX_PACK_FILE} bytes")
        return data


def _walk(top: Path, called: str, *, beside_the_content: bool = True) -> Iterator[Path]:
    """Folders, files and links below a folder, sorted in each; no link is followed.

    beside_the_content: entries at the top that are hidden or an editor's backups, too.
    """
    found = 0
    for parent, folders, names in os.walk(top):
        if not beside_the_content and parent == str(top):
            folders[:], names[:] = (
                [one for one in some if not one.startswith(".") and not one.endswith("~")]
                for some in (folders, names)
            )
        folders.sort()
        for name in (*folders, *sorted(names)):
            found += 1
            if found > MAX_PACK_FILES:
                raise PackError(f"{called} holds more than {MAX_PACK_FILES} files and folders")
            yield Path(parent, name)


def _of_content(path: Path) -> str:
    """What the digest takes of a file; what no scenario can use counts by its kind alone."""
    if path.is_symlink():
        return f"link {path.readlink()}"
    if not path.is_file() or path.stat().st_size > MAX_PACK_FILE:
        return "no file of the pack"
    return hashlib.sha256(path.read_bytes()).hexdigest()
