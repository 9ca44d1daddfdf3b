"""A home in which an exam is being sat, on the real node."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support.node_fixtures.home import Home


@contextmanager
def exam_being_sat(node_cache: Path, tasks: Sequence[str]) -> Iterator[Home]:
    """One host is awake at a time; the exam is given up where the tests have not ended it."""
    home = Home.new(node_cache)
    try:
        home.run("exam", "start", *tasks, "--seed", "7", "--labs", "1", "--minutes", "60").ok()
        yield home
        home.run("exam", "abandon", "--yes").ok()
    finally:
        home.remove()
