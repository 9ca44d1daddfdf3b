"""One file of a node as plain data, and a place in it: what everything that reads a node's files is given."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

MAX_FILE_BYTES = 1 << 20
"""Files of a learner that are larger are not read: their kind is `too-large`."""

MAX_ENTRIES = 2000
"""Names listed of one folder."""

MAX_PATH_TEXT = 3 * 4096
"""Characters of a path's text: the kernel takes 4096 bytes, and three stand for one that is not UTF-8."""

_NO_TEXT = re.compile("[\udc80-\udcff\ufffd]+")  # what "surrogateescape" makes of such bytes, and the mark itself
_BYTE = re.compile(rb"\xef\xbf\xbd([89a-f][0-9a-f])")

FileKind = Literal[
    "file", "folder", "absent", "fifo", "socket", "device", "loop", "outside", "unreadable", "too-large"
]


@dataclass(frozen=True, slots=True)
class FileFact:
    """One node file. `kind` tells whether `text` can be there. Paths and names are texts (`path_text`).

    `real` is the path after symlinks ("" if absent). `target` is what a symlink at the path itself says,
    whatever lies behind it ("" if it is none). `mode` are the permission bits (None: an archive does not tell
    them), `size` bytes.
    `text` is the content of a regular UTF-8 file of at most MAX_FILE_BYTES, else None. `encoding` is
    "utf-8" or "binary" for a file. `sha256` is the hex digest of a file's bytes ("" else). `entries`
    are a folder's names, sorted. `loop`: symlinks in a circle; `outside`: a symlink that leaves the
    handed-in folder; `reason` says more where `kind` is unreadable.
    """

    path: str
    kind: FileKind
    real: str = ""
    mode: int | None = 0
    uid: int = 0
    size: int = 0
    sha256: str = ""
    text: str | None = None
    encoding: Literal["utf-8", "binary", ""] = ""
    entries: tuple[str, ...] = ()
    reason: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True)
class FolderFact:
    """A folder and what lies directly in it: `files` by name (folders among them without content)."""

    folder: FileFact
    files: Mapping[str, FileFact] = field(default_factory=dict)


class Read(Protocol):
    """Gives a node's files by path. What it raises (nobody has collected them yet) passes through."""

    def __call__(self, path: str) -> FileFact:
        """The file there."""

    def ask(self, paths: Iterable[str]) -> None:
        """Said before several files are read that do not depend on one another: all can be fetched at once."""


@dataclass(frozen=True, slots=True)
class Where:
    """Where the learner should look: a node file and, where known, a line (from 1) and a field."""

    path: str
    line: int | None = None
    field: str = ""


def path_text(raw: bytes) -> str:
    """A path or name as text, another one for each: a byte that is not UTF-8 is U+FFFD and its two hex digits, and
    so is each byte of a U+FFFD. labnode does the same (`nodefile.Text`).
    """
    if raw.isascii():
        return raw.decode("ascii")
    return _NO_TEXT.sub(_in_digits, raw.decode("utf-8", "surrogateescape"))


def path_bytes(text: str) -> bytes:
    """The path that a text stands for; a U+FFFD without the digits of such a byte stands for itself.

    UnicodeEncodeError where it stands for none.
    """
    return _BYTE.sub(lambda found: bytes.fromhex(found[1].decode()), text.encode())


def _in_digits(found: re.Match[str]) -> str:
    return "".join(f"\ufffd{one:02x}" for one in found[0].encode("utf-8", "surrogateescape"))


def kind_text(file: FileFact) -> str:
    """What lies there, in words."""
    words = {
        "absent": "there is no such file",
        "folder": "it is a folder",
        "file": "it is a file" if file.text is not None else "it is a file, but not text",
        "loop": "its symlinks go round in a circle",
        "outside": "its symlink leads outside the node's files",
        "unreadable": f"it cannot be read: {file.reason}",
        "too-large": "it is larger than 1 MiB",
    }
    return words.get(file.kind, f"it is a {file.kind}")


def differs(now: FileFact, then: FileFact) -> bool:
    """Whether kind, content or a folder's entries are different (permissions and owner do not count)."""
    return (now.kind, now.sha256, now.entries) != (then.kind, then.sha256, then.entries)
