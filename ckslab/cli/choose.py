"""Which lab is meant: the one that is named, or the only one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ckslab import lab
from ckslab.errors import UsageError

if TYPE_CHECKING:
    from ckslab.lab.model import Lab


def choose(name: str | None) -> Lab:
    """The lab. UsageError: there is none, none of that name, or several and none is named.

    One that is a task of an exam is meant only where it is named, or where there is no other.
    """
    if name is not None:
        return lab.find_lab(name)
    names = lab.practice_labs() or lab.lab_names() or lab.lost_labs()
    if not names:
        raise UsageError("there is no lab", advice="ckslab list · ckslab start SCENARIO")
    if len(names) > 1:
        raise UsageError(f"several labs are there; name one: {', '.join(names)}", advice="ckslab status")
    return lab.find_lab(names[0])


def choose_check(check: str | None, name: str | None) -> tuple[Lab, str | None]:
    """The lab and the check of `hint [CHECK] [LAB]`, where a single argument may also be a lab's name."""
    if name is None and check is not None and check in lab.lab_names():
        return choose(check), None
    return choose(name), check


def suffix(name: str) -> str:
    """The lab as next commands must name it: "" where it is the only one."""
    return "" if [name] in (lab.lab_names(), lab.practice_labs()) else name
