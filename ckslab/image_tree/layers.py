"""Layers, one over the other, as containerd applies them (pkg/archive/tar.go): whiteouts, links on the way.

A name never leads out of the tree: it is cleaned below its root, and a link on its way is followed within it.
"""

from __future__ import annotations

import bz2
import hashlib
import lzma
import posixpath
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from io import BytesIO

from ckslab.image_tree.image import Entry, Form, TooLarge, Unreadable

MAX_ENTRIES = 100_000
MAX_LINKS = 40
"""On the way of one name, as Linux has it (MAXSYMLINKS)."""
MAX_DEPTH = 200

WHITEOUT = ".wh."
OPAQUE = ".wh..wh..opq"

_FOLDER = Entry("folder", 0o755)
_COMPILERS = (
    b"tcc version",
    b"GNU C%s %s",
    b"gcc version %s",
    b"GNU assembler version",
    b"GNU ld %s",
    b"clang version",
    b"Go Linker",
    b"cmd/compile/internal",
)
"""Words that are in the programs of compilers, under whatever name they lie."""

_SHELL = (b"OPTIND", b"PS1", b"PS4", b"IFS")
"""Variables of every POSIX shell (IEEE 1003.1, 2.5.3): all of these stand in bash, dash, zsh, mksh and busybox."""

_LISTS = {"passwd": 64 << 10, "group": 64 << 10, "installed": 1 << 20}
"""Files whose text is kept always, by their own name, with as many bytes as they may have."""
_MAX_TEXT = 64 << 10
_MAX_TEXTS = 16 << 20
"""Bytes of another file's text that is kept, and of all texts."""


@dataclass(slots=True)
class _Node:
    entry: Entry
    children: dict[str, _Node] = field(default_factory=dict)
    layer: int = 0


class Tree:
    """Files that layers leave, each layer applied in turn."""

    def __init__(self) -> None:
        self._root = _Node(_FOLDER)
        self._layer = 0
        self._entries = 0
        self._texts = 0
        self.covered: list[tuple[str, Entry]] = []
        """Files that a later layer removes or replaces, which are still in the one that brought them."""

    def apply(self, layer: bytes) -> None:
        """Apply one layer, a tar. Unreadable where it is none, or has too much in it."""
        self._layer += 1
        try:
            with tarfile.open(fileobj=BytesIO(layer), mode="r:") as archive:
                for member in archive:
                    self._entries += 1
                    if self._entries > MAX_ENTRIES:
                        raise TooLarge(f"the image has more than {MAX_ENTRIES} files, which are not looked into")
                    self._add(archive, member)
        except (tarfile.TarError, ValueError, OSError, EOFError, RecursionError) as error:
            if not layer.strip(b"\0"):
                return  # a layer without a file
            raise Unreadable(f"layer {self._layer} is no tar: {error}") from error

    def files(self) -> dict[str, Entry]:
        """All that there is now, by absolute path; the root is left out."""
        return dict(_below("", self._root))

    def _add(self, archive: tarfile.TarFile, member: tarfile.TarInfo) -> None:
        folder, name = posixpath.split(posixpath.normpath(f"/{member.name}"))
        parent = self._folder(folder)
        if not name:
            return
        if name == OPAQUE:
            for key in [key for key, one in parent.children.items() if one.layer != self._layer]:
                self._cover(posixpath.join(folder, key), parent.children.pop(key))
        elif name.startswith(WHITEOUT):
            name = name.removeprefix(WHITEOUT)
            self._cover(posixpath.join(folder, name), parent.children.pop(name, None))
        else:
            self._put(parent, folder, name, self._entry(archive, member))

    def _put(self, parent: _Node, folder: str, name: str, entry: Entry) -> None:
        old = parent.children.get(name)
        kept = old.children if old and old.entry.kind == entry.kind == "folder" else {}
        parent.children[name] = _Node(entry, kept, self._layer)
        if not kept:
            self._cover(posixpath.join(folder, name), old)

    def _cover(self, path: str, node: _Node | None) -> None:
        if node is not None:
            of_it = ((path, node.entry), *_below(path, node))
            self.covered += (one for one in of_it if one[1].kind == "file")

    def _entry(self, archive: tarfile.TarFile, member: tarfile.TarInfo) -> Entry:
        entry = Entry("other", member.mode & 0o7777, member.uid, member.gid)
        if member.isdir():
            return replace(entry, kind="folder")
        if member.issym():
            return replace(entry, kind="link", mode=0o777, target=member.linkname[:4096])
        if member.islnk():
            folder, name = posixpath.split(posixpath.normpath(f"/{member.linkname}"))
            linked = self._folder(folder).children.get(name)
            if linked is None:
                raise Unreadable(f"layer {self._layer} links to {member.linkname[:200]}, which is not there")
            return linked.entry
        if not member.isfile():
            return entry
        content = archive.extractfile(member)
        held = content.read() if content else b""
        form = _form(held)
        compiler = form == "program" and any(word in held for word in _COMPILERS)
        digest = hashlib.sha256(held).hexdigest()
        shell = form == "program" and (all(word in held for word in _SHELL) or b"BusyBox v" in held)
        listed = _LISTS.get(posixpath.basename(member.name), 0)
        most = listed or (_MAX_TEXT if self._texts < _MAX_TEXTS else -1)
        text = _text(held, most) if not form else ""
        self._texts += len(text)
        entry = replace(entry, kind="file", size=len(held), sha256=digest)
        return replace(entry, form=form, compiler=compiler, shell=shell, text=text)

    def _folder(self, path: str) -> _Node:
        """The folder of that name, links followed, made where it is missing."""
        way = [part for part in path.split("/") if part][::-1]
        stack, links = [self._root], 0
        while way:
            part = way.pop()
            if part == "..":
                stack = stack[:-1] or [self._root]
                continue
            if part == ".":
                continue
            child = stack[-1].children.get(part)
            if child is not None and child.entry.kind == "link":
                links += 1
                target = child.entry.target
                way += [step for step in target.split("/") if step][::-1]
                if links > MAX_LINKS or len(way) > MAX_DEPTH:
                    raise Unreadable(f"layer {self._layer} has links that lead round in circles")
                stack = [self._root] if target.startswith("/") else stack
                continue
            if child is None or child.entry.kind != "folder":
                child = stack[-1].children[part] = _Node(_FOLDER, layer=self._layer)
            stack.append(child)
            if len(stack) > MAX_DEPTH:
                raise Unreadable(f"layer {self._layer} has folders in more than {MAX_DEPTH} others")
        return stack[-1]


def tree_of(layers: Iterable[bytes]) -> tuple[dict[str, Entry], tuple[tuple[str, Entry], ...]]:
    """What these layers leave, the lowest first: the files, and those that a later one removes or replaces."""
    tree = Tree()
    for layer in layers:
        tree.apply(layer)
    return tree.files(), tuple(tree.covered)


def _below(path: str, node: _Node) -> Iterator[tuple[str, Entry]]:
    todo = [(path, node)]
    while todo:
        path, node = todo.pop()
        for name, child in node.children.items():
            yield f"{path}/{name}", child.entry
            todo.append((f"{path}/{name}", child))


def _form(held: bytes) -> Form:
    if held.startswith(b"\x7fELF"):
        big = held[5:6] == b"\x02"  # EI_DATA; e_type is the half-word at 16 (elf(5))
        return "object" if int.from_bytes(held[16:18], "big" if big else "little") == 1 else "program"
    # ar(5); a package of Debian is one of these, and no compiler's
    return "archive" if held.startswith((b"!<arch>\n", b"!<thin>\n")) and b"debian-binary" not in held[:68] else ""


def _text(held: bytes, most: int) -> str:
    """The text of a file, "" of one of more than `most` bytes."""
    try:
        if held.startswith(b"\x1f\x8b"):
            held = zlib.decompressobj(wbits=31).decompress(held, most + 1)
        elif held.startswith(b"BZh"):
            held = bz2.BZ2Decompressor().decompress(held, most + 1)
        elif held.startswith(b"\xfd7zXZ\0"):
            held = lzma.LZMADecompressor(memlimit=64 << 20).decompress(held, most + 1)
    except (zlib.error, OSError, lzma.LZMAError, EOFError):
        pass  # only its first bytes are of a packed one
    return held.decode(errors="replace") if len(held) <= most else ""
