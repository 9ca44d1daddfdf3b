"""Fixtures of the tests on the real node; a test that needs one is skipped where no node can run.

With CKSLAB_SKIPS=fail a skipped test is a failed one: where all must be there, nothing passes by not being tried.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.node_fixtures.home import SCENARIO, Home
from tests.support.node_fixtures.kind_home import KindHome

# A job in the background ignores SIGINT and its children inherit that; tests of Ctrl-C need the default.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A machine that is busy with something else is slow, which proves nothing about a property.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

ALL_MUST_RUN = os.environ.get("CKSLAB_SKIPS") == "fail"
OF_THIS_RUN = "CKSLAB_TEST_CACHE_OF_THIS_RUN"


def pytest_configure(config: pytest.Config) -> None:
    """One cache for all processes of a run: the node template is made once."""
    if not hasattr(config, "workerinput"):
        os.environ[OF_THIS_RUN] = f"{tempfile.gettempdir()}/ckc-{os.getpid()}"


def pytest_unconfigure(config: pytest.Config) -> None:
    """The run's cache goes when all its processes have ended."""
    folder = Path(os.environ[OF_THIS_RUN])
    if hasattr(config, "workerinput") or not folder.exists():
        return
    for template in (folder / "node-templates").glob("*/"):
        _remove_template(template)
    shutil.rmtree(folder)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where all must run, a skipped test has failed, and says why it was skipped."""
    report = yield
    if ALL_MUST_RUN and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
    return report


@pytest.fixture(scope="session")
def node_cache() -> Path:
    """The cache that all homes share, with binaries and, after the first start, the node template.

    CKSLAB_TEST_CACHE names one that is kept. Skips where no node can run, saying why.
    """
    from ckslab.cluster import binaries
    from ckslab.cluster.local.backend import LocalBackend

    missing = [
        name for name, at in binaries.locate(binaries.REQUIRED).items() if not isinstance(at, binaries.Found)
    ]
    if missing:
        pytest.skip(f"binaries of the node are missing: {', '.join(missing)} (ckslab setup)")
    available = LocalBackend().availability()
    if not available.usable:
        pytest.skip(f"no node can run here: {available.reason}")
    folder = Path(os.environ.get("CKSLAB_TEST_CACHE") or os.environ[OF_THIS_RUN])
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _remove_template(folder: Path) -> None:
    from ckslab.cluster.local import node_folder
    from ckslab.cluster.local.namespace import idmap

    node_folder.remove_node(folder, idmap.current())


@pytest.fixture
def home(node_cache: Path) -> Iterator[Home]:
    """A home of the test's own. Nothing may be left of its labs after `stop`."""
    made = Home.new(node_cache)
    yield made
    made.remove()


@pytest.fixture(scope="module")
def library_home(node_cache: Path) -> Iterator[Home]:
    """A home for a module's tests that call the library, not the command: CKSLAB_HOME is set to it."""
    made = Home.new(node_cache)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CKSLAB_HOME", str(made.path))
        yield made
        made.remove()


@pytest.fixture(scope="module")
def shared(node_cache: Path) -> Iterator[Home]:
    """A home with one running lab for the tests of a module, which leave it usable."""
    made = Home.new(node_cache)
    made.run("start", SCENARIO).ok()
    yield made
    made.remove()


@pytest.fixture
def lab(shared: Home) -> Home:
    """The module's home, its lab running whatever the test before did."""
    from ckslab.cluster.local.backend import LocalBackend

    if LocalBackend().state(shared.lab()) != "running":
        shared.run("reset", SCENARIO).ok()
    return shared


@pytest.fixture(scope="session")
def kind_image() -> str:
    """The node image of the tests on kind; skips, saying why, where there is no engine or no image."""
    from ckslab.cluster.kind import engine, node_image
    from ckslab.errors import LabError

    try:
        found = engine.answering()
    except LabError as error:
        pytest.skip(f"no kind cluster can run here: {error.message}")
    image = node_image.wanted(None)
    if not node_image.present(found, image):
        pytest.skip(f"the node image {image} is not here: make test-kind makes one, CKSLAB_KIND_IMAGE names one")
    return image


@pytest.fixture
def kind_home(kind_image: str) -> Iterator[KindHome]:
    """A home of the test's own whose labs are kind clusters. Nothing may be left of them after `stop`."""
    made = KindHome.made(kind_image)
    yield made
    made.remove()


@pytest.fixture(scope="session")
def shared_kind(kind_image: str) -> Iterator[KindHome]:
    """A home with one running lab on kind for many tests, which leave it usable."""
    made = KindHome.made(kind_image)
    try:
        made.run("start", SCENARIO).ok()
        yield made
    finally:
        made.remove()


@pytest.fixture
def kind_lab(shared_kind: KindHome) -> KindHome:
    """The shared home on kind, its lab running whatever the test before did."""
    if shared_kind.state() != "running":
        shared_kind.run("reset", SCENARIO).ok()
    return shared_kind


@pytest.fixture
def figure(record_testsuite_property: object) -> object:
    """Keep a measured figure: it is in the JUnit report and in the terminal's output with -s."""

    def keep(name: str, seconds: float) -> None:
        record_testsuite_property(name, f"{seconds:.1f}")  # type: ignore[operator]
        print(f"\n[{name}: {seconds:.1f} s]")

    return keep
