"""What is in an image that was built, and whose: judged by its layers and its configuration."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence

from ckslab.checks.built_image.params import BuiltImageParams
from ckslab.evidence import Evidence, FileFact, Finding, failed, passed, undecided
from ckslab.image_tree.image import Entry, ImageTree
from ckslab.image_tree.look import account, resolve, shells, started, writable
from ckslab.matching.matcher import shown
from ckslab.needs.built_image import Looked
from ckslab.needs.files import FileNeed

COMPILERS = frozenset({"as", "c++", "c99", "cc", "clang", "g++", "gcc", "go", "ld", "rustc", "tcc"})
SHELLS = frozenset({"ash", "bash", "busybox", "csh", "dash", "fish", "ksh", "mksh", "sh", "tcsh", "toybox", "zsh"})
SOURCES = (".c", ".cc", ".cpp", ".go", ".h", ".hpp", ".java", ".rs")
PACKINGS = frozenset({".br", ".bz2", ".gz", ".lzma", ".xz", ".z", ".zip", ".zst"})
MIN_SOURCE = 20
"""Less may stand in any text."""
DEVELOPMENT = (".a", ".o")
"""What a compiler needs and a program does not."""


def contents(params: BuiltImageParams, image: ImageTree, evidence: Evidence) -> Iterator[Finding]:
    """A finding for each thing that is asked of what is in it."""
    if params.max_bytes and image.size > params.max_bytes:
        yield _too_large(image, params.max_bytes)
    if params.lacks:
        yield _lacks(params, image, evidence)
    if params.no_shell:
        yield _no_shell(image)
    if params.not_root:
        yield _not_root(image)
    for folder in params.not_writable:
        yield _not_writable(image, folder)


def too_large_to_look(params: BuiltImageParams, built: Looked) -> Finding:
    """Whoever made it so large would choose else that nobody sees what is in it."""
    if params.max_bytes:
        return failed(f"an image of {_kilo(params.max_bytes)} at most", built.problem)
    return failed("an image that is small enough to be looked into", built.problem)


def _no_shell(image: ImageTree) -> Finding:
    expected, found = "an image without a shell, under any name", shells(image, account(image))
    if found and not image.files[found[0]].executable:
        return failed(
            expected, f"{found[0]} is a shell, and belongs to the program's user, who may make it executable"
        )
    if found:
        links = [path for path in sorted(image.files) if image.files[path].kind == "link"]
        by = next((path for path in links if resolve(image.files, path)[0] == found[0] and path.endswith("sh")), "")
        return failed(expected, f"{found[0]} is a shell" + (f", and {by} leads to it" if by else ""))
    for path in sorted(image.files):
        if posixpath.basename(path) in SHELLS:
            there, entry = resolve(image.files, path)
            if entry and entry.executable:
                return undecided(f"{path} is {there}, which is called as a shell is and is none that is known")
    return passed()


def _not_root(image: ImageTree) -> Finding:
    expected, who = "the image runs as another user than root", account(image)
    written = shown(image.config.user)
    if who.problem:
        return failed(expected, f"its user is {written}: {who.problem}")
    if who.uid == 0:
        return failed(
            expected, f"its user is {written}, which is uid 0" if image.config.user else "it names no user"
        )
    for path in started(image):
        entry = image.files[path]
        if entry.executable and entry.mode & 0o4000 and entry.uid == 0:
            return failed(expected, f"{path} runs as root by its set-user-ID bit: its mode is {entry.mode:04o}")
    return passed()


def _not_writable(image: ImageTree, folder: str) -> Finding:
    found = writable(image, account(image), folder)
    if found is None:
        return passed()
    return failed(f"nobody may write to {folder}, nor its user to what is in it", f"{found[0]} {found[1]}")


def _too_large(image: ImageTree, most: int) -> Finding:
    there = sum(entry.size for entry in image.files.values())
    message = "What a layer removes is still in the layer below it." if there < most else ""
    return failed(f"an image of {_kilo(most)} at most", f"its layers have {_kilo(image.size)}", message=message)


def _kilo(size: int) -> str:
    return f"{size / 1000:,.0f} kB".replace(",", " ")


def _lacks(params: BuiltImageParams, image: ImageTree, evidence: Evidence) -> Finding:
    expected = "an image with what the program needs when it runs"
    own = [evidence.of(FileNeed(path)) for path in params.sources]
    for path, entry in sorted(image.files.items()):
        if what := _surplus(path, entry, params, own):
            return failed(expected, f"{path} is in it, {what}")
    for path, entry in sorted(image.covered, key=lambda one: one[0]):
        if what := _surplus(path, entry, params, own):
            removed = "What a layer removes is still in the layer below it."
            return failed(expected, f"{path} is in one of its layers, {what}", message=removed)
    return passed()


def _surplus(path: str, entry: Entry, params: BuiltImageParams, own: Sequence[FileFact]) -> str:
    if entry.kind != "file":
        return ""
    name, packing = posixpath.splitext(posixpath.basename(path))
    name = name if packing.lower() in PACKINGS else name + packing
    if "compilers" in params.lacks:
        # a program is what is in it, a script what it is called
        if entry.compiler or (entry.executable and entry.form != "program" and name in COMPILERS):
            return "a compiler"
        if entry.form in ("object", "archive") or name.endswith(DEVELOPMENT):
            return "which only a compiler needs"
    if "sources" in params.lacks and entry.size:
        for source in own:
            if source.sha256 == entry.sha256:
                return f"which is {source.path}"
            if _holds(entry.text, source.text or ""):
                return f"in which {source.path} is"
        if name.endswith(SOURCES):
            return "a source"
    return ""


def _holds(text: str, source: str) -> bool:
    """Whether a source stands in a text, whatever blanks it has there."""
    words = "".join(source.split())
    return len(words) > MIN_SOURCE and words in "".join(text.split())
