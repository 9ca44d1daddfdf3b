"""A group of commands of which one need not be named: `ckslab history ipw-complete` is `history show ...`."""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup

DEFAULT = "show"


class DefaultGroup(TyperGroup):
    """`show` is meant where the first word is none of the commands; what stands before it belongs to it, too."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put `show` before the arguments where no command is named; at Tab only when a word is there already."""
        named = args[:1] and (args[0] in self.commands or args[0] in ("-h", "--help"))
        if not named and not (ctx.resilient_parsing and not args):
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """The commands, and what may stand behind `show`."""
        if incomplete.startswith("-"):
            return self.commands[DEFAULT].shell_complete(ctx, incomplete)
        own = super().shell_complete(ctx, incomplete)
        first = next((one for one in self.commands[DEFAULT].params if one.param_type_name == "argument"), None)
        return own + (first.shell_complete(ctx, incomplete) if first else [])
