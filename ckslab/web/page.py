"""The page's markup, made here whole, so that no script of it has to make any: tasks are Markdown of scenarios."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment

from ckslab.render.html.environment import environment
from ckslab.web.view import Exam, TaskText

TEMPLATES = Path(__file__).with_name("templates")


def page(exam: Exam, texts: Sequence[TaskText], style_nonce: str) -> str:
    """The page of the exam. style_nonce: of the answer's policy."""
    return _environment().get_template("page.html").render(exam=exam, tasks=texts, style_nonce=style_nonce)


def entrance() -> str:
    """What leads from the address with the token to the page: a step of our own.

    So the page is asked for by a page of ours, wherever the address was opened from, and its cookie comes with it.
    """
    return _environment().get_template("entrance.html").render()


def _without_title(task: TaskText) -> str:
    """Its text without a first heading that is its title: that stands above it already."""
    first, _, rest = task.text.lstrip().partition("\n")
    return rest.lstrip("\n") if first.strip() == f"# {task.title}" else task.text


@cache
def _environment() -> Environment:
    made = environment(TEMPLATES)
    made.filters["without_title"] = _without_title
    return made
