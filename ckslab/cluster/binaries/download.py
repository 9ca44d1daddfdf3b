"""Download one pinned artefact into a `.part` file that a later try, or a later run, goes on with."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ckslab.cluster.binaries.https import mirrored, open_url
from ckslab.cluster.binaries.pins import Artefact
from ckslab.cluster.binaries.registry import NoToken, Tokens
from ckslab.errors import LabError

if TYPE_CHECKING:
    from http.client import HTTPResponse

_STALL_SECONDS = 15.0  # without a byte, or without an answer
_PAUSES = (0.5, 1.0, 2.0, 4.0)  # before each further try that follows one without progress
_CHUNK = 256 * 1024


class DownloadError(LabError):
    """An artefact cannot be had, or is not what was pinned; the message names its URL."""


class Interrupted(Exception):
    """The download was told to stop; its `.part` file is kept."""


@dataclass
class Session:
    """What the downloads of one run share: the wish to stop, unreachable hosts, tokens of registries."""

    stop: Event = field(default_factory=Event)
    unreachable: dict[str, str] = field(default_factory=dict)
    tokens: Tokens = field(default_factory=Tokens)


Report = Callable[[int, int], None]  # bytes there, bytes in all


def part_path(artefact: Artefact, folder: Path) -> Path:
    """The artefact's unfinished file; its name holds the checksum, so that no two pins share one."""
    return folder / f"{artefact.sha256[:16]}-{artefact.file_name}.part"


def download(artefact: Artefact, folder: Path, session: Session, report: Report) -> Path:
    """The artefact's checked file in `folder`, fetched, or gone on with where an earlier try ended.

    Raises DownloadError when it cannot be had: at once where its host cannot be reached or refuses,
    after a few tries where the connection breaks. Raises Interrupted when `session.stop` is set.
    """
    url = mirrored(artefact.url)
    host = urlsplit(url).netloc
    if host in session.unreachable:
        raise DownloadError(f"{url}: {session.unreachable[host]}")
    part = part_path(artefact, folder)
    folder.mkdir(parents=True, exist_ok=True)
    resumed = part.exists()
    _receive_all(url, part, artefact, session, report)
    actual = _sha256(part)
    if actual != artefact.sha256 and resumed:
        # What lay there may have been begun by something else; the whole file decides.
        part.unlink()
        _receive_all(url, part, artefact, session, report)
        actual = _sha256(part)
    if actual != artefact.sha256:
        part.unlink()
        raise DownloadError(
            f"{url}: wrong SHA-256 {actual}, pinned is {artefact.sha256}; what came is thrown away",
            advice="A proxy or mirror may answer with something else; look at the address in a browser.",
        )
    return part


def _receive_all(url: str, part: Path, artefact: Artefact, session: Session, report: Report) -> None:
    """Receive until the whole file is there, with a pause before each try that follows a futile one."""
    futile = 0
    while True:
        before = part.stat().st_size if part.exists() else 0
        try:
            _receive(url, part, artefact, session, report)
            return
        except _Passing as error:
            now = part.stat().st_size if part.exists() else 0
            futile = 0 if now > before else futile + 1
            if futile >= len(_PAUSES):
                raise DownloadError(f"{url}: {error}, {futile} times over") from error
            if session.stop.wait(_PAUSES[futile]):
                raise Interrupted from error


class _Passing(Exception):
    """A fault that another try may not meet."""


def _receive(url: str, part: Path, artefact: Artefact, session: Session, report: Report) -> None:
    """Append to `part` what the server has beyond it, until the end that the server announced."""
    from http.client import HTTPException

    have = part.stat().st_size if part.exists() else 0
    answer = _ask(url, have, artefact, session)
    if answer is None:
        return
    done, total = answer.start, answer.total
    # A wrong file must not fill the disk before its checksum is looked at.
    limit = 2 * artefact.approximate_bytes + 50_000_000
    with answer.response as response, part.open("r+b" if part.exists() else "wb") as file:
        file.seek(done)
        file.truncate()
        while total is None or done < total:
            try:
                chunk = response.read1(_CHUNK)
            except (OSError, HTTPException) as error:
                raise _Passing(f"the connection broke after {done} bytes ({error})") from error
            if session.stop.is_set():
                raise Interrupted
            if not chunk:
                break
            done += file.write(chunk)
            if done > limit:
                part.unlink()
                raise DownloadError(f"{url}: more than {limit} bytes came, that is not the pinned file")
            report(done, total or max(done, artefact.approximate_bytes))
    if total is not None and done < total:
        raise _Passing(f"the connection ended after {done} of {total} bytes")


@dataclass(frozen=True)
class _Answer:
    """A response whose body begins at byte `start` of a file of `total` bytes (None: not told)."""

    response: HTTPResponse
    start: int
    total: int | None


def _ask(url: str, have: int, artefact: Artefact, session: Session) -> _Answer | None:
    """Ask for the bytes from `have` on; None where the server has nothing beyond them."""
    from http.client import HTTPException
    from urllib.error import HTTPError, URLError

    headers = {"User-Agent": "ckslab", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    try:
        opened = session.tokens.open if artefact.image else open_url
        response = opened(url, headers, _STALL_SECONDS)
    except NoToken as error:
        if error.passing:
            raise _Passing(str(error)) from error
        raise DownloadError(str(error)) from error
    except HTTPError as error:
        error.close()
        if error.code == 416 and have:
            return None
        if error.code in (408, 425, 429) or error.code >= 500:
            raise _Passing(f"the server answers {error.code} {error.reason}") from error
        raise DownloadError(f"{url}: the server answers {error.code} {error.reason}") from error
    except URLError as error:
        # No name, no route, refused, or a proxy that forbids: trying again would only make people wait.
        host = urlsplit(url).netloc
        session.unreachable[host] = f"{host} cannot be reached ({error.reason})"
        raise DownloadError(f"{url}: {session.unreachable[host]}") from error
    except (OSError, HTTPException) as error:
        raise _Passing(f"no answer ({error or type(error).__name__})") from error
    return _read_head(url, response, have)


def _read_head(url: str, response: HTTPResponse, have: int) -> _Answer:
    """Which part of the file a response carries: the rest that was asked for, or all of it."""
    told = response.headers.get("Content-Range", "")
    if response.status == 206 and (match := re.fullmatch(rf"bytes {have}-\d+/(\d+)", told)):
        return _Answer(response, have, int(match.group(1)))
    if response.status != 200:
        response.close()
        raise DownloadError(f"{url}: the server answers {response.status} with {told or 'no file'}")
    length = response.headers.get("Content-Length", "")
    return _Answer(response, 0, int(length) if length.isdecimal() else None)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
