"""The exam's commands: which of them lead to a terminal, and which to a page."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ckslab.cli.commands.exam.terminal import begin_clock
from ckslab.cli.main import main
from ckslab.cli.options import Output


@pytest.mark.parametrize(
    ("argv", "advice"),
    [
        (["exam", "--web", "start"], "next: ckslab exam start --web"),
        (["exam", "--port", "8080", "resume"], "next: ckslab exam resume --web"),
        (["exam", "--web", "submit"], "next: ckslab exam --web"),
        (["exam", "start", "--web", "--output", "json"], "next: ckslab exam --web later on"),
    ],
)
def test_a_page_that_is_asked_for_at_the_wrong_place(
    argv: list[str], advice: str, own_home: object, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(argv) == 2
    assert advice in capsys.readouterr().err


def test_a_page_is_served_once_the_clock_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    begun = SimpleNamespace(id="e", state="running")
    monkeypatch.setattr("ckslab.exam.begin.prepare", lambda *_: done.append("prepared"))
    monkeypatch.setattr("ckslab.exam.begin.begin", lambda _: done.append("the clock runs") or begun)
    monkeypatch.setattr("ckslab.cli.exam_web.serve_exam", lambda one, port: done.append(f"{one.id} at {port}"))
    begin_clock(SimpleNamespace(id="e", state="preparing"), Output.text, web=True)  # type: ignore[arg-type]
    assert done == ["prepared", "the clock runs", "e at 0"]
