"""Markdown of scenarios (tasks, hints, steps, what to read) as HTML: without HTML of its own or pictures."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from ckslab.render.html.visible import visible


def markdown(text: str, level: int) -> Markup:
    """Safe HTML. What only looks like HTML is shown as it is written.

    level: of its outermost headings on the page; below them none is left out, whatever the author wrote.
    """
    parser = _parser()
    tokens = parser.parse(text)
    _lower(tokens, level)
    _show(tokens)
    return Markup(parser.renderer.render(tokens, parser.options, {}))  # noqa: S704 - escaped by markdown-it, which is told `html: False`


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")
    parser.validateLink = _leads_to_a_page  # type: ignore[method-assign]
    return parser


def _leads_to_a_page(url: str) -> bool:
    """Of a link; any other is left as text."""
    return url.lower().startswith("https://")


def _lower(tokens: Sequence[Token], level: int) -> None:
    above = list[int]()
    for token in tokens:
        if token.type == "heading_open":
            own = int(token.tag[1:])
            above = [one for one in above if one < own] + [own]
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, level + len(above) - 1)}"


def _show(tokens: Sequence[Token]) -> None:
    """Make visible what is hidden, now that entities (`&#x202e;`) are what they stand for."""
    for token in tokens:
        token.content, token.info = visible(token.content), ""  # a language would be a class, and none has a style
        token.attrs = {name: visible(one) if isinstance(one, str) else one for name, one in token.attrs.items()}
        if token.type == "link_open":
            token.attrSet("rel", "noopener noreferrer")
        _show(token.children or ())
