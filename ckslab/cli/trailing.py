"""Commands that take another command after `--`, apart from their own arguments."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperCommand

_KEY = "ckslab.trailing"


class TrailingCommand(TyperCommand):
    """Keeps what follows the first `--` as it is: click would fill optional arguments with it."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse what stands before `--`."""
        own, rest = args, []
        if "--" in args:
            cut = args.index("--")
            own, rest = args[:cut], args[cut + 1 :]
        ctx.meta[_KEY] = rest
        return super().parse_args(ctx, own)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Mention the command in the usage line."""
        return [*super().collect_usage_pieces(ctx), "[-- COMMAND...]"]


def trailing(ctx: typer.Context) -> list[str]:
    """The command after `--`, empty where there is none."""
    return list(ctx.meta.get(_KEY, ()))
