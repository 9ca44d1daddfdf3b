"""An exam is drawn by its seed: the same again, mixed, within its time; weights sum to 100."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckslab.errors import UsageError
from ckslab.exam.draw import MAX_TASKS, Candidate, Wish, draw, task_seed, weights

TOPICS = ("images", "digests", "scanning", "gatekeeper")
LEVELS = ("easy", "medium", "hard")
BULLETS = (None, "base-image", "image-scanning")

candidates = st.lists(
    st.builds(
        Candidate,
        id=st.text("abcdefgh", min_size=1, max_size=6),
        title=st.just("A title"),
        topic=st.sampled_from(TOPICS),
        difficulty=st.sampled_from(LEVELS),
        minutes=st.integers(1, 40),
        bullet=st.sampled_from(BULLETS),
    ),
    min_size=1,
    max_size=15,
    unique_by=lambda one: one.id,
)
seeds = st.integers(0, 2**40)


@given(candidates, st.integers(40, 200), seeds)
def test_the_same_seed_draws_the_same_exam_in_whatever_order_scenarios_are_found(
    pool: list[Candidate], minutes: int, seed: int
) -> None:
    assert draw(pool, Wish(minutes), seed) == draw(pool[::-1], Wish(minutes), seed)


@given(candidates, st.integers(40, 200), seeds)
def test_tasks_fill_the_time_and_none_is_drawn_twice(pool: list[Candidate], minutes: int, seed: int) -> None:
    drawn = draw(pool, Wish(minutes), seed)
    left = minutes - sum(one.minutes for one in drawn)
    assert left >= 0
    assert len(set(drawn)) == len(drawn)
    assert len(drawn) == MAX_TASKS or all(one.minutes > left for one in pool if one not in drawn)


@given(candidates, st.integers(1, 200), seeds, st.data())
def test_as_many_tasks_as_are_wanted_are_drawn_within_the_time_or_it_is_said(
    pool: list[Candidate], minutes: int, seed: int, data: st.DataObject
) -> None:
    tasks = data.draw(st.integers(1, len(pool)))
    possible = sum(sorted(one.minutes for one in pool)[:tasks]) <= minutes
    if not possible:
        with pytest.raises(UsageError, match="minutes at least"):
            draw(pool, Wish(minutes, tasks), seed)
        return
    drawn = draw(pool, Wish(minutes, tasks), seed)
    assert len(drawn) == tasks
    assert sum(one.minutes for one in drawn) <= minutes


@given(candidates)
def test_weights_are_whole_from_one_and_sum_to_100(pool: list[Candidate]) -> None:
    made = weights(pool)
    assert sum(made) == 100
    assert min(made) >= 1
    for level in LEVELS:
        of_level = sorted(
            (one.minutes, its) for one, its in zip(pool, made, strict=True) if one.difficulty == level
        )
        longest = dict(of_level)  # the greatest weight of each number of minutes
        assert sorted(longest.values()) == list(longest.values())


def test_a_harder_task_of_the_same_minutes_weighs_more() -> None:
    easy, hard = (Candidate(level, "", "images", level, 10) for level in ("easy", "hard"))
    assert weights([easy, hard]) == (40, 60)


def test_no_bullet_has_two_tasks_before_each_that_fits_has_one() -> None:
    pool = [Candidate(f"{bullet}{n}", "", "images", "easy", 10, bullet) for bullet in "abcd" for n in range(9)]
    for seed in range(20):
        drawn = draw(pool, Wish(80), seed)
        assert Counter(one.bullet for one in drawn) == Counter("aabbccdd")


def test_other_seeds_draw_other_exams() -> None:
    pool = [Candidate(f"s{n}", "", TOPICS[n % 4], LEVELS[n % 3], 5 + n % 7) for n in range(26)]
    assert len({draw(pool, Wish(60), seed) for seed in range(10)}) > 5


def test_topics_and_level_bound_what_is_drawn() -> None:
    pool = [Candidate(f"{t}-{level}", "", t, level, 5) for t in TOPICS for level in LEVELS]
    drawn = draw(pool, Wish(120, topics=("images", "digests"), level="hard"), 1)
    assert sorted(one.id for one in drawn) == ["digests-hard", "images-hard"]
    with pytest.raises(UsageError, match="of that topic and level"):
        draw(pool, Wish(120, topics=("signing",)), 1)


def test_named_scenarios_are_the_exam_in_their_order_whatever_their_minutes() -> None:
    pool = [Candidate(name, "", "images", "easy", 50) for name in ("one", "two", "three")]
    drawn = draw(pool, Wish(10, scenarios=("three", "one")), 1)
    assert [one.id for one in drawn] == ["three", "one"]
    with pytest.raises(UsageError, match="did you mean 'three'"):
        draw(pool, Wish(10, scenarios=("tree",)), 1)
    with pytest.raises(UsageError, match="named twice"):
        draw(pool, Wish(10, scenarios=("one", "one")), 1)


def test_too_little_time_for_any_task_is_said() -> None:
    with pytest.raises(UsageError, match="the shortest takes 50"):
        draw([Candidate("one", "", "images", "easy", 50)], Wish(10), 1)


def test_more_tasks_than_there_are_is_said() -> None:
    with pytest.raises(UsageError, match="3 tasks are wanted, and 1 can be drawn"):
        draw([Candidate("one", "", "images", "easy", 5)], Wish(100, 3), 1)


def test_the_seed_of_a_lab_is_as_a_start_draws_it_and_its_own() -> None:
    drawn = {task_seed(7, f"s{n}") for n in range(50)}
    assert len(drawn) > 40
    assert all(0 <= one < 10_000 for one in drawn)
    # these are kept for ever: an exam is repeated by its seed
    assert task_seed(7, "ipw-complete") == task_seed(7, "ipw-complete") != task_seed(8, "ipw-complete")
