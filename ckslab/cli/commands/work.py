"""Working on a lab: shell, edit, kubeconfig."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperCommand

from ckslab import lab
from ckslab.cli.choose import choose
from ckslab.cli.options import LabName, examples
from ckslab.errors import LabError

_TRAILING = "ckslab.trailing"


class TrailingCommand(TyperCommand):
    """Keeps what follows the first `--` as it is: click would fill optional arguments with it."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse what stands before `--`."""
        own, rest = args, []
        if "--" in args:
            cut = args.index("--")
            own, rest = args[:cut], args[cut + 1 :]
        ctx.meta[_TRAILING] = rest
        return super().parse_args(ctx, own)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Mention the command in the usage line."""
        return [*super().collect_usage_pieces(ctx), "[-- COMMAND...]"]


def shell(ctx: typer.Context, name: LabName = None) -> None:
    """Open a shell on the node, or run COMMAND.

    It runs as root there, and its exit code is passed on.
    """
    argv = list(ctx.meta.get(_TRAILING, ())) or ["/bin/bash", "-i"]
    terminal = lab.of_terminal(os.environ) if sys.stdin.isatty() and sys.stdout.isatty() else None
    chosen = choose(name)
    lab.refuse_in_exam(chosen, "shell")
    command = chosen.running().node.shell_command(argv, terminal=terminal)
    lab.count_time(chosen)
    become(command)


def become(argv: Sequence[str]) -> NoReturn:
    """Replace this process by `argv`, so that signals and the exit code are the program's own."""
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        os.execvp(argv[0], list(argv))  # noqa: S606  (no shell is what is wanted)
    except OSError as error:
        raise LabError(f"cannot run {argv[0]}: {error.strerror}", advice="ckslab doctor") from error


def edit(
    path: Annotated[str, typer.Argument(metavar="PATH", help="An absolute path on the node.")],
    name: LabName = None,
) -> None:
    """Edit a file of the node with $VISUAL or $EDITOR."""
    from ckslab.cli.editing import edit_file

    chosen = choose(name)
    lab.refuse_in_exam(chosen, "edit")
    raise typer.Exit(edit_file(chosen, path))


def kubeconfig(name: LabName = None) -> None:
    """Print the path of the lab's kubeconfig.

    It works for kubectl on this machine, as the cluster's admin.
    """
    chosen = choose(name)
    lab.refuse_in_exam(chosen, "kubeconfig")
    typer.echo(chosen.running().node.kubeconfig)


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command(
        "shell",
        cls=TrailingCommand,
        epilog=examples("ckslab shell", "ckslab shell ipw-complete", "ckslab shell -- kubectl get pods -A"),
    )(shell)
    app.command("edit", epilog=examples("ckslab edit /etc/kubernetes/manifests/kube-apiserver.yaml"))(edit)
    app.command("kubeconfig", epilog=examples('export KUBECONFIG="$(ckslab kubeconfig)"'))(kubeconfig)
