"""BuildKit and the node's image store, as a grader uses them: build, export, leave nothing behind."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ckslab.cluster.node.image_names import IMAGES, stored_names
from ckslab.errors import LabError
from ckslab.image_tree.archive import MAX_UNPACKED, read_image
from ckslab.image_tree.image import ImageTree, OtherPacking, TooLarge, Unreadable
from ckslab.text_lines import lines_of

if TYPE_CHECKING:
    from ckslab.cluster.backend import Node

BUILD_SECONDS = 60
"""Of one build; a compilation of a page of C takes half a second."""
MAX_VARIED = 1 << 20
"""Bytes of a file that is varied."""
MAX_ARCHIVE = 64 << 20
"""Bytes of an image that are looked into, packed."""
MAX_SAID = 1 << 20
"""Bytes of the end of what BuildKit says that are read."""
MAX_WORDS = 4000
"""Of these, where it says why a build failed."""
LATER = "later.packages.lab.local"
"""The host that a build is given in which the lab's apk has newer packages, too (lab_images/alpine/apk.sh)."""
NO_SPACE = "no space left on device"
"""ENOSPC, as Go and C libraries put it: whether it is the build that fills the node cannot be told."""
STORE = "/var/lib/containerd/"
"""Whoever reads of files there reads of the store's own, and not of an image's."""
LAYERS = 500
"""Linux lays no more folders over one another (fs/overlayfs/params.h, OVL_MAX_STACK)."""
RESTARTED = 93
"""Exit code of a build during which BuildKit died, and init started it again."""
UNVARIED = 94
"""Exit code of a build whose file could not be varied."""

REGISTRY = "graded.lab.local"
"""Nobody has it: such an image is the grader's, and no name that a learner gives."""

BUILD = f"""
folder=$1 file=$2 name=$3 varied=$4 script=$5 hosts=$6
shift 6
set -- timeout -k 5 {BUILD_SECONDS} buildctl build --progress=plain --frontend dockerfile.v0 \\
    --local context="$folder" --local dockerfile="$folder" \\
    --opt filename="$file" ${{hosts:+--opt "add-hosts=$hosts"}} \\
    --output "type=image,name=$name,unpack=true" "$@"
if [ -n "$varied" ] && [ -f "$folder/$varied" ]; then
    work=$(mktemp -d /tmp/.graded-XXXXXXXX) || exit 90
    trap 'rm -rf "$work"' EXIT
    [ "$(stat -L -c %s "$folder/$varied")" -le {MAX_VARIED} ] || exit 91
    cp -pL "$folder/$varied" "$work/varied" && sed -i "$script" "$work/varied" || exit 92
    unshare --mount true || exit 92
    # over the file, for buildctl alone: the folder is not copied, and nobody else sees another one
    set -- unshare --mount sh -c 'mount --bind "$1" "$2" || exit {UNVARIED}; shift 2; exec "$@"' varied \\
        "$work/varied" "$folder/$varied" "$@"
fi
running() {{ /lab/bin/labnode service status buildkitd 2>/dev/null; }}
for _ in 1 2 3 4 5 6 7 8; do # init may be starting it again just now
    /lab/bin/buildctl debug workers >/dev/null 2>&1 && break
    sleep 0.5
done
was=$(running)
{{
    "$@" </dev/null
    echo "ended $?"
}} 2>&1 | tail -c {MAX_SAID}
[ "$was" = "$(running)" ] || exit {RESTARTED}
"""
"""What init says of BuildKit has its pid and the time of its start: it is another one where it died meanwhile."""

EXPORT = """
ctr --namespace k8s.io images export - "$1" | head -c "$2"
"""

CONVERT = ("nerdctl", "--namespace", "k8s.io", "image", "convert", "--oci", "--uncompress")
"""Makes another image with the same layers, unpacked. `ctr` leaves those by zstd of Docker's media types packed."""


class NotToldByBuild(LabError):
    """Whether the Dockerfile builds could not be found out."""


@dataclass(frozen=True, slots=True)
class Variation:
    """A file of the build context in which one text is another one, for a build of the grader's own."""

    file: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Built:
    """A build. name: of the image. refused: BuildKit's last words where it made none. unpinned: the packages that
    are newer because the build was of a later day, as NAME (VERSION), each with the step that installed it.
    """

    name: str
    refused: str = ""
    unpinned: tuple[tuple[str, str], ...] = ()


@contextmanager
def names_of_the_graders(node: Node) -> Iterator[list[str]]:
    """A list for names that are given meanwhile: they are removed from the store at the end, with the names by ID
    that the container runtime gave them.
    """
    before = stored_names(node)
    given: list[str] = []
    try:
        yield given
    finally:
        now = stored_names(node) if given else {}
        targets = {now[name] for name in given if name in now}
        kept = {digest for name, digest in now.items() if name not in given and not name.startswith("sha256:")}
        by_id = [
            name
            for name, digest in now.items()
            if name.startswith("sha256:") and name not in before and digest in targets - kept
        ]
        if gone := [*(name for name in given if name in now), *by_id]:
            node.run([*IMAGES, "rm", *gone], timeout=20)


def build(
    node: Node,
    path: str,
    given: list[str],
    nonce: str,
    varied: Variation | None = None,
    *,
    later: bool = False,
    cached: bool = True,
) -> Built:
    """Build the Dockerfile at `path`, with its folder as context. later: when the lab's apk has newer packages,
    too; nothing that RUN made is then taken from the cache, which tells of no package.

    cached: what was built before is taken from BuildKit's cache. NotToldByBuild where BuildKit does not answer or
    takes too long.
    """
    folder, _, file = path.rpartition("/")
    name = _name(given, nonce)
    change = f"s/{_literal(varied.old)}/{varied.new}/g" if varied else ""
    hosts = f"{LATER}=127.{'.'.join(str(1 + byte % 254) for byte in secrets.token_bytes(3))}" if later else ""
    words = [folder or "/", file, name, varied.file if varied else "", change, hosts]
    more = [] if cached else ["--no-cache"]
    done = node.run(["/bin/sh", "-c", BUILD, "build", *words, *more], timeout=BUILD_SECONDS + 20.0)
    said, _, code = done.stdout.decode(errors="replace").rpartition("ended ")
    if varied and done.returncode == 91:
        raise NotToldByBuild(f"{varied.file} holds more than {MAX_VARIED >> 20} MiB")
    if varied and code.strip() == str(UNVARIED):
        raise NotToldByBuild(f"{varied.file} cannot be another one for a build: {last_words(said)}")
    if done.returncode == RESTARTED and code.strip() != "0":
        raise NotToldByBuild(f"BuildKit died on the node while it built {path}")
    if done.returncode not in (0, RESTARTED) or not code.strip().isdigit():
        why = done.stderr.decode(errors="replace").strip()[-300:]
        raise NotToldByBuild(f"{path} could not be built: {why or f'exit code {done.returncode}'}")
    if code.strip() == "0":
        return Built(name, unpinned=of_a_later_day(said))
    unpinned, layers = of_a_later_day(said), said.rpartition("lowerdir=")[2].count("/fs:")
    said = said[-MAX_WORDS:]
    if code.strip() in ("124", "137"):
        raise NotToldByBuild(f"the build of {path} did not end within {BUILD_SECONDS} s")
    if node.run(["/lab/bin/buildctl", "debug", "workers"], timeout=20).returncode:
        raise NotToldByBuild("BuildKit does not answer on the node")
    if layers >= LAYERS:
        return Built(name, f"a step has more than {LAYERS} layers below it, which Linux does not mount", unpinned)
    refused = last_words(said)
    if NO_SPACE in said.lower():
        raise NotToldByBuild(f"the node ran out of space while {path} was built")
    if STORE in refused:
        raise NotToldByBuild(f"the node's image store is damaged, which ckslab reset puts right: {refused}")
    return Built(name, refused, unpinned)


def of_a_later_day(said: str) -> tuple[tuple[str, str], ...]:
    """The packages that the lab's apk tells of, as NAME (VERSION), with the words of the step; each once."""
    steps = dict(re.findall(r"^#(\d+) \[[^\]\n]*\] (.*)", said, re.MULTILINE))
    told = re.findall(r"^#(\d+) .*apk of a later day: (\S+ \(\S+\))", said, re.MULTILINE)
    return tuple(dict.fromkeys((package, steps.get(number, "")) for number, package in told))


def last_words(said: str) -> str:
    """What BuildKit says of a build that failed: what the command printed last, and its own sentence."""
    lines = [line.strip() for line in lines_of(said.strip())]
    at = next((index for index, line in enumerate(lines) if line == "------"), 0)
    printed = [line for line in lines[at:] if re.match(r"[0-9]+\.[0-9]+ ", line)]
    sentence = next((line for line in reversed(lines) if line.startswith("error: ")), lines[-1] if lines else "")
    sentence = sentence.removeprefix("error: ").removeprefix("failed to solve: ")
    return "; ".join([*(line.split(" ", 1)[1] for line in printed[-1:]), sentence])[:600]


def look_into(node: Node, name: str, given: list[str], nonce: str) -> ImageTree:
    """What the image of that name is. Unreadable where it cannot be looked into, TooLarge; LabError."""
    try:
        return read_image(_exported(node, name, MAX_ARCHIVE))
    except OtherPacking:
        plain = _name(given, nonce)
        node.run([*CONVERT, name, plain], timeout=40)
        return read_image(_exported(node, plain, MAX_UNPACKED))


def _exported(node: Node, name: str, most: int) -> bytes:
    done = node.run(["/bin/sh", "-c", EXPORT, "export", name, str(most + 1)], timeout=40)
    if len(done.stdout) > most:
        raise TooLarge(f"the image has more than {most >> 20} MiB, which is not looked into")
    if not done.stdout:
        raise Unreadable(f"the store does not give it: {done.stderr.decode(errors='replace').strip()[-300:]}")
    return done.stdout


def _name(given: list[str], nonce: str) -> str:
    """A new name of the grader's, which is removed at the end."""
    given.append(f"{REGISTRY}/{nonce.lower()}:{secrets.token_hex(4)}")
    return given[-1]


def _literal(text: str) -> str:
    return re.sub(r"([][\\/.^$*&])", r"\\\1", text)
