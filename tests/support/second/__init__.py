"""A second kind of service and a second add-on: what anybody would write for theirs, and nothing besides.

`register` is all that makes them known; in ckslab itself it would be one line in `ckslab/services/__init__.py` and
one in `ckslab/add_ons/__init__.py`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from ckslab.add_ons import ADD_ONS
from ckslab.services import SERVICE_KINDS

SCENARIOS = Path(__file__).with_name("scenarios")


def register(patch: pytest.MonkeyPatch) -> None:
    """Make them known for as long as the patch lasts."""
    patch.setitem(SERVICE_KINDS.places, "clock", ("tests.support.second.clock", "ClockKind"))
    patch.setitem(ADD_ONS.places, "greeter", ("tests.support.second.greeter", "GreeterAddOn"))
