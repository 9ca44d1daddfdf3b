"""Images on the embedded node: built, run, pushed, pulled, and gone after a reset."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import image_chain
from tests.support.image_chain import LAB, sh
from tests.support.node_fixtures.home import Home

pytestmark = pytest.mark.node


@pytest.fixture(scope="module")
def images(node_cache: Path) -> Iterator[Home]:
    made = Home.new(node_cache)
    made.run("setup", LAB).ok()
    made.run("start", LAB).ok()
    yield made
    made.remove()


def test_from_a_build_to_a_reset(images: Home) -> None:
    image_chain.builds_and_runs(images)
    image_chain.nobody_has_it(images)
    image_chain.pushes_and_pulls(images)
    image_chain.pulls_public_names(images)
    image_chain.reads_the_line_about_syntax(images)
    image_chain.nothing_is_left(images)


def test_what_is_not_enforced_is_said_to_whoever_comes_in(images: Home) -> None:
    text = sh(images, "cat /etc/ckslab/shell.d/images.greeting; bash -n /etc/ckslab/shell.d/images.sh").ok().out
    assert "not enforced" in text
    complete = (
        "PS1=x; . /root/.bashrc; COMP_LINE='docker bui'; COMP_POINT=10; COMP_WORDS=(docker bui); COMP_CWORD=1; "
    )
    assert "builder" in sh(images, f"{complete} __start_nerdctl; echo ${{COMPREPLY[@]}}").ok().out


def test_a_node_that_was_killed_has_its_tools_and_what_was_built_again(images: Home) -> None:
    sh(images, image_chain.BUILD).ok()
    os.kill(images.record(LAB)["init"]["pid"], signal.SIGKILL)
    images.run("start", LAB).ok()
    assert "team/app" in sh(images, "docker images").ok().out
    sh(images, image_chain.BUILD).ok()


def test_a_registry_that_was_killed_is_started_again_and_one_that_is_stopped_comes_back(images: Home) -> None:
    from ckslab.lab import find_lab

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CKSLAB_HOME", str(images.path))
        patch.setenv("CKSLAB_SCENARIOS", os.fspath(images.environment()["CKSLAB_SCENARIOS"]))
        running = find_lab(LAB).running()
        registry = running.sources(None).services["private"]
        sh(images, "labnode service stop registry-private").ok()
        registry.ensure(running.node)
        asked = "curl -sS --cacert /etc/ckslab/trust/registry-private.crt https://registry.lab.local:5000/v2/ 2>&1"
        assert "UNAUTHORIZED" in sh(images, asked).ok().out
        with registry.stopped(running.node):
            assert "connect to server" in sh(images, asked).out
        registry.ensure(running.node)
        assert "UNAUTHORIZED" in sh(images, asked).ok().out
        sh(images, "pkill -STOP -x registry").ok()
        registry.ensure(running.node)
        assert "UNAUTHORIZED" in sh(images, asked).ok().out
