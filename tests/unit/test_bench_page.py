"""The page of benchmarks: medians, ratios, and by how much a target is missed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.tools.bench import submissions
from tests.tools.bench.fidelity import MISSING, fidelity
from tests.tools.bench.measure import Figures
from tests.tools.bench.page import page, put_section
from tests.tools.bench.series import Series
from tests.tools.bench.target import Target


def series(*values: float, unit: str = "s") -> Series:
    return Series("start, warm", unit, list(values))


def test_a_series_shows_runs_and_extremes() -> None:
    assert series(3, 1, 2).cells() == ["3", "1.00 s", "2.00 s", "3.00 s"]


def test_a_held_target_says_so() -> None:
    assert Target(series(1, 2, 9), 2.0, "2 s").cells()[-1] == "held"


def test_a_missed_target_says_by_how_much() -> None:
    assert Target(series(5), 4.0, "4 s", series(2)).cells()[2:] == [
        "4 s = 4.00 s",
        "2.50",
        "missed by 1.00 s (25%)",
    ]


def test_memory_is_shown_in_megabytes() -> None:
    assert Target(series(900, unit="MB"), 850, "").cells()[2:] == ["850 MB", "", "missed by 50 MB (6%)"]


def test_the_page_has_all_figures_and_counts_the_targets() -> None:
    figures = Figures()
    every = [value for name in Figures.__slots__ if isinstance(value := getattr(figures, name), Series)]
    for one in every:
        one.add(1.0)
    figures.programs["etcd"] = 50
    for one in figures.moments.all:
        one.add(2.0)
    text = page(figures, ["2 cores"], 60, "none")
    assert [one.what for one in every if f"| {one.what} |" not in text] == []
    assert "12 of 12 targets are held." in text
    assert "| the node's first process | 2.00 s | 2.00 s |\n| containerd | 2.00 s | 0.00 s |" in text


def test_fidelity_that_was_not_measured_is_said(tmp_path: Path) -> None:
    assert fidelity(tmp_path / "fidelity.json") == MISSING


@pytest.mark.parametrize(
    ("differs", "shown"), [("", "2 verdicts agree, 0 do not (100.0%)"), ("cause", "1 verdicts")]
)
def test_fidelity_counts_set_ups_and_causes(tmp_path: Path, differs: str, shown: str) -> None:
    rows = [
        {"case": "a", "differs": "", "prediction": {"cause": ""}, "truth": {"starts": True}},
        {"case": "b", "differs": differs, "prediction": {"cause": "yaml"}, "truth": {"starts": False}},
    ]
    agree = sum(not row["differs"] for row in rows)
    summary = {"count": 2, "agree": agree, "start": 1, "seconds": 1, "seed": 1}
    file = tmp_path / "fidelity.json"
    file.write_text(json.dumps({"summary": summary, "results": rows}))
    text = fidelity(file)
    assert shown in text
    assert "| · yaml | 1 | |" in text


@pytest.mark.parametrize(("rate", "verdict"), [(350.0, "missed by 50 (12%)"), (401.0, "held")])
def test_submissions_are_graded_at_a_rate_of_at_least(rate: float, verdict: str) -> None:
    rows = [Series(what, "/s", [rate]) for what in submissions.ROWS]
    text = submissions.text(rows, 169, "Quiet.")
    assert text.startswith(submissions.HEAD)
    assert f"| each once | 1 | {rate:.0f} /s | {rate:.0f} /s | {rate:.0f} /s | 400 | {verdict} |" in text


def test_a_section_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Page\n\n## A\n\nold\n\n## B\n\nkept\n")
    for _ in range(2):
        put_section(page, "## A", "## A\n\nnew\n")
        assert page.read_text() == "# Page\n\n## B\n\nkept\n\n## A\n\nnew\n"
