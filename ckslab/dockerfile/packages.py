"""The packages that a stage's RUN instructions install, by apk, apt-get or apt, and whether each is pinned.

A shell's grammar is read as far as commands are told from one another: quotes, comments, continued lines, `&&`,
`||`, `;`, `|`, parentheses and redirections. What a shell alone knows (a substitution, a variable
that the file does not set) is open.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ckslab.dockerfile.document import Document, Instruction, Stage

_VERBS = {"apk": "add", "apt-get": "install", "apt": "install"}
_WITH_VALUE = {
    "apk": frozenset({"-t", "--virtual", "-X", "--repository", "-p", "--root", "--repositories-file", "--arch"}),
    "apt-get": frozenset({"-o", "--option", "-c", "--config-file", "-t", "--target-release", "--default-release"}),
}
_WITH_VALUE["apt"] = _WITH_VALUE["apt-get"]
_BEFORE = frozenset(
    ["if", "then", "elif", "else", "do", "while", "until", "!", "{", "time", "sudo", "exec", "command", "env"]
)
_SHELLS = frozenset({"sh", "ash", "bash", "dash"})
_ASSIGNED = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_MAX_DEPTH = 4


@dataclass(frozen=True, slots=True)
class Installed:
    """One package as it is asked for. version: exactly this one, "" where it is not pinned. open: the part of it
    that the file does not tell, "" if none. line: of its instruction.
    """

    name: str
    version: str
    word: str
    line: int
    open: str = ""


def installs(document: Document, stage: Stage) -> tuple[Installed, ...]:
    """The packages that are installed by the instructions of this stage, in order."""
    known = {one.name: one.text for one in document.global_args if not (one.unset or one.unresolved)}
    values: dict[str, str] = {}
    found: list[Installed] = []
    for instruction in stage.instructions:
        if instruction.keyword in ("ARG", "ENV"):
            for argument in instruction.args:
                name, given, value = argument.text.partition("=")
                if given and not argument.unresolved:
                    values[name] = value
                elif not given and name in known and instruction.keyword == "ARG":
                    values[name] = known[name]
                elif given:
                    values.pop(name, None)
        elif instruction.keyword == "RUN":
            found += _of_run(instruction, values)
    return tuple(found)


def _of_run(instruction: Instruction, values: Mapping[str, str]) -> Iterator[Installed]:
    words = [argument.text for argument in instruction.args]
    if instruction.form == "exec":
        yield from _of_command(words, dict(values), instruction.line, 0, literal=True)
        return
    for script in [*words, *(document.text for document in instruction.heredocs)]:
        yield from _of_script(script, dict(values), instruction.line, 0)


def _of_script(script: str, values: dict[str, str], line: int, depth: int) -> Iterator[Installed]:
    tokens: list[str] = []
    try:
        for text in re.sub(r"\\\n", " ", script).split("\n"):
            reader = shlex.shlex(text, posix=True, punctuation_chars=";&|()<>")
            reader.commenters = "#"
            reader.whitespace_split = True
            tokens += [*reader, ";"]
    except ValueError:  # a quote that spans lines
        if any(re.search(rf"\b{tool}\b.*\b{verb}\b", script, re.DOTALL) for tool, verb in _VERBS.items()):
            yield Installed("", "", script.strip()[:60], line, "a quote that ends in another line")
        return
    command: list[str] = []
    to_a_file = False
    for token in tokens:
        if to_a_file:
            to_a_file = False
        elif token and not token.strip("<>&|;()") and ("<" in token or ">" in token):
            command = command[:-1] if command and command[-1].isdigit() else command
            to_a_file = True
        elif token and not token.strip(";&|()"):
            yield from _of_command(command, values, line, depth)
            command = []
        else:
            command.append(token)
    yield from _of_command(command, values, line, depth)


def _of_command(
    words: Sequence[str], values: dict[str, str], line: int, depth: int, *, literal: bool = False
) -> Iterator[Installed]:
    rest = list(words)
    while rest and (rest[0] in _BEFORE or (not literal and _ASSIGNED.fullmatch(rest[0]))):
        if assigned := _ASSIGNED.fullmatch(rest[0]):
            value, still_open = _filled(assigned[2], values)
            if still_open:
                values.pop(assigned[1], None)
            else:
                values[assigned[1]] = value
        rest.pop(0)
    if not rest or depth > _MAX_DEPTH:
        return
    tool = rest[0].rpartition("/")[2]
    if tool in _SHELLS and len(rest) > 2 and any(re.fullmatch(r"-[a-z]*c", word) for word in rest[1:-1]):
        at = next(index for index, word in enumerate(rest) if re.fullmatch(r"-[a-z]*c", word))
        yield from _of_script(rest[at + 1], values, line, depth + 1)
    elif tool in ("export", "set") and len(rest) > 1:
        yield from _of_command(rest[1:], values, line, depth + 1)
    elif tool in _VERBS:
        yield from _packages(tool, rest[1:], {} if literal else values, line)


def _packages(tool: str, words: Sequence[str], values: Mapping[str, str], line: int) -> Iterator[Installed]:
    plain: list[str] = []
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word in _WITH_VALUE[tool]:
            skip = True
        elif word.startswith("-"):
            continue
        else:
            plain.append(word)
    if not plain or plain[0] != _VERBS[tool]:
        return
    for word in plain[1:]:
        text, still_open = _filled(word, values)
        if not text.startswith(("/", "./")) and text:
            yield _package(text, line, still_open)


def _package(text: str, line: int, still_open: str) -> Installed:
    name, exactly, version = text.partition("=")
    moving = name.endswith((">", "<", "~")) or version.startswith("~") or "*" in version
    name = re.split(r"[<>~=@/:]", name)[0]
    return Installed(name, version if exactly and not moving else "", text, line, still_open)


def _filled(word: str, values: Mapping[str, str]) -> tuple[str, str]:
    """The word with its variables filled in, and what is still open in it."""
    if word.endswith("$") or "$(" in word or "`" in word:
        return word, "what another command prints"

    def value(match: re.Match[str]) -> str:
        return values.get(match[1] or match[2], match[0])

    text = _VARIABLE.sub(value, word)
    left = re.search(r"\$\{?\w+", text)
    return text, f"the variable {left[0].lstrip('${')}" if left else ""
