"""The only place where the command line calls `ckslab.lab`; each call imports its use case when made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ckslab.grading.report import Report
    from ckslab.lab.results import AnswerResult, CatalogueEntry, Examined, Hint, LabStatus, LintProblem, Rescue
    from ckslab.lab.start import Started
    from ckslab.progress import Progress
    from ckslab.scenario.model import Scenario


def scenarios(extra: list[Path]) -> list[CatalogueEntry]:
    """The catalogue, in the order in which it is shown."""
    from ckslab.lab import catalogue

    return catalogue.scenarios(catalogue.roots(extra))


def scenario(id_: str, extra: list[Path]) -> Scenario:
    """A scenario as its author wrote it."""
    from ckslab.lab import catalogue

    return catalogue.load(id_, catalogue.roots(extra))


def lab_scenario(name: str) -> Scenario:
    """The scenario of a lab, with the lab's nonce filled in."""
    from ckslab.lab import catalogue

    return catalogue.lab_scenario(name)


def start(
    id_: str,
    extra: list[Path],
    *,
    cluster: str,
    seed: int | None,
    name: str | None,
    progress: Progress,
    node_image: str | None = None,
) -> Started:
    """Start a lab or go on with it."""
    from ckslab.lab.catalogue import roots
    from ckslab.lab.start import start

    return start(
        id_,
        roots=roots(extra),
        cluster=cluster,
        seed=seed,
        name=name,
        progress=progress,
        node_image=node_image,
    )


def shell_argv(name: str, argv: list[str], terminal: bool) -> list[str]:
    """The command of this machine that runs `argv` (a login shell if empty) on the node."""
    from ckslab.lab.life import shell_argv

    return shell_argv(name, argv, terminal)


def kubeconfig(name: str) -> Path:
    """The kubeconfig that works from outside the node."""
    from ckslab.lab.life import kubeconfig

    return kubeconfig(name)


def read_file(name: str, path: str) -> bytes | None:
    """A node file's content, None where there is none."""
    from ckslab.lab.life import read_file

    return read_file(name, path)


def write_file(name: str, path: str, data: bytes) -> None:
    """Replace a node file as a whole; mode and owner are kept."""
    from ckslab.lab.life import write_file

    write_file(name, path, data)


def grade_lab(name: str, progress: Progress, *, files_only: bool = False) -> Report:
    """Grade a lab."""
    from ckslab.lab.grade import grade_lab

    return grade_lab(name, progress, files_only=files_only)


def grade_files(path: Path, id_: str, extra: list[Path]) -> Report:
    """Grade a folder or an archive of a node's files."""
    from ckslab.lab.catalogue import roots
    from ckslab.lab.grade_files import grade_files

    return grade_files(path, id_, roots(extra))


def fingerprint(name: str) -> str:
    """Differs whenever a file that the lab's checks read has another content."""
    from ckslab.lab.watch import fingerprint

    return fingerprint(name)


def next_hint(name: str, check: str | None) -> Hint:
    """The next hint on a check, or on the first that fails."""
    from ckslab.lab.hints import next_hint

    return next_hint(name, check)


def solution(name: str) -> str:
    """The solution as Markdown."""
    from ckslab.lab.hints import solution

    return solution(name)


def rescue(name: str) -> Rescue:
    """Why the API server is down."""
    from ckslab.lab.rescue import rescue

    return rescue(name)


def restore(name: str, progress: Progress) -> list[str]:
    """Put the control plane's files back; the paths that were changed."""
    from ckslab.lab.rescue import restore

    return restore(name, progress)


def status() -> list[LabStatus]:
    """All labs, the broken ones among them."""
    from ckslab.lab.life import status

    return status()


def lab_names() -> list[str]:
    """The names of all labs."""
    from ckslab.store.labs import lab_names

    return lab_names()


def reset(name: str, progress: Progress) -> None:
    """Make a lab as it was at its start."""
    from ckslab.lab.life import reset

    reset(name, progress)


def stop(name: str, progress: Progress) -> None:
    """Stop and remove a lab."""
    from ckslab.lab.life import stop

    stop(name, progress)


def stop_all(progress: Progress) -> None:
    """Stop and remove all labs."""
    from ckslab.lab.life import stop_all

    stop_all(progress)


def examine() -> list[Examined]:
    """What the doctor finds."""
    from ckslab.lab.doctor import examine

    return examine()


def setup(ids: Sequence[str], roots: Sequence[Path], *, every: bool, progress: Progress) -> None:
    """Fetch or build what labs need, of these scenarios or of every one."""
    from ckslab.lab.catalogue import roots as all_roots
    from ckslab.lab.setup import setup
    from ckslab.scenario.find import find_scenarios

    folders = all_roots(roots)
    setup(progress, sorted(find_scenarios(folders)) if every else ids, folders)


def new_scenario(id_: str, folder: Path, topic: str) -> Path:
    """Make a new scenario's folder."""
    from ckslab.lab.author import new

    return new(id_, folder, topic)


def lint(ids: Sequence[str], extra: list[Path]) -> list[LintProblem]:
    """Problems of the scenarios `ids`, of all where it is empty."""
    from ckslab.lab.author import lint
    from ckslab.lab.catalogue import roots

    return lint(ids, roots(extra))


def schema(of: str) -> str:
    """The JSON Schema of scenario.yaml or answers.yaml."""
    from ckslab.lab.author import schema

    return schema(of)


def verify(
    ids: Sequence[str],
    extra: list[Path],
    *,
    only: str | None,
    repeat: int,
    jobs: int,
    cluster: str,
    against: str | None,
) -> Callable[[Progress], Iterator[AnswerResult]]:
    """Ready to play the answers of the scenarios `ids`, of all where it is empty."""
    from ckslab.lab.catalogue import roots
    from ckslab.lab.verify import verify

    return lambda progress: verify(
        ids,
        roots=roots(extra),
        only=only,
        repeat=repeat,
        jobs=jobs,
        cluster=cluster,
        against=against,
        progress=progress,
    )
