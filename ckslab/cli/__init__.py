"""The command line: commands parse, call a use case of `ckslab.lab`, and render. Nothing else."""

from ckslab.cli.main import main

__all__ = ["main"]
