"""Rows with a hanging indent: a label on the left, and text that wraps beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from ckslab.render import clean

MIN_BODY = 16
"""Narrower text is no text; where a terminal leaves less, the label gets a line of its own."""


def hanging(out: Console, label: Text, body: Text, indent: int) -> Iterator[Text]:
    """The lines of one row: `body` begins at column `indent`, wraps there, and `label` stands before it."""
    indent = min(indent, max(2, out.width - MIN_BODY))
    lines = list(body.wrap(out, max(MIN_BODY, out.width - indent))) or [Text()]
    first = label.copy()
    if label.cell_len < indent or not label:
        first.append(" " * (indent - label.cell_len)).append_text(lines.pop(0))
    yield _trimmed(first)
    for line in lines:
        yield _trimmed(Text(" " * indent).append_text(line))


def show(out: Console, lines: Iterable[Text]) -> None:
    """Print lines that fit already; what cannot be broken runs over rather than being cut."""
    for line in lines:
        out.print(line, soft_wrap=True)


def table(
    out: Console, head: Sequence[str], rows: Sequence[Sequence[Text]], above: Mapping[int, Text] | None = None
) -> Iterator[Text]:
    """Aligned columns, the last one wrapping; nothing at all without rows. above: headings, by row."""
    if not rows:
        return
    titles = [Text(title, style="dim") for title in head]
    widths = [max(cell_len(row[n].plain) for row in (titles, *rows)) for n in range(len(head) - 1)]
    for number, row in enumerate((titles, *rows), -1):
        if above and number in above:
            yield from (Text(), *hanging(out, Text(), above[number], 0))
        label = Text()
        for cell, width in zip(row, widths, strict=False):
            label.append_text(cell).append(" " * (width - cell.cell_len + 2))
        label.rstrip()
        yield from hanging(out, label, row[-1], sum(widths) + 2 * len(widths))


def cell(text: object, style: str = "") -> Text:
    """A cell of a row: whatever `text` says, on one line and safe to show."""
    return Text(clean.line(str(text)), style=style)


def _trimmed(line: Text) -> Text:
    line.rstrip()
    return line
