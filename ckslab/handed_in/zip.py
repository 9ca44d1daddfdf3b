"""Reads a handed-in zip into a tree in memory; links and permissions are as Unix tools keep them."""

from __future__ import annotations

import os
import stat
import struct
import zipfile
import zlib
from typing import BinaryIO

from ckslab.handed_in.members import MAX_KEPT, MAX_MEMBERS, Kind, Member
from ckslab.handed_in.memory import Growing, MemoryTree
from ckslab.handed_in.stream import ArchiveProblem
from ckslab.handed_in.tree import MAX_PATH
from ckslab.kubernetes.node_file import MAX_FILE_BYTES

MAGIC = b"PK\x03\x04"

_END = struct.Struct("<4s4H2LH")  # APPNOTE.TXT 6.3.10, 4.3.16: end of central directory record
_COMMENT = 0xFFFF
_ZIP64_LOCATOR = 20  # bytes, directly before the end record (4.3.15)
_MAX_DIRECTORY = 8 << 20
_UNIX = 3  # "version made by" of Info-ZIP and Python: the upper half of the attributes is st_mode
_DOS_FOLDER = 0x10
_NO_MODES = "The zip tells no permissions of its files: checks of them are undecided."
_KINDS: dict[int, Kind] = {stat.S_IFREG: "file", stat.S_IFDIR: "folder", stat.S_IFLNK: "link", stat.S_IFIFO: "fifo"}


def read_zip(file: BinaryIO) -> tuple[MemoryTree, list[str]]:
    """The tree in a zip, and notes on what was left out or is not told. ArchiveProblem as for a tar."""
    _bounded(file)
    growing, kept, silent = Growing(), 0, False
    try:
        with zipfile.ZipFile(file) as archive:
            for info in archive.infolist():
                member = _member(archive, info)
                kept += len(member.data or member.target)
                if kept > MAX_KEPT:
                    raise ArchiveProblem(f"its files hold more than {MAX_KEPT >> 20} MiB")
                silent |= member.mode is None
                growing.add(member)
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
        EOFError,
        ValueError,
        OSError,
        zlib.error,
    ) as error:
        raise ArchiveProblem(f"it cannot be unpacked: {error}") from error
    return MemoryTree(growing.root), growing.notes + ([_NO_MODES] if silent else [])


def _bounded(file: BinaryIO) -> None:
    """ArchiveProblem where `zipfile` would take a directory of any length into memory."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _END.size - _COMMENT - _ZIP64_LOCATOR))
    tail = file.read()
    file.seek(0)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        raise ArchiveProblem("it ends without a zip's directory: the file is incomplete")
    _, _, _, _, entries, directory, _, _ = _END.unpack_from(tail, at)
    if tail[max(0, at - _ZIP64_LOCATOR) : at].startswith(b"PK\x06\x07"):
        raise ArchiveProblem("it is a zip64, which is for more than is read here")
    if entries > MAX_MEMBERS or directory > _MAX_DIRECTORY:
        raise ArchiveProblem(f"it has more than {MAX_MEMBERS} members")


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Member:
    """One member with its data, if it is small enough to be read."""
    bits = info.external_attr >> 16 if info.create_system == _UNIX else 0
    # not info.is_dir(), which takes it that there is a name
    folder = info.filename.endswith("/") or (not bits and bool(info.external_attr & _DOS_FOLDER))
    kind = "folder" if folder else _KINDS.get(stat.S_IFMT(bits) or stat.S_IFREG, "device")
    limit = {"file": MAX_FILE_BYTES, "link": MAX_PATH}.get(kind, -1)
    data = None
    if info.file_size <= limit:
        with archive.open(info) as opened:
            data = opened.read(limit + 1)
    target = data or b"" if kind == "link" else b""
    name = info.filename.encode("utf-8", "surrogateescape")
    mode = stat.S_IMODE(bits) if bits else None
    return Member(name, kind, mode, 0, info.file_size, target, data if kind == "file" else None, sparse=False)
