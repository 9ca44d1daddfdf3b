"""What loads but does not prove itself: checks that nothing fails, probes without a control, loose ends."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from pydantic import BaseModel

from ckslab.kubernetes.v1_35.admission_plugins import PLUGIN_FLAGS
from ckslab.scenario.answers.model import SOLUTION, Answer, Answers, answer_steps
from ckslab.scenario.faults import Fault
from ckslab.scenario.kinds import Kinds
from ckslab.scenario.loading.source import Problem
from ckslab.scenario.model import Check, Scenario
from ckslab.scenario.rules.demands import unread_demands
from ckslab.scenario.rules.learning import after_problems, bullet_problems
from ckslab.scenario.rules.policies import mappings, policy_problems, says_problems
from ckslab.scenario.rules.task_paths import unknown_paths

_DENIED = ("denied", "denied-by")
_ADMITTED = "admitted"
_STOPPED = "while-stopped"


def lint(scenario: Scenario, answers: Answers, kinds: Kinds) -> list[Problem]:
    """All that an author should repair before anybody sits the scenario, in the order of the files' lines."""
    found = [
        *_checks(scenario),
        *bullet_problems(scenario),
        *after_problems(scenario),
        *_unproven(scenario, answers),
        *_answers(scenario, answers),
        *_faults(scenario, answers),
        *unknown_paths(scenario, kinds),
        *unread_demands(scenario, kinds),
        *policy_problems(scenario),
        *says_problems(scenario, answers),
    ]
    return sorted(set(found))


def _checks(scenario: Scenario) -> Iterator[Problem]:
    file = str(scenario.folder / "scenario.yaml")
    for check in scenario.checks:
        if not check.hints:
            yield Problem(
                file, check.line, f"check {check.id!r} has no hints: give one that points, one that tells"
            )
        if _lacks_admitted_probe(check.params):
            message = (
                f"check {check.id!r} expects a denial and has no control: add a probe that must be admitted, "
                "or a dead API server's denials would pass"
            )
            yield Problem(file, check.line, message)
        if _reads_plugins_off_a_flag(check.params):
            message = (
                f"check {check.id!r} reads admission plugins off one flag, and another one may take them away: "
                "use static-pod with admission-plugins"
            )
            yield Problem(file, check.line, message)


def _fail_lists(answer: Answer) -> list[tuple[str, ...]]:
    return list(answer.fails.values()) if isinstance(answer.fails, Mapping) else [answer.fails]


def _unproven(scenario: Scenario, answers: Answers) -> Iterator[Problem]:
    lists = [fails for answer in answers.wrong for fails in _fail_lists(answer)]
    for check in scenario.checks:
        if not any(falls_by_itself(check, fails) for fails in lists):
            message = f"no wrong answer fails check {check.id!r} by itself: add one to {answers.file.name}"
            yield Problem(str(scenario.folder / "scenario.yaml"), check.line, message)
    for answer in answers.wrong:
        for fails in _fail_lists(answer):
            if more := _dragged_along(scenario.checks, fails):
                names = ", ".join(sorted(more))
                message = f"wrong answer {answer.name!r} also fails what waits or guards: add {names}"
                yield Problem(str(answers.file), answer.line, message)


def _answers(scenario: Scenario, answers: Answers) -> Iterator[Problem]:
    seen = {_plain(answers, SOLUTION, scenario): SOLUTION}
    for answer in answers.answers.values():
        steps = _plain(answers, answer.name, scenario)
        if steps in seen:
            message = f"{answer.kind} answer {answer.name!r} does the same as {seen[steps]!r}"
            yield Problem(str(answers.file), answer.line, message)
        seen.setdefault(steps, answer.name)


def _plain(answers: Answers, name: str, scenario: Scenario) -> tuple[str, ...]:
    """What the answer does where every fault of the pool is drawn, comparable."""
    drawn = _pool(scenario)
    return tuple(
        f"{type(step.action).__name__} {step.action.model_dump_json(exclude_defaults=True)}"
        for step in answer_steps(answers, name, drawn)
    )


def _pool(scenario: Scenario) -> tuple[Fault, ...]:
    return () if scenario.faults is None else scenario.faults.choices


def _faults(scenario: Scenario, answers: Answers) -> Iterator[Problem]:
    if scenario.faults is None:
        return
    whole = any(answer.only_first_fault for answer in answers.wrong)
    for fault in scenario.faults.choices:
        if not whole and not any(fault.id in answer.repairs for answer in answers.wrong):
            message = f"no wrong answer leaves fault {fault.id!r}: add one with only-first-fault or repair"
            yield Problem(str(scenario.folder / "scenario.yaml"), fault.line, message)


def falls_by_itself(check: Check, failing: Collection[str]) -> bool:
    """Whether a failing check has no other to blame: none it waits for fails, and none it guards with."""
    return check.id in failing and not any(name in failing for name in (*check.after, *check.with_))


def _dragged_along(checks: Iterable[Check], failing: Collection[str]) -> set[str]:
    """Checks that must fail beside `failing`: those that wait for one of them, and guards beside one."""
    every, found = list(checks), set(failing)
    while True:
        more = {check.id for check in every if found.intersection((*check.after, *check.with_))} - found
        if not more:
            return found - set(failing)
        found |= more


def _lacks_admitted_probe(params: BaseModel) -> bool:
    """True when a probe in the parameters has `denied-by` and none has `admitted: true`.

    A probe while a service is stopped needs no control: only the stopped service gives its reason.
    The keys are looked for at any depth, so that it holds for checks made of checks too.
    """
    probes = list(mappings(params.model_dump(by_alias=True)))
    if any(probe.get(_STOPPED) for probe in probes):
        return False
    denials = any(probe.get(key) for probe in probes for key in _DENIED)
    return denials and not any(probe.get(_ADMITTED) for probe in probes)


def _reads_plugins_off_a_flag(params: BaseModel) -> bool:
    flags = (one.get("flags") for one in mappings(params.model_dump(by_alias=True)))
    return any(isinstance(one, Mapping) and not PLUGIN_FLAGS.isdisjoint(one) for one in flags)
