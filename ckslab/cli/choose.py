"""Which lab is meant: the one that is named, or the only one."""

from __future__ import annotations

from ckslab.errors import UsageError


def choose(lab: str | None) -> str:
    """The name of the lab. UsageError: there is none, none of that name, or several and none is named."""
    from ckslab.store.labs import lab_folder, lab_names

    names = lab_names()
    if lab is not None:
        if lab_folder(lab).is_dir():
            return lab
        there = f"; there are: {', '.join(names)}" if names else ""
        raise UsageError(f"there is no lab {lab}{there}", advice="ckslab status · ckslab start SCENARIO")
    if not names:
        raise UsageError("there is no lab", advice="ckslab list · ckslab start SCENARIO")
    if len(names) > 1:
        raise UsageError(f"several labs are there; name one: {', '.join(names)}", advice="ckslab status")
    return names[0]


def choose_check(check: str | None, lab: str | None) -> tuple[str, str | None]:
    """The lab and the check of `hint [CHECK] [LAB]`, where a single argument may also be a lab's name."""
    from ckslab.store.labs import lab_names

    if lab is None and check is not None and check in lab_names():
        return check, None
    return choose(lab), check


def suffix(lab: str) -> str:
    """The lab as next commands must name it: "" where it is the only one."""
    from ckslab.store.labs import lab_names

    return "" if lab_names() == [lab] else lab
