"""The page of `ckslab report`: what others wrote is text, its policy allows its own style alone, and it is small."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import sys
import time
import unicodedata
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import UndefinedError

from ckslab.grading.report import CheckReport
from ckslab.render.html import report_html
from ckslab.render.html.bars import share, strip, times
from ckslab.render.html.markdown import markdown
from ckslab.render.html.page import TEMPLATES, _environment
from ckslab.render.html.visible import visible
from ckslab.render.words import moment, percent, points, state, used
from ckslab.review.model import Review, ReviewTask
from ckslab.store.review import Excerpt, FileChange
from tests.support.hostile_review import ALL, TEXTS, hostile_review

VOID = {"meta", "input", "rect", "br", "hr"}


class Read(HTMLParser):
    """What a browser would make of a page: tags, attributes, text; AssertionError where tags do not match."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.texts = list[str](), list[tuple[str, str]](), list[str]()
        self.open = list[str]()
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def with_texts(text: str) -> Review:
    """The hostile review with another text in its places."""
    return Review.model_validate_json(
        hostile_review().model_dump_json().replace(_json(ALL), _json(text)), strict=False
    )


def _json(text: str) -> str:
    import json

    return json.dumps(text, ensure_ascii=False)[1:-1]


def test_what_is_hostile_is_text_and_nothing_else() -> None:
    page = Read(report_html(hostile_review()))
    assert {*page.tags} & {"script", "img", "iframe", "object", "embed", "form", "link", "base"} == set()
    assert [name for name, _ in page.attributes if name.startswith("on") or name == "style"] == []
    shown = "".join(page.texts)
    for text in TEXTS:
        assert visible(text) in shown
    assert "{{ 7 * 7 }}" in shown
    assert "49" not in shown


def test_every_text_of_a_review_is_shown() -> None:
    """Each field has a word of its own, and the page holds it."""
    fields = {
        "path",
        "title",
        "expected",
        "observed",
        "message",
        "log",
        "field",
        "note",
        "reason",
        "topic",
        "bullet",
    }
    words = iter(f"w{number}w" for number in range(10_000))
    given = dict[str, str]()

    def named(value: object, name: str) -> object:
        if isinstance(value, dict):
            return {key: named(one, key) for key, one in value.items()}
        if isinstance(value, list):
            return [named(one, name) for one in value]
        if isinstance(value, str) and value == ALL and name in fields:
            word = next(words)
            given[word] = name
            return word
        return value

    page = report_html(Review.model_validate(named(hostile_review().model_dump(mode="json"), "")))
    # a check that waits says for what, and not what it would say itself; a removed file has nothing to note
    missing = {name for word, name in given.items() if word not in page}
    assert missing <= {"expected", "observed", "message", "log", "note", "title"}
    assert "waits for" in page


@settings(max_examples=60)
@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_no_text_breaks_the_page(text: str) -> None:
    page = Read(report_html(with_texts(text)))
    assert page.tags.count("article") == 2


@given(st.text())
def test_what_is_shown_is_seen_in_its_order(text: str) -> None:
    shown = visible(text)
    assert not [
        one for one in shown if unicodedata.category(one) in ("Cc", "Cf", "Cs", "Zl", "Zp") and one not in "\n\t"
    ]
    assert visible(shown) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, ä 字 é 👍", "plain text, ä 字 é 👍"),
        ("a\tb\nc", "a\tb\nc"),
        ("a\r\nb", "a\nb"),
        ("a\rb", "a⟨U+000D⟩b"),
        ("\x1b[31m", "⟨U+001B⟩[31m"),
        ("\x7f\x00", "⟨U+007F⟩⟨U+0000⟩"),
        ("\x85", "⟨U+0085⟩"),
        ("a\u202eb\u2066c", "a⟨U+202E⟩b⟨U+2066⟩c"),
        ("a\u200bb\u00adc", "a⟨U+200B⟩b⟨U+00AD⟩c"),
        ("\ud800", "⟨U+D800⟩"),
        ("\U000e0041", "⟨U+E0041⟩"),
        ("\u3164", "⟨U+3164⟩"),
        ("a\u2003b", "a⟨U+2003⟩b"),
        ("5\u00a0kg", "5\u00a0kg"),
    ],
)
def test_what_cannot_be_seen_is_made_visible(text: str, shown: str) -> None:
    assert visible(text) == shown.replace("5\u00a0kg", "5 kg")


def test_the_policy_allows_the_pages_own_style_and_nothing_else() -> None:
    page = report_html(hostile_review())
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert policy
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert Read(page).attributes[3] == (
        "content",
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
    )
    assert page.index("Content-Security-Policy") < page.index("<style>")


def test_the_style_sheet_asks_for_nothing() -> None:
    css = (TEMPLATES / "report.css").read_text()
    assert not re.search(r"url\(|@import|@font-face|expression", css)


def test_a_template_that_reads_what_is_not_there_fails() -> None:
    with pytest.raises(UndefinedError):
        _environment().from_string("{{ review.nothing }}").render(review=hostile_review())


def test_templates_mark_nothing_as_safe_by_themselves() -> None:
    for template in TEMPLATES.glob("*.html"):
        assert not re.search(r"\|\s*safe|autoescape|Markup", template.read_text()), template.name


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("<b>x</b>", "<p>&lt;b&gt;x&lt;/b&gt;</p>"),
        ("[a](https://kubernetes.io/)", '<p><a href="https://kubernetes.io/" rel="noopener noreferrer">a</a></p>'),
        ("[a](javascript:x)", "<p>[a](javascript:x)</p>"),
        ("[a](HTTP://x)", "<p>[a](HTTP://x)</p>"),
        ("[a](/etc/passwd)", "<p>[a](/etc/passwd)</p>"),
        ("![a](https://x/y.png)", '<p>!<a href="https://x/y.png" rel="noopener noreferrer">a</a></p>'),
        ("<https://x/>", '<p><a href="https://x/" rel="noopener noreferrer">https://x/</a></p>'),
        ("`a\u202eb`", "<p><code>a⟨U+202E⟩b</code></p>"),
        ("&#x202e;a &amp;", "<p>⟨U+202E⟩a &amp;</p>"),
        ("```&#x202e;\n&#x202e;\n```", "<pre><code>&amp;#x202e;\n</code></pre>"),
        ("## a\n\n#### b\n\n# c\n\n### d", "<h4>a</h4>\n<h5>b</h5>\n<h4>c</h4>\n<h5>d</h5>"),
    ],
)
def test_markdown_is_made_html_that_is_safe(text: str, html: str) -> None:
    assert str(markdown(text, 4)).strip() == html


@settings(max_examples=100)
@given(st.text(max_size=80))
def test_no_markdown_is_more_than_text_and_links(text: str) -> None:
    page = Read(f"<div>{markdown(text, 4)}</div>")
    assert {*page.tags} <= {
        *("div", "p", "h4", "h5", "h6", "ul", "ol", "li", "pre", "code", "em", "strong", "blockquote", "hr", "br"),
        *("a", "s", "table", "thead", "tbody", "tr", "th", "td"),
    }
    assert all(value.startswith("https://") for name, value in page.attributes if name == "href")


def task(**more: object) -> ReviewTask:
    known = {"earned": 0.0, "undecided": 0.0, "minutes": 10, "seconds": 0, "report": None, "weight": 10.0}
    texts = dict.fromkeys(("scenario", "title", "topic", "bullet", "difficulty"), "")
    return ReviewTask.model_validate({"number": 1, **texts, **known, **more})


def test_bars_are_as_long_as_what_they_stand_for() -> None:
    assert [(box.kind, box.x, box.width) for box in share(5, 2, 10)] == [("good", 0, 500), ("open", 500, 200)]
    assert share(0, 0, 0) == []
    assert [(box.kind, box.x, box.width) for box in times(task(seconds=900), 900)] == [
        ("given", 0, 666.67),
        ("used", 0, 666.67),
        ("over", 666.67, 333.33),
    ]
    assert [box.kind for box in times(task(seconds=None), 600)] == ["given"]


def test_the_time_line_is_the_time_given_or_longer() -> None:
    boxes = strip([task(seconds=300), task(seconds=None), task(seconds=600)], ["pass", "open", "fail"], 1800)
    assert [box.kind for box in boxes] == ["given", "pass", "fail"]
    assert boxes[2].x > boxes[1].x + boxes[1].width
    assert max(box.x + box.width for box in strip([task(seconds=4000)], ["fail"], 1800)) <= 1000


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (points(66.97), "66.9"),
        (points(66.9), "66.9"),
        (points(12.5), "12.5"),
        (points(100.0), "100"),
        (percent(66.9, 100), "66 %"),
        (percent(67, 100), "67 %"),
        (percent(2.01, 3), "67 %"),
        (percent(0, 0), "0 %"),
        (used(59, 8), "59 s of 8 min"),
        (used(125, 8), "2 of 8 min"),
        (used(None, 8), "not measured, of 8 min"),
        (moment("2026-11-27T15:52:00+02:00"), "2026-11-27 13:52 UTC"),
        (moment("yesterday"), "yesterday"),
    ],
)
def test_figures_are_written_so_that_none_says_too_much(said: str, words: str) -> None:
    assert said == words


def test_a_check_is_told_in_a_word() -> None:
    one = CheckReport(id="a", title="", outcome="fail", points=1, earned=0)
    assert state(one) == "fail"
    assert state(one.model_copy(update={"after": ("b",)})) == "waits"
    assert state(one.model_copy(update={"outcome": "unknown"})) == "open"


def test_the_same_lines_are_shown_once() -> None:
    one = Excerpt(check="one", path="/f", first=1, line=2, lines=("first", "second here"))
    first = hostile_review().tasks[0]
    assert first.report
    two = first.report.checks[0].model_copy(update={"id": "two"})
    report = first.report.model_copy(update={"checks": (first.report.checks[0], two)})
    excerpts = (one, one.model_copy(update={"check": "two"}))
    task = first.model_copy(update={"report": report, "excerpts": excerpts})
    page = report_html(hostile_review().model_copy(update={"tasks": (task,)}))
    assert page.count("second here") == 1
    assert page.count("The lines around it are shown above.") == 1


def test_a_page_of_twenty_tasks_is_made_in_a_second_and_is_below_a_megabyte() -> None:
    """With as much in each task as a task may keep."""
    part = FileChange(path="/f", change="edit", diff=tuple(f"+    - --flag-{n}=value" for n in range(500)))
    first = hostile_review().tasks[0].model_copy(update={"solution": (part,)})
    tasks = tuple(first.model_copy(update={"number": number}) for number in range(1, 21))
    begin = time.process_time()
    page = report_html(hostile_review().model_copy(update={"tasks": tasks}))
    assert time.process_time() - begin < 1
    assert len(page.encode()) < 1_000_000


def test_no_other_command_imports_what_a_page_needs() -> None:
    code = "import sys; from ckslab.cli import main; main(['list']); "
    code += "print([name for name in sys.modules if name in ('jinja2', 'markdown_it', 'ckslab.review.model')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_templates_are_in_the_package() -> None:
    assert {path.suffix for path in Path(TEMPLATES).iterdir()} == {".html", ".css"}
