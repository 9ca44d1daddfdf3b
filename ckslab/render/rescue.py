"""Why the API server is down, on the terminal: the log's line, the file and line behind it, the way out."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from ckslab.lab.results import Rescue
from ckslab.render import clean
from ckslab.render.rows import cell, hanging, show

_INDENT = 9


def print_rescue(out: Console, found: Rescue) -> None:
    """Print the diagnosis."""
    show(out, _lines(out, found))


def _lines(out: Console, found: Rescue) -> Iterator[Text]:
    place = f"{found.file}:{found.line}" if found.line else found.file
    rows = {"log": found.log_line, "in": found.log_path, "where": place}
    for name, value in rows.items():
        if value:
            yield from hanging(out, Text(f"  {name}", style="dim"), cell(value), _INDENT)
    for line in clean.block(found.excerpt).rstrip().expandtabs(4).splitlines():
        yield Text(" " * _INDENT + line)
    if found.advice:
        yield from hanging(out, Text("next:"), cell(found.advice, "cyan"), _INDENT)
