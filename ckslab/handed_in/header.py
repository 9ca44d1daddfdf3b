"""The headers of a tar: ustar, GNU and pax, one block and one extension at a time.

`tarfile` follows what a header says: before Python 3.11.14 and 3.13.6 a negative size sends it round in
circles (CVE-2025-8194), before 3.11.10 and 3.12.6 a run of digits in a pax header keeps its regular
expressions busy (CVE-2024-6232), and it takes a long name of any length into memory. Of it only the
decoding of one block is used here; whatever moves the stream is bounded.
"""

from __future__ import annotations

import tarfile
from collections.abc import Mapping
from dataclasses import dataclass

from ckslab.handed_in.stream import ArchiveProblem, Unpacked

BLOCK = 512
_MAX_EXTENSION = 1 << 20  # bytes of one long name or pax header
_MAX_DIGITS = 20  # of a number in a pax header
_PAX = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE)
_LONG = {tarfile.GNUTYPE_LONGNAME: b"path", tarfile.GNUTYPE_LONGLINK: b"linkpath"}
EXTENSIONS = (*_PAX, *_LONG)
"""Types of the headers that say more about the member that follows."""


@dataclass(frozen=True, slots=True)
class Header:
    """What one block says. `raw` is the block; `size` how much data follows it."""

    raw: bytes
    type: bytes
    name: bytes
    target: bytes
    mode: int
    uid: int
    size: int


def next_header(stream: Unpacked) -> Header | None:
    """The next header; None at the end mark, which is a block of zeros."""
    start = stream.at
    block = stream.read(BLOCK)
    if not any(block) and len(block) == BLOCK:
        return None
    if len(block) < BLOCK:
        if not start:
            raise ArchiveProblem("it is not a tar file" if block else "it is empty")
        raise ArchiveProblem("it ends without the end mark of a tar: the file is incomplete")
    try:
        info = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        raise (damaged(stream) if start else ArchiveProblem("it is not a tar file")) from None
    if info.size < 0:
        raise damaged(stream)
    name, target = (text.encode("utf-8", "surrogateescape") for text in (info.name, info.linkname))
    return Header(block, info.type, name, target, info.mode & 0o7777, max(info.uid, 0), info.size)


def damaged(stream: Unpacked) -> ArchiveProblem:
    """That the last header read makes no sense."""
    return ArchiveProblem(f"it is damaged before byte {stream.at}")


def extension(stream: Unpacked, header: Header) -> dict[bytes, bytes]:
    """What an extension header says of the next member: pax keys. Those for all members are passed over."""
    if header.size > _MAX_EXTENSION:
        raise damaged(stream)
    data = data_of(stream, header.size)
    if header.type in _LONG:
        return {_LONG[header.type]: data.split(b"\0", 1)[0]}
    return {} if header.type == tarfile.XGLTYPE else _pax(stream, data)


def _pax(stream: Unpacked, data: bytes) -> dict[bytes, bytes]:
    r"""The records `LENGTH KEY=VALUE\\n` of a pax header (POSIX.1-2017, pax, "Extended Header")."""
    records = {}
    at = 0
    while at < len(data) and data[at]:
        digits = data[at : at + 8].split(b" ", 1)[0]
        end = at + int(digits) if digits.isdigit() else 0
        key, equals, value = data[at + len(digits) + 1 : end].partition(b"=")
        if not equals or end > len(data) or not value.endswith(b"\n"):
            raise damaged(stream)
        records[key] = value[:-1]
        at = end
    return records


def data_of(stream: Unpacked, size: int) -> bytes:
    """`size` bytes, and the padding to the next block passed over."""
    data = stream.read(size)
    pass_over(stream, -size % BLOCK)
    if len(data) < size:
        raise ArchiveProblem("it ends in the middle of a member: the file is incomplete")
    return data


def pass_over(stream: Unpacked, size: int) -> None:
    """Go past `size` bytes, which must be there."""
    if stream.skip(size) < size:
        raise ArchiveProblem("it ends in the middle of a member: the file is incomplete")


def number(stream: Unpacked, said: Mapping[bytes, bytes], key: bytes, otherwise: int) -> int:
    """What a pax header says of `key`, else what the block says."""
    text = said.get(key)
    if text is None:
        return otherwise
    if not text.isdigit() or len(text) > _MAX_DIGITS:
        raise damaged(stream)
    return int(text)
