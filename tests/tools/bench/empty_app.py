"""The least that a typer program can cost: beside it stand the figures of commands that use no cluster.

Its help is printed as ckslab prints its own, without rich, which makes it the faster one to compare with.
"""

import typer

app = typer.Typer(name="empty", rich_markup_mode=None, pretty_exceptions_enable=False)


@app.callback(invoke_without_command=True)
def empty() -> None:
    """Does nothing."""


if __name__ == "__main__":
    app()
