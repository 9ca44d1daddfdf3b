"""The starting point of a new scenario: small, commented and proven, one for each topic that has its own."""

from __future__ import annotations

import json
import re
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from ckslab.curriculum import BulletId
from ckslab.errors import UsageError, nearest
from ckslab.scenario.document import TOPICS, Difficulty
from ckslab.strict import Identifier

TEMPLATES = Path(__file__).with_name("templates")
"""A folder for each starting point, with `@NAME@` where a word of the new scenario stands."""

OF_TOPIC = {
    "image-policy-webhook": "webhook",
    "gatekeeper": "gatekeeper",
    "validating-admission-policy": "policy",
    "binaries": "files",
    "images": "dockerfile",
}
"""Which one a topic has; the others begin with a flag of the API server and a file."""

TRAINS: dict[str, BulletId] = {
    "images": "base-image",
    "binaries": "platform-binaries",
    "scanning": "image-scanning",
    "sbom": "know-supply-chain",
    "static-analysis": "static-analysis",
}
"""The bullet of the curriculum that scenarios of a topic mostly train; those of the others secure the chain."""

ELSE = "flag"


def new_scenario(
    folder: Path,
    id: str,  # noqa: A002 - the word of scenario.yaml
    *,
    title: str = "",
    topic: str = "image-policy-webhook",
    difficulty: Difficulty = "easy",
    minutes: int = 10,
) -> Path:
    """Write a new scenario to `folder`/ID, which it returns; UsageError if it is there or a word is wrong."""
    _check_words(id, topic)
    title = " ".join(title.split()) or f"Say here what {id} is about"
    words = {
        "ID": id,
        "TITLE": title,
        "QUOTED": json.dumps(title, ensure_ascii=False),
        "TOPIC": topic,
        "BULLET": TRAINS.get(topic, "secure-supply-chain"),
        "DIFFICULTY": difficulty,
        "MINUTES": str(minutes),
    }
    target = folder / id
    try:
        target.mkdir(parents=True)
    except OSError as error:
        raise UsageError(f"cannot make {target}: {error.strerror}", advice="Choose another id or folder.") from None
    source = TEMPLATES / OF_TOPIC.get(topic, ELSE)
    for path in sorted(source.rglob("*")):
        if path.is_file():
            made = target / path.relative_to(source)
            made.parent.mkdir(parents=True, exist_ok=True)
            made.write_text(_filled(path.read_text(encoding="utf-8"), words), encoding="utf-8")
    return target


def _filled(text: str, words: dict[str, str]) -> str:
    return re.sub(r"@([A-Z]+)@", lambda found: words[found[1]], text)


def _check_words(name: str, topic: str) -> None:
    try:
        TypeAdapter(Identifier).validate_python(name)
    except ValidationError:
        raise UsageError(
            f"not an id: {name!r}", advice="An id has at most 50 characters: a-z, 0-9 and - between them."
        ) from None
    if topic not in TOPICS:
        raise UsageError(f"no such topic {topic!r}{nearest(topic, TOPICS)}")
