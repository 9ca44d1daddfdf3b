"""Hand in: an archive of the node's files that the scenario's checks read, and of what the lab says of itself."""

from __future__ import annotations

import hashlib
import io
import tarfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from ckslab import __version__
from ckslab.checks import CHECK_TYPES
from ckslab.cluster.backend import Node
from ckslab.errors import LabError
from ckslab.evidence import Evidence, FileFact
from ckslab.grading.grade import grade
from ckslab.handed_in import HandedIn
from ckslab.handed_in.lab_document import CopiesDocument, InitialFileDocument, LabDocument, ServiceDocument
from ckslab.handed_in.root import LAB_FILE, NODE_FOLDER
from ckslab.handed_in.seen import Parts, Seen, SeenTree
from ckslab.handed_in.tree import Entry
from ckslab.kubernetes.node_file import MAX_FILE_BYTES
from ckslab.lab import initial_images, initial_scans
from ckslab.lab.clock import now
from ckslab.lab.grade_files import read_paths
from ckslab.lab.lab_facts import LabFacts
from ckslab.lab.model import Lab
from ckslab.lab.node_tree import node_tree
from ckslab.lab.of_exam import refuse_in_exam
from ckslab.lab.services import read_services
from ckslab.needs.collect import collect_from_files
from ckslab.needs.copies import CopiesFact, CopiesNeed, on_node
from ckslab.needs.files import InitialNeed
from ckslab.scenario.model import Scenario

ROUNDS = 60
"""How often the node is asked for what grading was found to read: a path has fewer links and folders."""

LEFT_OUT = b"This was a private key of the lab's cluster. ckslab hand-in left it out.\n"

_TYPES = {"folder": tarfile.DIRTYPE, "link": tarfile.SYMTYPE, "file": tarfile.REGTYPE}


@dataclass(frozen=True, slots=True)
class Archive:
    """What is handed in: a tar.gz, and how many files of the node are in it."""

    data: bytes
    files: int


def hand_in(lab: Lab) -> Archive:
    """The archive of a running lab."""
    with lab.hold("ckslab hand-in") as held:
        refuse_in_exam(held, "hand-in")
        node = held.running().node
        seen, evidence = _read_by_checks(held, node)
        document = _document(held, evidence)
        secrets = _cluster_keys(held)
        files = {way: LEFT_OUT if _digest(data) in secrets else data for way, data in seen.data.items()}
        return Archive(_packed(document, seen.named | seen.entries, files), len(files))


def _read_by_checks(lab: Lab, node: Node) -> tuple[Seen, Evidence]:
    """Everything that grading the node's files looks at: it is graded, and what was missing is fetched."""
    wanted = {tuple(path.encode().strip(b"/").split(b"/")) for path in read_paths(lab.scenario)}
    entries, listed = {way[:cut] for way in wanted for cut in range(1, len(way) + 1)}, set(wanted)
    facts = LabFacts(lab, _copies(lab, node))
    for _ in range(ROUNDS):
        seen = Seen()
        tree = SeenTree(node_tree(node, entries, listed), seen)
        collect = collect_from_files(HandedIn("the node", tree, whole=True), facts)
        result = grade(lab.scenario, CHECK_TYPES, collect, files_only=True)
        more, deeper = seen.absent - entries, seen.listed - listed
        if not more and not deeper:
            return seen, result.evidence
        entries |= more
        listed |= deeper
    raise LabError("the files that the checks read could not be gathered: each leads to another")


def _copies(lab: Lab, node: Node) -> dict[CopiesNeed, CopiesFact]:
    """Whether contents that the checks look for lie anywhere on the node: no archive holds all of it."""
    needs = (need for check in lab.scenario.checks for need in CHECK_TYPES[check.type].needs(check.params))
    wanted = {need for need in needs if isinstance(need, CopiesNeed)}
    found = on_node(wanted, node, LabFacts(lab)) if wanted else {}
    return {need: fact for need, fact in found.items() if isinstance(fact, CopiesFact)}


def _document(lab: Lab, evidence: Evidence) -> LabDocument:
    """What the lab says of itself. No private key is in it: values of services that hold one are left out."""
    record = lab.record
    services = {
        fact.name: ServiceDocument(kind=fact.kind, url=fact.url, values=_public(fact.values))
        for fact in read_services(lab.folder)
    }
    return LabDocument(
        ckslab_version=__version__,
        scenario=record.scenario,
        digest=record.digest,
        lab=lab.name,
        cluster=record.cluster,
        kubernetes=record.kubernetes,
        seed=record.seed,
        nonce=record.nonce,
        started_at=lab.attempt.started_at,
        handed_in_at=now(),
        services=services,
        initial_files=dict(_initial_files(evidence)),
        copies=tuple(_told(evidence)),
        initial_images=initial_images.read(lab.folder),
        initial_scans=initial_scans.read(lab.folder),
    )


def _public(values: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in values.items() if "PRIVATE KEY" not in text}


def _initial_files(evidence: Evidence) -> Iterator[tuple[str, InitialFileDocument]]:
    """Of those that the checks compare with."""
    for need, fact in evidence.facts.items():
        if isinstance(need, InitialNeed) and isinstance(fact, FileFact):
            yield need.path, InitialFileDocument(kind=fact.kind, sha256=fact.sha256, entries=fact.entries)


def _told(evidence: Evidence) -> Iterator[CopiesDocument]:
    for need, fact in evidence.facts.items():
        if isinstance(need, CopiesNeed) and isinstance(fact, CopiesFact):
            yield CopiesDocument(path=need.path, folder=need.folder, found=fact.found, unread=fact.unread)


def _cluster_keys(lab: Lab) -> set[str]:
    """Digests of the files with private keys that every new node has: they are no part of what the learner made.

    A key that the scenario laid for the learner is: its pair is judged.
    """
    initial, own = lab.initial_files, set(_laid(lab.scenario))
    held = ((path, initial(path) or b"") for path in initial.paths if path not in own)
    return {_digest(data) for _, data in held if b"PRIVATE KEY" in data or b"client-key-data" in data}


def _laid(scenario: Scenario) -> Iterator[str]:
    yield from (file.path for file in scenario.setup.files)
    yield from (one.key for one in scenario.setup.certificates if one.key)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _packed(document: LabDocument, entries: Mapping[Parts, Entry], files: Mapping[Parts, bytes]) -> bytes:
    """The archive; what lies in a folder that was looked into, and was not read, is there by its name alone."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz", format=tarfile.PAX_FORMAT, errors="surrogateescape") as tar:
        add = partial(_add, tar)
        add(LAB_FILE, Entry("file", 0o644, 0), document.model_dump_json(indent=1).encode())
        add(NODE_FOLDER, Entry("folder", 0o755, 0))
        for way, entry in sorted(entries.items()):
            name = "/".join([NODE_FOLDER, *(part.decode("utf-8", "surrogateescape") for part in way)])
            add(name, entry, files.get(way, b""))
    return made.getvalue()


def _add(tar: tarfile.TarFile, name: str, entry: Entry, data: bytes = b"") -> None:
    """Add an entry. A socket or device is there as a pipe: no tar of a stranger's may hold one, nor may what lies
    somewhere be absent.
    """
    info = tarfile.TarInfo(name)
    if entry.kind == "file" and entry.size > MAX_FILE_BYTES:
        data = _without_content(info, entry.size)
    info.type, info.mode, info.uid = _TYPES.get(entry.kind, tarfile.FIFOTYPE), entry.mode or 0, entry.uid
    info.linkname = entry.target.decode("utf-8", "surrogateescape")
    info.size, info.mtime = len(data), int(time.time())
    tar.addfile(info, io.BytesIO(data))


def _without_content(info: tarfile.TarInfo, size: int) -> bytes:
    """Make it the header of a file of this size that is one hole, and what stands behind the header: the map of
    GNU tar's sparse format 1.0 (https://www.gnu.org/software/tar/manual/html_node/PAX-1.html).
    """
    info.pax_headers = {
        "GNU.sparse.major": "1",
        "GNU.sparse.minor": "0",
        "GNU.sparse.name": info.name,
        "GNU.sparse.realsize": str(size),
    }
    folder, _, base = info.name.rpartition("/")
    info.name = f"{folder}/GNUSparseFile.0/{base}"
    return f"1\n{size}\n0\n".encode().ljust(tarfile.BLOCKSIZE, b"\0")
