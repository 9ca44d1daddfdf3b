"""A member of an archive; and those of a tar, with the content of those that are small enough to be read."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from ckslab.handed_in.header import (
    BLOCK,
    EXTENSIONS,
    Header,
    damaged,
    data_of,
    extension,
    next_header,
    number,
    pass_over,
)
from ckslab.handed_in.stream import ArchiveProblem, Unpacked
from ckslab.kubernetes.node_file import MAX_FILE_BYTES

MAX_MEMBERS = 20_000
MAX_KEPT = 64 << 20
"""Bytes of all members whose content is kept: regular files of at most MAX_FILE_BYTES."""

_MAX_EXTENSIONS = 4  # extension headers before one member
_MAX_SAID = 16 << 20  # bytes of all extension headers: each may be a million records
_ADVICE_LESS = "hand in only what the task is about, such as etc/"

Kind = Literal["file", "folder", "link", "hard-link", "fifo", "device"]
_KINDS: Mapping[bytes, Kind] = {
    tarfile.REGTYPE: "file",
    tarfile.AREGTYPE: "file",
    tarfile.CONTTYPE: "file",
    tarfile.GNUTYPE_SPARSE: "file",
    tarfile.LNKTYPE: "hard-link",
    tarfile.SYMTYPE: "link",
    tarfile.CHRTYPE: "device",
    tarfile.BLKTYPE: "device",
    tarfile.DIRTYPE: "folder",
    tarfile.FIFOTYPE: "fifo",
}
_WITHOUT_DATA = ("hard-link", "link", "device", "folder", "fifo")  # whatever size their headers name


@dataclass(frozen=True, slots=True)
class Member:
    """One member: `name` and `target` as written. `data` is None where the content was not kept.

    `mode` is None where the archive tells none. `size` is the file's, not that of what the tar holds of it;
    `sparse`: it is stored with its holes left out, and not kept for that.
    """

    name: bytes
    kind: Kind
    mode: int | None
    uid: int
    size: int
    target: bytes
    data: bytes | None
    sparse: bool


def members(stream: Unpacked) -> Iterator[Member]:
    """All members up to the end mark, the stream being read to its end. Raises ArchiveProblem."""
    kept = said = count = 0
    extensions: list[dict[bytes, bytes]] = []
    while (header := next_header(stream)) is not None:
        if header.type in EXTENSIONS:
            extensions.append(extension(stream, header))
            said += header.size
            if len(extensions) > _MAX_EXTENSIONS or said > _MAX_SAID:
                raise damaged(stream)
            continue
        count += 1
        if count > MAX_MEMBERS:
            raise ArchiveProblem(f"it has more than {MAX_MEMBERS} members; {_ADVICE_LESS}")
        member = _member(stream, header, extensions)
        extensions = []
        if member is not None:
            kept += len(member.data or b"")
            if kept > MAX_KEPT:
                raise ArchiveProblem(f"its files hold more than {MAX_KEPT >> 20} MiB; {_ADVICE_LESS}")
            yield member
    stream.finish()


def _member(stream: Unpacked, header: Header, extensions: list[dict[bytes, bytes]]) -> Member | None:
    """The member with its data read or passed over; None for types that are no files."""
    said = {key: value for extension in extensions for key, value in extension.items()}
    kind = _KINDS.get(header.type)
    size = 0 if kind in _WITHOUT_DATA else number(stream, said, b"size", header.size)
    whole, sparse = _sparse(stream, header, said, size)
    data = None
    if kind == "file" and not sparse and size <= MAX_FILE_BYTES:
        data = data_of(stream, size)
    else:
        pass_over(stream, size + -size % BLOCK)
    if kind is None:
        return None
    return Member(
        name=said.get(b"GNU.sparse.name", said.get(b"path", header.name)),
        kind=kind,
        mode=header.mode,
        uid=number(stream, said, b"uid", header.uid),
        size=whole,
        target=said.get(b"linkpath", header.target),
        data=data,
        sparse=sparse,
    )


def _sparse(stream: Unpacked, header: Header, said: Mapping[bytes, bytes], size: int) -> tuple[int, bool]:
    """The file's own size and whether it is stored sparse; further maps of the old format are read."""
    if header.type == tarfile.GNUTYPE_SPARSE:
        more = header.raw[482]
        while more:
            block = stream.read(BLOCK)
            if len(block) < BLOCK:
                raise ArchiveProblem("it ends in the middle of a member: the file is incomplete")
            more = block[504]
        return _number_field(header.raw[483:495], size), True
    if any(key.startswith(b"GNU.sparse.") for key in said):
        return number(stream, said, b"GNU.sparse.realsize", size), True
    return size, False


def _number_field(field: bytes, otherwise: int) -> int:
    """A number of a header: octal digits, or big-endian after a first byte of 0x80, as GNU tar writes."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    digits = field.strip(b" \0")
    return int(digits, 8) if digits and not digits.strip(b"01234567") else otherwise
