"""The unpacked bytes of a handed-in tar, as a stream that ends before it can fill memory or a day."""

from __future__ import annotations

import gzip
import zlib
from typing import BinaryIO, Protocol

MAX_STREAM = 512 << 20
"""Bytes of the unpacked tar, those of members that are not kept included."""

_CHUNK = 64 * 1024
_XZ_MEMORY = 128 << 20  # `xz -9` needs 65 MiB to unpack; a header can ask for 4 GiB

_OTHERS = {b"BZh": "bzip2", b"(\xb5/\xfd": "zstd"}


class ArchiveProblem(Exception):
    """The file cannot be read as an archive; the text is the reason, without the file's name."""


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class Unpacked:
    """Reads a plain, gzip or xz file from its start to its end, once. All methods raise ArchiveProblem."""

    def __init__(self, file: BinaryIO) -> None:
        self._source = _unpacker(file)
        self.at = 0

    def read(self, size: int) -> bytes:
        """The next `size` bytes; fewer only at the end."""
        parts: list[bytes] = []
        while size > 0:
            part = self._some(min(size, _CHUNK))
            if not part:
                break
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def skip(self, size: int) -> int:
        """Pass over `size` bytes; how many there were."""
        if size > MAX_STREAM - self.at:
            raise _too_long()
        start = self.at
        while self.at - start < size and self._some(min(size - (self.at - start), _CHUNK)):
            pass
        return self.at - start

    def finish(self) -> None:
        """Read to the end, where gzip and xz keep the checksums of the whole."""
        while self._some(_CHUNK):
            pass

    def _some(self, size: int) -> bytes:
        try:
            part = self._source.read(size)
        except EOFError:
            raise ArchiveProblem("it ends too early: the file is incomplete") from None
        except (OSError, zlib.error) as error:
            raise ArchiveProblem(f"it cannot be unpacked: {error}") from error
        self.at += len(part)
        if self.at > MAX_STREAM:
            raise _too_long()
        return part


def _too_long() -> ArchiveProblem:
    return ArchiveProblem(f"it unpacks to more than {MAX_STREAM >> 20} MiB")


def _unpacker(file: BinaryIO) -> _Readable:
    magic = file.read(6)
    file.seek(0)
    if magic.startswith(b"\x1f\x8b"):
        return gzip.GzipFile(fileobj=file, mode="rb")
    if magic == b"\xfd7zXZ\x00":
        return _Xz(file)
    for start, name in _OTHERS.items():
        if magic.startswith(start):
            raise ArchiveProblem(f"it is packed with {name}; plain, .gz, .xz and .zip can be read")
    return file


class _Xz:
    """The first stream of an xz file: `lzma.LZMAFile` cannot limit the memory that a header asks for."""

    def __init__(self, file: BinaryIO) -> None:
        try:
            import lzma
        except ImportError:  # a Python that was built without it
            raise ArchiveProblem("it is packed with xz, which this Python cannot read; .gz it can") from None
        self._file = file
        self._error = lzma.LZMAError
        self._decoder = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; none at the end."""
        while not self._decoder.eof:
            packed = self._file.read(_CHUNK) if self._decoder.needs_input else b""
            if self._decoder.needs_input and not packed:
                raise EOFError
            try:
                data = self._decoder.decompress(packed, size)
            except self._error as error:
                raise ArchiveProblem(f"it cannot be unpacked: {error}") from error
            if data:
                return data
        return b""
