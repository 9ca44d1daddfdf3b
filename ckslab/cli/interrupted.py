"""What is safe to do after Ctrl-C, by command."""

from __future__ import annotations

from collections.abc import Sequence

_SAFE = {
    "start": "Run the same command again to go on, or remove what there is: ckslab stop",
    "reset": "The lab may be half made. Make it anew: ckslab reset · or remove it: ckslab stop",
    "stop": "Run it again to finish: ckslab stop",
    "grade": "Nothing was recorded; your lab is as it was. Grade again: ckslab grade",
    "edit": "The file on the node is as it was.",
    "rescue": "See how the lab is: ckslab status",
    "setup": "What was fetched is kept. Go on: ckslab setup",
    "verify": "Its labs were removed. Play one answer: ckslab author verify SCENARIO --only NAME",
}


def safe_next(args: Sequence[str]) -> str:
    """One sentence for the command that `args` calls."""
    return next((_SAFE[arg] for arg in args if arg in _SAFE), "Nothing was changed.")
