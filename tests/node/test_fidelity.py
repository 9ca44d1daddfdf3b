"""A seeded sample of set-ups on the real kube-apiserver: its verdicts and ours agree."""

from __future__ import annotations

import shutil

import pytest

from tests.tools.fidelity.compare import Result, binaries, run
from tests.tools.fidelity.generate import cases

pytestmark = pytest.mark.real


def test_a_sample_of_set_ups_is_judged_as_the_api_server_judges_it() -> None:
    """Thirty of them; `python -m tests.tools.fidelity` runs all."""
    try:
        binaries()
    except LookupError as missing:
        pytest.skip(str(missing))
    if shutil.which("unshare") is None:
        pytest.skip("not on this machine: unshare")
    differing: list[str] = []

    def note(result: Result) -> None:
        if result.differs:
            differing.append(f"{result.case.name}: {result.differs}")

    assert len(run(cases(30, seed=7), jobs=2, report=note)) == 30
    assert differing == []
