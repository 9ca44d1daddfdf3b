"""Which packages an image that was built has, and that a build of a later day installs the same ones."""

from __future__ import annotations

from collections.abc import Iterator

from ckslab.checks.built_image.params import PackagesParams
from ckslab.evidence import Finding, failed, undecided
from ckslab.image_tree.image import ImageTree
from ckslab.image_tree.packages import INSTALLED, packages
from ckslab.matching.matcher import shown
from ckslab.needs.built_image import Later

UNPINNED = "Whichever version the repository has at the day of the build is what is shipped."


def installed(params: PackagesParams, image: ImageTree, later: Later | None) -> Iterator[Finding]:
    """A finding for each package that is missing or not pinned."""
    there = packages(image)
    for name in params.names:
        expected = f"the package {name} is installed in the final image"
        if there is None:
            yield failed(expected, f"{INSTALLED}, the list of its packages, is gone")
        elif name not in there:
            yield failed(expected, f"{INSTALLED}, the list of its packages, has none of that name")
    if later is None:
        yield undecided("it was not built with newer packages")
        return
    expected = "each package that is installed is pinned to one version, as NAME=VERSION"
    for package, step in later.unpinned:
        seen = f"{package.split()[0]} is not: where the repository has {package} too, "
        seen += f"that is installed by {shown(step[:120])}" if step else "that is installed"
        yield failed(expected, seen, message=UNPINNED)
    if later.refused:
        yield failed(expected, f"with newer packages in the repository it does not build: {later.refused}")
    elif later.built.too_large:
        yield failed(expected, f"with newer packages in the repository, {later.built.problem}")
    elif later.built.image is None:
        yield undecided(f"the image with newer packages cannot be looked into: {later.built.why}")
    else:
        then = packages(later.built.image) or {}
        for name, version in (there or {}).items():
            if then.get(name) != version:
                seen = f"{name} is not: it is {version} today, and {then.get(name, 'not installed')}"
                yield failed(expected, f"{seen} where the repository has newer ones", message=UNPINNED)
