"""How a page of ours is made of templates: all that is written is escaped, and what is hidden is made visible."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ckslab.render.html.markdown import markdown
from ckslab.render.html.visible import visible


def environment(templates: Path) -> Environment:
    """Of a folder of templates; `markdown` is a filter of all of them."""
    made = Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_final,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["markdown"] = markdown
    return made


def _final(value: object) -> object:
    """What a template writes: a text with what is hidden in it made visible."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
