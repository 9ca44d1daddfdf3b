"""The commented starting point of a new scenario: it loads, and shows every part that most scenarios have."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from ckslab.errors import UsageError, nearest
from ckslab.scenario.document import TOPICS, Difficulty
from ckslab.strict import Identifier

_SCENARIO = """\
# Every key is explained in docs/author.md; `ckslab author schema` lets an editor complete them.
id: {id}
title: {title}
topic: {topic}
difficulty: {difficulty}
minutes: {minutes}
requires: [static-pods]           # what the lab's cluster must be able to do

setup:
  files: setup/node               # laid over the node's root; ${{nonce}} is unlike in any other lab

checks:                           # points add up to 100
  - id: plugin
    title: AlwaysPullImages is enabled and no other admission plugin was lost
    points: 60
    static-pod:                   # the check's type, with its parameters
      name: kube-apiserver
      flags:
        enable-admission-plugins: {{contains: [NodeRestriction, AlwaysPullImages]}}
    hints:                        # from vague to explicit
      - Which flag lists the admission plugins that are switched on beside the defaults?
      - "--enable-admission-plugins takes a comma-separated list; NodeRestriction must stay in it."

  - id: noted
    title: The ticket says that the change is made
    points: 40
    yaml-value:
      path: /root/ticket.yaml
      at: ticket.state
      equals: done
    hints:
      - Read /root/ticket.yaml to its end.
      - Set `state` to `done`.
"""

_TASK = """\
# {title}

Every image that is used on this cluster must be pulled with the credentials of whoever runs it, every
time. <!-- nothing to check: why -->
Enable the admission plugin that sees to it, and keep those that are enabled. <!-- checks: plugin -->

Then set the state in `/root/ticket.yaml` to `done`. <!-- checks: noted -->
"""

_TICKET = """\
ticket:
  number: ${nonce}
  state: open      # open, done
"""

_ANSWERS = """\
# `ckslab author verify {id}` plays all of these, each from a reset lab.
solution:                         # steps in order, each with a name
  - plugin: {{static-pod: kube-apiserver, add-to-flag: {{enable-admission-plugins: AlwaysPullImages}}}}
  - ticket: {{edit: /root/ticket.yaml, set: {{ticket.state: done}}}}

right:                            # other forms of a right answer: full marks
  written with an editor:
    ticket: {{replace: /root/ticket.yaml, old: "state: open", new: "state: done"}}

wrong:                            # how each differs from the solution, and exactly the checks that fail
  plugin list replaced:
    plugin: {{static-pod: kube-apiserver, set-flag: {{enable-admission-plugins: AlwaysPullImages}}}}
    fails: [plugin]
  ticket forgotten:
    ticket: null
    fails: [noted]
"""


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
    target = folder / id
    words = {"id": id, "title": title, "topic": topic, "difficulty": difficulty, "minutes": minutes}
    try:
        target.mkdir(parents=True)
    except OSError as error:
        raise UsageError(f"cannot make {target}: {error.strerror}", advice="Choose another id or folder.") from None
    quoted = {**words, "title": json.dumps(title, ensure_ascii=False)}
    (target / "scenario.yaml").write_text(_SCENARIO.format(**quoted), encoding="utf-8")
    (target / "task.md").write_text(_TASK.format(**words), encoding="utf-8")
    (target / "answers.yaml").write_text(_ANSWERS.format(**words), encoding="utf-8")
    ticket = target / "setup/node/root/ticket.yaml"
    ticket.parent.mkdir(parents=True)
    ticket.write_text(_TICKET, encoding="utf-8")
    return target


def _check_words(name: str, topic: str) -> None:
    try:
        TypeAdapter(Identifier).validate_python(name)
    except ValidationError:
        raise UsageError(
            f"not an id: {name!r}", advice="An id has at most 50 characters: a-z, 0-9 and - between them."
        ) from None
    if topic not in TOPICS:
        raise UsageError(f"no such topic {topic!r}{nearest(topic, TOPICS)}")
