"""How far a learner is and what is next: from gradings to tallies, bullets, topics and one scenario with a reason."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckslab.cli import main
from ckslab.curriculum import BULLET_IDS
from ckslab.lab.catalogue import CatalogueEntry
from ckslab.lab.learning.advice import advise
from ckslab.lab.learning.standing import FailedCheck, Group, standing_of
from ckslab.render.console import console
from ckslab.render.standing import print_advice, print_standing
from ckslab.store.history.entry import CheckEntry, Entry
from ckslab.store.history.record import record
from ckslab.store.history.tally import Tally, tallies
from tests.support.gradings import grading

NOW = datetime(2026, 1, 20, tzinfo=UTC)


def tally(*gradings: Entry) -> Tally:
    return tallies(gradings)["s"]


def day(number: int, hour: int = 0) -> str:
    return f"2026-01-{number:02}T{hour:02}:00:00Z"


# tallies


def test_gradings_of_one_attempt_are_one_try_and_its_first_full_marks_count() -> None:
    found = tally(
        grading(number=1, at=day(1), lost="ab"),
        grading(number=1, at=day(2), seconds=300),
        grading(number=1, at=day(3), solution_shown=True, seconds=900),
        grading(number=1, at=day(4), lost="c"),
    )
    assert (found.tried, found.passed, found.unaided, found.mastered) == (1, 1, True, False)
    assert (found.passed_at, found.seconds, found.last_at) == (day(2), 300, day(4))
    assert found.last_passed
    assert found.failed == {"a": 1, "b": 1, "c": 1}


@pytest.mark.parametrize(
    ("gradings", "mastered"),
    [
        ([{}], False),
        ([{}, {}], True),
        ([{"hints_used": 2}, {}], True),
        ([{}, {"hints_used": 1}], False),
        ([{}, {"solution_shown": True}], False),
        ([{}, {"hints_used": None}], False),
        ([{}, {"lost": "a"}], False),
        ([{"solution_shown": True}, {"solution_shown": True}, {}], True),
        ([{}, {}, {"lost": "a"}], True),
        ([{}, {"score": 80, "undecided": 20, "checks": {}}], False),
    ],
)
def test_mastered_is_passed_twice_the_last_time_without_help(
    gradings: list[dict[str, Any]], mastered: bool
) -> None:
    made = [grading(number=n, at=day(n + 1), **changed) for n, changed in enumerate(gradings)]
    assert tally(*made).mastered is mastered


def test_what_waits_for_another_check_did_not_fail_by_itself() -> None:
    waiting = CheckEntry(outcome="fail", waiting=True)
    checks = {"a": CheckEntry(outcome="fail"), "b": waiting, "c": CheckEntry(outcome="unknown")}
    found = tally(grading(score=0, undecided=20, checks=checks))
    assert found.failed == {"a": 1}
    assert (found.last_failed, found.best) == (("a",), None)


def test_the_best_score_is_the_highest_then_the_one_with_less_help() -> None:
    found = tally(
        grading(number=1, at=day(1), hints_used=3),
        grading(number=2, at=day(2), hints_used=1),
        grading(number=3, at=day(3), solution_shown=True),
        grading(number=4, at=day(4), lost="a"),
    )
    assert found.best is not None
    assert (found.best.at, found.best.score) == (day(2), 100)


def test_time_is_the_median_of_passes_in_which_somebody_counted() -> None:
    times = [None, 100, 500, 300]
    made = [grading(number=n, at=day(n + 1), seconds=one) for n, one in enumerate(times)]
    assert tally(*made).seconds == 300
    assert tally(made[0]).seconds is None
    assert tally(grading(lost="a", seconds=50)).seconds is None


# standing


def entry(name: str, bullet: str = "base-image", level: str = "easy", *gradings: Entry) -> CatalogueEntry:
    made = tallies([one.model_copy(update={"scenario": name}) for one in gradings])
    return CatalogueEntry(name, f"Title of {name}", "images", level, 10, 100, tally=made.get(name), bullet=bullet)


def test_bullets_and_topics_are_summed_up_and_an_empty_bullet_is_there() -> None:
    found = standing_of(
        [
            entry("new"),
            entry("failed", "base-image", "easy", grading(lost="ab")),
            entry("passed", "base-image", "easy", grading(seconds=1200)),
            entry("mastered", "base-image", "easy", grading(), grading(number=2, at=day(2), seconds=60)),
            entry("other", "static-analysis", "easy", grading(lost="a"), grading(number=2, at=day(2), lost="a")),
        ]
    )
    assert [one.id for one in found.bullets] == list(BULLET_IDS)
    assert found.bullets[0] == Group("base-image", "Minimize base image footprint", 4, 3, 2, 1, 1260, 20)
    assert found.bullets[1].scenarios == 0
    assert found.topics == (Group("images", "images", 5, 4, 2, 1, 1260, 20),)
    assert found.failed == (
        FailedCheck("other", "a", 2),
        FailedCheck("failed", "a", 1),
        FailedCheck("failed", "b", 1),
    )
    assert [(one.id, one.passed, one.mastered) for one in found.scenarios] == [
        ("failed", 0, False),
        ("passed", 1, False),
        ("mastered", 2, True),
        ("other", 0, False),
    ]


# what is next


def nexts(*entries: CatalogueEntry) -> tuple[str, str, str]:
    found = advise(entries, NOW)
    assert found is not None
    return found.scenario, found.kind, found.reason


def test_a_beginner_is_sent_to_the_easiest_and_shortest_of_the_first_bullet() -> None:
    assert nexts(entry("later", "static-analysis"), entry("hard", level="hard"), entry("easy")) == (
        "easy",
        "new",
        'not tried yet; of "Minimize base image footprint" you passed 0 of 2',
    )


def test_what_is_new_in_the_weakest_bullet_comes_first_and_what_failed_then() -> None:
    passed, failed = (
        entry("p", "base-image", "easy", grading()),
        entry("f", "base-image", "easy", grading(lost="bc")),
    )
    assert nexts(passed, failed, entry("new", "static-analysis"))[:2] == ("new", "new")
    tried = entry("tried", "static-analysis", "easy", grading(lost="a", at=day(19)))
    assert nexts(passed, failed, tried) == ("f", "failed", "failed the last time: checks b, c")
    assert nexts(passed, entry("new", "base-image"), tried) == ("tried", "failed", "failed the last time: check a")


def test_what_failed_longest_ago_comes_first_so_that_nobody_is_sent_to_one_task_for_ever() -> None:
    stuck = entry("stuck", "base-image", "easy", *(grading(number=n, at=day(n), lost="a") for n in (1, 5, 9)))
    other = entry("other", "base-image", "easy", grading(at=day(7), lost="a"))
    assert nexts(stuck, other)[0] == "other"


def test_what_was_passed_a_week_ago_is_due_again_and_not_sooner() -> None:
    old, young = grading(at=day(13)), grading(at=day(13, 1))
    assert nexts(entry("old", "base-image", "easy", old)) == ("old", "due", "passed 7 days ago: due again")
    assert nexts(entry("young", "base-image", "easy", young))[1] == "passed-once"
    due_before_new_elsewhere = [entry("old", "base-image", "easy", old), entry("n", "static-analysis")]
    assert nexts(*due_before_new_elsewhere)[:2] == ("n", "new")  # the weakest bullet is the one without a try


def test_what_was_passed_with_help_or_once_is_named_before_what_is_mastered() -> None:
    master = entry("m", "base-image", "easy", grading(at=day(18)), grading(number=2, at=day(19)))
    helped = entry("h", "base-image", "easy", grading(at=day(18)), grading(number=2, at=day(19, 1), hints_used=1))
    assert nexts(master, helped) == ("h", "passed-once", "passed with help: without a hint it is mastered")
    assert nexts(master)[1] == "mastered"


def test_where_nothing_could_be_decided_that_is_the_reason() -> None:
    open_ = grading(score=80, undecided=20, checks={})
    assert nexts(entry("o", "base-image", "easy", open_))[2] == "the last time something stayed undecided"


def test_without_scenarios_nothing_is_next() -> None:
    assert advise([], NOW) is None


GRADINGS = st.lists(
    st.builds(
        lambda number, at, lost, hints: grading(number=number, at=day(at), lost=lost, hints_used=hints),
        st.integers(0, 3),
        st.integers(1, 19),
        st.sets(st.sampled_from("abc")),
        st.integers(0, 1),
    ),
    max_size=4,
)


@given(st.lists(st.tuples(st.sampled_from(BULLET_IDS), GRADINGS), min_size=1, max_size=5))
def test_there_is_always_one_and_it_is_one_of_them(rows: list[tuple[str, Sequence[Entry]]]) -> None:
    entries = [entry(f"s{n}", bullet, "easy", *some) for n, (bullet, some) in enumerate(rows)]
    found = advise(entries, NOW)
    assert found is not None
    one = next(one for one in entries if one.id == found.scenario)
    assert (found.kind == "new") == (one.tally is None)
    assert (found.kind == "failed") == (one.tally is not None and not one.tally.last_passed)


# shown


@pytest.mark.parametrize("width", [20, 60, 100])
def test_tables_hold_at_any_width(width: int) -> None:
    rows = [entry(f"scenario-{n}", bullet, "easy", grading(lost="a")) for n, bullet in enumerate(BULLET_IDS[:-1])]
    stream = io.StringIO()
    print_standing(console(stream, width=width), standing_of(rows))
    found = advise(rows, NOW)
    assert found is not None
    print_advice(console(stream, width=width), found)
    assert "\x1b" not in stream.getvalue()
    assert "(no scenario yet)" in " ".join(stream.getvalue().split()) or width == 20
    if width >= 60:
        assert max(map(len, stream.getvalue().splitlines())) <= width


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "h").mkdir(mode=0o700)
    monkeypatch.setenv("CKSLAB_HOME", str(tmp_path / "h"))


@pytest.mark.usefixtures("own_home")
def test_the_commands_read_the_history(capsys: pytest.CaptureFixture[str]) -> None:
    record(grading("ipw-tls", 1, "2026-01-01T00:00:00Z", lost="a"))
    record(grading("verify-binaries", 2, "2026-01-01T00:00:00Z", seconds=240))
    assert main(["progress", "--output", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["id"] for one in found["scenarios"]] == ["ipw-tls", "verify-binaries"]
    assert found["failed"] == [{"scenario": "ipw-tls", "check": "a", "attempts": 1}]
    assert main(["progress"]) == 0
    assert "1/1    1       0         4 of 5 min" in capsys.readouterr().out
    assert main(["next", "-o", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["next"]["kind"] == "new"
    assert main(["next"]) == 0
    assert "next: ckslab start " in capsys.readouterr().out
    for option, ids in (("--failed", ["ipw-tls"]), ("--new", [])):
        assert main(["list", option, "--output", "json"]) == 0
        listed = [one["id"] for one in json.loads(capsys.readouterr().out)["scenarios"]]
        assert listed == ids or (option == "--new" and not {"ipw-tls", "verify-binaries"} & set(listed))
    assert main(["list", "--new", "--failed", "-o", "json"]) == 0
    both = [one["id"] for one in json.loads(capsys.readouterr().out)["scenarios"]]
    assert "ipw-tls" in both
    assert "verify-binaries" not in both
