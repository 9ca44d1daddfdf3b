"""Files of a lab's start that the scenario itself tells: those of its set-up that nothing else has a hand in."""

from __future__ import annotations

import hashlib

from ckslab.evidence import FileFact
from ckslab.scenario.model import Scenario
from ckslab.scenario.placeholders import NONCE, unknown_placeholders


def laid_files(scenario: Scenario) -> dict[str, FileFact]:
    """By node path, as the learner got them. A fault is none of a file's start: see `initial_files`.

    None where steps or add-ons of the set-up may have changed them, and none that wait for what a lab fills in.
    """
    setup = scenario.setup
    if setup.steps or setup.add_ons:
        return {}
    certificates = {path for one in setup.certificates for path in (one.cert, one.key)}
    return {
        file.path: FileFact(
            file.path,
            "file",
            real=file.path,
            mode=file.mode,
            size=len(file.data),
            sha256=hashlib.sha256(file.data).hexdigest(),
            text=file.data.decode(),
            encoding="utf-8",
        )
        for file in setup.files
        if file.path not in certificates and not _waits(file.data.decode(), drawn=scenario.draws)
    }


def _waits(text: str, *, drawn: bool) -> bool:
    """Whether a lab may fill something in; where words are drawn, all that has a placeholder's form may be one."""
    return NONCE in text or (drawn and bool(unknown_placeholders(text, ())))
