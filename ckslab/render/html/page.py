"""The page: a template, a style sheet whose digest the page's own policy names, and a review.

Everything that a template writes passes `visible`, then Jinja's escaping; what may be HTML is `Markup`, of which
there are two kinds: the style sheet, and what `markdown` made.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup

from ckslab.render import words
from ckslab.render.html import bars
from ckslab.render.html.environment import environment
from ckslab.review.model import Review

TEMPLATES = Path(__file__).parent / "templates"
PALETTE = Path(__file__).parent / "styles" / "palette.css"


def report_html(review: Review) -> str:
    """The whole document."""
    css = PALETTE.read_text(encoding="utf-8") + (TEMPLATES / "report.css").read_text(encoding="utf-8")
    states = [words.task_state(task) for task in review.tasks]
    return (
        _environment()
        .get_template("page.html")
        .render(
            review=review,
            states=states,
            css=Markup(css),  # noqa: S704 - ours, and a digest in the policy is of it
            policy=policy(css),
            longest=bars.longest(review.tasks),
            strip=bars.strip(review.tasks, states, review.minutes * 60),
        )
    )


def policy(css: str) -> str:
    """The Content-Security-Policy: this style sheet, and nothing else from anywhere."""
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


@cache
def _environment() -> Environment:
    made = environment(TEMPLATES)
    made.filters |= {
        "points": words.points,
        "moment": words.moment,
        "state": words.state,
        "bullet_text": words.bullet_text,
    }
    made.tests["first_of_its_place"] = words.first_of_its_place
    made.globals |= {
        "percent": words.percent,
        "used": words.used,
        "share": bars.share,
        "times": bars.times,
        "VERDICTS": words.VERDICTS,
        "TASK_STATES": words.TASK_STATES,
        "headline": words.headline,
    }
    return made
