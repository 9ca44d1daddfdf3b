"""Tasks, hints and solutions: Markdown, laid out on a terminal and left as it is elsewhere."""

from __future__ import annotations

import sys
from typing import IO

from ckslab.render import clean


def print_markdown(text: str, stream: IO[str] | None = None) -> None:
    """Print Markdown for the terminal's width; into a pipe or file goes the source itself."""
    stream = stream or sys.stdout
    text = clean.block(text)
    if not stream.isatty():
        stream.write(text.rstrip("\n") + "\n")
        return
    from rich.markdown import Markdown

    from ckslab.render.console import console

    console(stream).print(Markdown(text, hyperlinks=False, code_theme="ansi_dark"))
