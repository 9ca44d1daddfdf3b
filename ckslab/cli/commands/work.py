"""Working on a lab: shell, edit, kubeconfig."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from ckslab.cli import usecases
from ckslab.cli.choose import choose
from ckslab.cli.examples import examples
from ckslab.cli.options import Lab
from ckslab.cli.trailing import TrailingCommand, trailing


def shell(ctx: typer.Context, lab: Lab = None) -> None:
    """Open a shell on the node, or run COMMAND.

    It runs as root there, and its exit code is passed on.
    """
    from ckslab.cli.handover import become

    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    become(usecases.shell_argv(choose(lab), trailing(ctx), terminal))


def edit(
    path: Annotated[str, typer.Argument(metavar="PATH", help="An absolute path on the node.")],
    lab: Lab = None,
) -> None:
    """Edit a file of the node with $VISUAL or $EDITOR."""
    from ckslab.cli.editing import edit_file

    raise typer.Exit(edit_file(choose(lab), path))


def kubeconfig(lab: Lab = None) -> None:
    """Print the path of the lab's kubeconfig.

    It works for kubectl on this machine, as the cluster's admin.
    """
    typer.echo(usecases.kubeconfig(choose(lab)))


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command(
        "shell",
        cls=TrailingCommand,
        epilog=examples("ckslab shell", "ckslab shell ipw-complete", "ckslab shell -- kubectl get pods -A"),
    )(shell)
    app.command("edit", epilog=examples("ckslab edit /etc/kubernetes/manifests/kube-apiserver.yaml"))(edit)
    app.command("kubeconfig", epilog=examples('export KUBECONFIG="$(ckslab kubeconfig)"'))(kubeconfig)
