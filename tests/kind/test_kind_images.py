"""Images on a kind node: the same chain as on the embedded one, with real root, cgroups and kind's own network."""

from __future__ import annotations

import pytest

from tests.support import image_chain
from tests.support.node_fixtures.kind_home import KindHome

pytestmark = pytest.mark.kind


def test_from_a_build_to_a_reset(kind_home: KindHome) -> None:
    kind_home.run("start", image_chain.LAB).ok()
    image_chain.builds_and_runs(kind_home)
    image_chain.nobody_has_it(kind_home)
    image_chain.pushes_and_pulls(kind_home)
    image_chain.pulls_public_names(kind_home)
    image_chain.reads_the_line_about_syntax(kind_home)
    image_chain.nothing_is_left(kind_home)
