"""A task's text: what the learner reads of it, and where its sentences end."""

from __future__ import annotations

import pytest

from ckslab.scenario.task import sentences, shown

SHOWN = [
    ("A. <!-- checks: a -->\nB. <!-- checks: b -->\n", "A.\nB.\n"),
    ("- A,\n  <!-- checks: a --> and B.\n- C.\n", "- A, and B.\n- C.\n"),
    ("A.\n<!-- checks: a,\nb -->\n\n- C.\n", "A.\n\n- C.\n"),
    ("A <!-- any words --> B.\n", "A B.\n"),
]


@pytest.mark.parametrize(("source", "text"), SHOWN)
def test_no_comment_reaches_the_learner_and_no_paragraph_is_torn(source: str, text: str) -> None:
    assert shown(source) == text


ENDS = [
    ("One. Two! Three?", ["One.", "Two!", "Three?"]),
    ("Version 3.23.1 runs. `kube-system` is left out.", ["Version 3.23.1 runs.", "`kube-system` is left out."]),
    ("Use e.g. `A`, i.e. Nothing else. so.", ["Use e.g. `A`, i.e. Nothing else. so."]),
    ("Write `a. B` (see C.) Then D.", ["Write `a. B` (see C.)", "Then D."]),
    ("Do this:\n\n- One.\n- Two\n  lines.\n1. Three", ["Do this:", "One.", "Two\n  lines.", "Three"]),
    ("# Title. It is none\nText.", ["Text."]),
    ("| A. B | C |\n|---|---|\n| D | E |", ["| A.", "B | C |", "| D | E |"]),
    ("Text.\n\n```yaml\nA. B\n```\n", ["Text."]),
    ("- [ ] **Bold.** Next.", ["[ ] **Bold.**", "Next."]),
]


@pytest.mark.parametrize(("source", "parts"), ENDS)
def test_sentences_end_where_a_reader_sees_them_end(source: str, parts: list[str]) -> None:
    assert [one.text for one in sentences(source)] == parts


def test_a_sentence_knows_its_line_and_its_mark() -> None:
    source = "# T\n\nA\nB. <!-- checks: x, y -->\nC <!-- Nothing to check: it is\n given -->; D.\n"
    assert [(one.text, one.line, one.checks, one.unchecked) for one in sentences(source)] == [
        ("A\nB.", 3, ("x", "y"), None),
        ("C", 5, None, "it is given"),
        ("; D.", 6, None, None),
    ]
