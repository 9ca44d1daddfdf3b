"""Every sentence of the task says which checks read it, and every check is asked for by a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ckslab.errors import nearest
from ckslab.scenario.kinds import Kinds
from ckslab.scenario.loading.source import Problem
from ckslab.scenario.model import Scenario
from ckslab.scenario.rules.task_paths import paths_in
from ckslab.scenario.task import Sentence

MARKS = "`<!-- checks: ID, ID -->` or `<!-- nothing to check: why -->`"


def unread_demands(scenario: Scenario, kinds: Kinds) -> Iterator[Problem]:
    """Sentences without a mark, marks that name no check or none that knows the sentence's path, and checks that no
    sentence asks for.
    """
    file = str(scenario.folder / "task.md")
    known = [check.id for check in scenario.checks]
    paths = {check.id: set(kinds.checks[check.type].paths(check.params)) for check in scenario.checks}
    for sentence in scenario.sentences:
        for message in (*_wrong(sentence, known), *_unread_paths(sentence, paths)):
            yield Problem(file, sentence.line, message)
    named = {name for sentence in scenario.sentences for name in sentence.checks or ()}
    for check in scenario.checks:
        if check.id not in named:
            message = (
                f"no sentence of task.md asks for what check {check.id!r} judges: "
                "say it there, with the check in its mark"
            )
            yield Problem(str(scenario.folder / "scenario.yaml"), check.line, message)


def _wrong(sentence: Sentence, known: list[str]) -> Iterator[str]:
    if not sentence.text:
        yield "a mark stands here behind nothing: it belongs at the end of the sentence that it is about"
    elif not sentence.marked:
        yield f"no mark says which checks read {_begin(sentence)!r}: end it with {MARKS}"
    elif sentence.checks == ():
        yield f"the mark of {_begin(sentence)!r} names no check"
    elif sentence.unchecked == "":
        yield f"the mark of {_begin(sentence)!r} does not say why there is nothing to check"
    for name in sentence.checks or ():
        if name not in known:
            yield f"the mark of {_begin(sentence)!r} names no check: {name!r}{nearest(name, known)}"


def _unread_paths(sentence: Sentence, paths: Mapping[str, set[str]]) -> Iterator[str]:
    """A place that a demand names is read by one of its checks: there, above it or below it."""
    names = [name for name in sentence.checks or () if name in paths]
    read = {path for name in names for path in paths[name]}
    for path in paths_in(sentence.text) if names else ():
        if not any(one == path or one.startswith(f"{path}/") or path.startswith(f"{one}/") for one in read):
            yield f"{_begin(sentence)!r} names {path}, which no check of its mark reads: {', '.join(names)}"


def _begin(sentence: Sentence) -> str:
    text = " ".join(sentence.text.split())
    return text if len(text) <= 50 else text[:47] + "..."
