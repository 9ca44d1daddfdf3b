"""Whether an image in the node's store is the one that was built."""

from __future__ import annotations

from ckslab.evidence import Finding, failed, passed, undecided
from ckslab.image_tree.image import ImageTree
from ckslab.matching.matcher import shown
from ckslab.needs.built_image import Looked


def tagged(tag: str, built: ImageTree, looked: Looked, again: Looked | None) -> Finding:
    """The finding. again: a second build, which tells what is another one each time."""
    expected = f"{tag} is the image that the Dockerfile makes now"
    if looked.absent:
        return failed(expected, f"the node's store has no image {tag}")
    if looked.too_large:
        return failed(expected, f"another one: {looked.problem}")
    if looked.image is None:
        return undecided(f"{tag} cannot be looked into: {looked.problem}")
    each_time = built.differences(again.image) if again and again.image else ()
    files = (path for path in looked.image.differences(built) if path not in each_time)
    others = (*looked.image.config.differences(built.config), *files)
    if not others:
        return passed()
    if again and again.image is None:
        return undecided(f"whether {shown(others[0])} is another one each time cannot be told: {again.problem}")
    more = f" and {len(others) - 3} more" if len(others) > 3 else ""
    return failed(expected, f"another one: {', '.join(map(shown, others[:3]))}{more} differ")
