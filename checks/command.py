"""`command`: what a command on the node answers."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field

from ckslab.evidence import CheckType, Evidence, Finding, Need, Params, failed, passed
from ckslab.matching.matcher import Matcher, shown
from ckslab.needs.command import CommandNeed
from ckslab.text_lines import lines_of


class CommandParams(Params):
    """argv: program and arguments, no shell. exit-code, and what stdout (without its end) should be."""

    argv: tuple[str, ...] = Field(min_length=1)
    exit_code: int = 0
    stdout: Matcher | None = None


class Command(CheckType[CommandParams]):
    """Exit code and output of one command, run as root on the node."""

    name = "command"
    params = CommandParams

    def needs(self, params: CommandParams) -> Iterable[Need]:
        """The command's run."""
        return [CommandNeed(params.argv)]

    def judge(self, params: CommandParams, evidence: Evidence) -> Finding:
        """Exit code first, then the output."""
        ran = evidence.of(CommandNeed(params.argv))
        line = shown(" ".join(params.argv))
        if ran.code != params.exit_code:
            last = lines_of(ran.stderr.strip() or ran.stdout.strip())[-1:]
            return failed(f"`{line}` exits {params.exit_code}", f"it exits {ran.code}", log="".join(last))
        if params.stdout is not None:
            wrong = params.stdout.wrong(ran.stdout.rstrip())
            if wrong:
                return failed(f"`{line}` prints: {params.stdout.expectation()}", wrong)
        return passed()
