"""A review as JSON: the model as it is."""

from __future__ import annotations

import json

from ckslab.review.model import Review


def review_json(review: Review) -> str:
    """The review as an indented JSON object in ASCII, without a newline at its end."""
    return json.dumps(review.model_dump(mode="json"), indent=2)
