"""The packages that an image lists as installed, in the form of Alpine's apk."""

from __future__ import annotations

from collections.abc import Mapping

from ckslab.image_tree.image import ImageTree
from ckslab.image_tree.look import resolve
from ckslab.text_lines import lines_of

INSTALLED = "/lib/apk/db/installed"
"""Where apk keeps the list, and scanners read it (apk-package.5, "PKGINFO")."""


def packages(image: ImageTree) -> Mapping[str, str] | None:
    """Name to version; None where there is no list."""
    entry = resolve(image.files, INSTALLED)[1]
    if entry is None or entry.kind != "file":
        return None
    found: dict[str, str] = {}
    for stanza in entry.text.split("\n\n"):
        said = dict(line.split(":", 1) for line in lines_of(stanza) if line[1:2] == ":")
        if "P" in said:
            found[said["P"]] = said.get("V", "")
    return found
