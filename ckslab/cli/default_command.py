"""A group of commands of which one need not be named: `ckslab history ipw-complete` is `history show ...`."""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup


class DefaultGroup(TyperGroup):
    """`show` is meant where the first word is none of the commands; what stands before it belongs to it, too."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put `show` before the arguments where no command is named."""
        own = {"-h", "--help"}
        if not any(one in own for one in args[:1]) and not (args and args[0] in self.commands):
            args = ["show", *args]
        return super().parse_args(ctx, args)
