"""A question is answered by a line; Ctrl-C ends it whenever it comes, and so does the end of input."""

from __future__ import annotations

import os

import pytest

from tests.support.exam_terminal import Person

HOME = "2026-11-27-a"


@pytest.mark.parametrize(("typed", "code"), [("\x03", 130), ("\x04", 130), ("n\r", 1), ("\r", 1), (" yes \r", 0)])
def test_the_answer_decides(tmp_path: object, typed: str, code: int) -> None:
    home = f"{tmp_path}/h"
    os.makedirs(f"{home}/exams/{HOME}", mode=0o700)
    os.chmod(home, 0o700)
    environment = {**os.environ, "CKSLAB_HOME": home}
    with Person(environment, ["exam", "abandon"]) as person:
        person.sees(r"\[y/N\] ", 60)
        person.types(typed)
        assert person.ends(60) == code
    assert os.path.exists(f"{home}/exams/{HOME}") is (code != 0)


def test_what_was_typed_before_the_question_is_no_answer() -> None:
    question = "import sys, time; from ckslab.cli.asking import ask; print('wait'); time.sleep(1); print(ask('? '))"
    with Person(dict(os.environ), [], program=("-c", question)) as person:
        person.sees("wait", 30)
        person.types("yes\r")
        person.sees(r"\? $", 30)
        person.types("no\r")
        person.sees("\nno", 30)
        assert person.ends(30) == 0
