"""Files handed in, as folder or tar: the facts that the node's kernel would give, nothing from outside."""

from __future__ import annotations

import gzip
import hashlib
import importlib
import inspect
import io
import lzma
import os
import pickle
import pkgutil
import shutil
import stat
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import ckslab.needs as needs_package
from ckslab.errors import UsageError
from ckslab.evidence import MAX_FILE_BYTES, FileFact, FolderFact, Need, Unavailable
from ckslab.handed_in import HandedIn, open_handed_in, open_piped
from ckslab.handed_in import facts as handed_in_facts
from ckslab.handed_in import members as handed_in_members
from ckslab.handed_in import open as handed_in_open
from ckslab.handed_in import stream as handed_in_stream
from ckslab.handed_in.folder import FolderCursor
from ckslab.handed_in.memory import MemoryTree
from ckslab.handed_in.tree import MAX_DEPTH, Entry
from ckslab.kubernetes.node_file import path_bytes, path_text
from ckslab.lab.catalogue import scenario_roots
from ckslab.lab.grade_files import grade_handed_in
from ckslab.needs.api_server import ApiServerNeed
from ckslab.needs.built_image.need import BuiltImageNeed
from ckslab.needs.collect import collect_from_files
from ckslab.needs.command import CommandNeed
from ckslab.needs.constraint_trial import ConstraintTrialNeed
from ckslab.needs.copies import CopiesNeed
from ckslab.needs.files import FileNeed, FolderNeed, InitialNeed
from ckslab.needs.image_gate import GateNeed, Probe
from ckslab.needs.initial_image import InitialImageNeed
from ckslab.needs.lab import LabNeed
from ckslab.needs.objects import InitialObjectNeed, ObjectNeed
from ckslab.needs.probe import ProbeNeed
from ckslab.needs.rollout import RolloutNeed
from ckslab.needs.running_container import RunningContainersNeed
from ckslab.needs.running_pod import RunningPodNeed
from ckslab.needs.running_workloads import RunningWorkloadsNeed
from ckslab.needs.service import ServiceNeed
from ckslab.needs.written import WrittenNeed

T = TypeVar("T")
ROOT = os.geteuid() == 0
needs_root = pytest.mark.skipif(not ROOT, reason="missing capability: root")
NOBODY = 65534
SECRET = "outside: nobody may read this"


# --- asking -------------------------------------------------------------------------------------------


def ask(handed: HandedIn, path: str) -> FileFact:
    fact = collect_from_files(handed)(frozenset({FileNeed(path)}))[FileNeed(path)]
    assert isinstance(fact, FileFact)
    return fact


def ask_folder(handed: HandedIn, path: str) -> FolderFact:
    fact = collect_from_files(handed)(frozenset({FolderNeed(path)}))[FolderNeed(path)]
    assert isinstance(fact, FolderFact)
    return fact


def refused(path: Path) -> UsageError:
    with pytest.raises(UsageError) as caught:
        open_handed_in(path)
    assert caught.value.message
    assert caught.value.advice
    assert str(path) in caught.value.message
    return caught.value


@pytest.fixture
def node(tmp_path: Path) -> Path:
    """A node's root with an etc/, beside a secret that lies outside."""
    (tmp_path / "secret").write_text(SECRET)
    root = tmp_path / "node"
    (root / "etc" / "kubernetes").mkdir(parents=True)
    return root


# --- tars ---------------------------------------------------------------------------------------------


def member(name: str, content: bytes = b"", **fields: Any) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for key, value in fields.items():
        setattr(info, key, value)
    return info, content


def link(name: str, target: str) -> tuple[tarfile.TarInfo, bytes]:
    return member(name, type=tarfile.SYMTYPE, linkname=target)


def hard_link(name: str, target: str) -> tuple[tarfile.TarInfo, bytes]:
    return member(name, type=tarfile.LNKTYPE, linkname=target)


def folder(name: str) -> tuple[tarfile.TarInfo, bytes]:
    return member(name, type=tarfile.DIRTYPE, mode=0o755)


def tar_bytes(*members: tuple[tarfile.TarInfo, bytes], form: int = tarfile.GNU_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form, errors="surrogateescape") as archive:
        for info, content in members:
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture
def tar(tmp_path: Path) -> Callable[..., Path]:
    """Writes a tar of these members, or of these bytes."""

    def write(*members: Any, raw: bytes | None = None) -> Path:
        path = tmp_path / "node.tar"
        path.write_bytes(tar_bytes(*members) if raw is None else raw)
        return path

    return write


PACKERS: dict[str, Callable[[bytes], bytes]] = {"plain": bytes, "gz": gzip.compress, "xz": lzma.compress}


# --- what facts say -----------------------------------------------------------------------------------


def test_a_text_file_has_its_content_digest_mode_and_real_path(node: Path) -> None:
    path = node / "etc/kubernetes/a.yaml"
    path.write_bytes("kind: Pod # grün\n".encode())
    path.chmod(0o640)
    content = path.read_bytes()
    assert ask(open_handed_in(node), "/etc/kubernetes/a.yaml") == FileFact(
        path="/etc/kubernetes/a.yaml",
        kind="file",
        real="/etc/kubernetes/a.yaml",
        mode=0o640,
        uid=os.geteuid(),
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        text=content.decode(),
        encoding="utf-8",
    )


def test_a_file_that_is_not_utf8_is_binary_and_has_a_digest(node: Path) -> None:
    (node / "etc/x").write_bytes(b"\xff\xfe")
    fact = ask(open_handed_in(node), "/etc/x")
    assert (fact.kind, fact.encoding, fact.text, fact.size) == ("file", "binary", None, 2)
    assert fact.sha256 == hashlib.sha256(b"\xff\xfe").hexdigest()


def test_a_folder_lists_its_names_and_each_entry(node: Path) -> None:
    (node / "etc/b").write_text("b")
    (node / "etc/a").symlink_to("b")
    found = ask_folder(open_handed_in(node), "/etc")
    assert found.folder.kind == "folder"
    assert found.folder.entries == ("a", "b", "kubernetes")
    assert list(found.files) == ["a", "b", "kubernetes"]
    assert (found.files["a"].path, found.files["a"].real, found.files["a"].text) == ("/etc/a", "/etc/b", "b")
    assert (found.files["kubernetes"].kind, found.files["kubernetes"].text) == ("folder", None)


@pytest.mark.parametrize("path", ["/etc/x", "/absent"])
def test_a_folder_need_for_anything_else_has_no_entries(node: Path, path: str) -> None:
    (node / "etc/x").write_text("x")
    found = ask_folder(open_handed_in(node), path)
    assert found.folder == ask(open_handed_in(node), path)
    assert found.files == {}


def test_an_absent_file_is_absent(node: Path) -> None:
    (node / "etc/x").write_text("x")
    handed = open_handed_in(node)
    for path in ("/etc/y", "/etc/x/y", "/etc/x/", "/etc/x/..", "/y/../etc/x"):
        assert ask(handed, path) == FileFact(path, "absent")


@pytest.mark.parametrize("path", ["etc/x", "", "/etc/\0x", "/etc/\ud800"])
def test_a_path_that_cannot_be_one_on_a_node_is_unreadable(node: Path, path: str) -> None:
    assert ask(open_handed_in(node), path) == FileFact(path, "unreadable", reason="not an absolute path")


def test_names_longer_than_the_kernel_takes_are_unreadable(node: Path) -> None:
    handed = open_handed_in(node)
    for path in ("/etc/" + "n" * 256, "/etc/" + "n/" * 2100, "/etc/" + "kubernetes/../" * 200 + "n" * 1300):
        assert (ask(handed, path).kind, ask(handed, path).reason) == ("unreadable", "File name too long")
    (node / "etc" / ("n" * 255)).write_text("long")
    assert ask(handed, "/etc/" + "n" * 255).text == "long"


def test_names_that_are_not_utf8_stay_apart_and_lead_back_to_their_files(node: Path) -> None:
    names = {b"\xe2\x82-\xff": "\ufffde2\ufffd82-\ufffdff", b"\xff": "\ufffdff", b"\xf0": "\ufffdf0"}
    names |= {b"\xef\xbf\xbdff": "\ufffdef\ufffdbf\ufffdbdff", "\u00fc".encode(): "\u00fc"}
    for name, text in names.items():
        Path(os.fsdecode(os.fsencode(node / "etc") + b"/" + name)).write_text(text)
    found = ask_folder(open_handed_in(node), "/etc")
    assert found.folder.entries == tuple(sorted(["kubernetes", *names.values()]))
    for text in names.values():
        fact = ask(open_handed_in(node), f"/etc/{text}")
        assert fact == found.files[text]
        assert (fact.text, fact.real) == (text, f"/etc/{text}")


@given(st.binary(), st.text(st.characters(exclude_categories=["Cs"])))
def test_each_name_has_a_text_of_its_own(name: bytes, text: str) -> None:
    path_text(name).encode()
    assert path_bytes(path_text(name)) == name
    assert path_bytes(path_text(text.encode())) == text.encode()


def test_a_large_file_is_not_read(node: Path) -> None:
    with (node / "etc/huge").open("wb") as file:
        file.truncate(1 << 40)
    (node / "etc/most").write_bytes(b"x" * MAX_FILE_BYTES)
    (node / "etc/over").write_bytes(b"x" * (MAX_FILE_BYTES + 1))
    files = ask_folder(open_handed_in(node), "/etc").files
    assert (files["huge"].kind, files["huge"].size, files["huge"].sha256) == ("too-large", 1 << 40, "")
    assert files["over"].kind == "too-large"
    assert files["most"].text == "x" * MAX_FILE_BYTES


def test_at_most_two_thousand_names_are_listed(node: Path) -> None:
    for number in range(2010):
        (node / "etc/kubernetes" / str(number)).touch()
    assert len(ask_folder(open_handed_in(node), "/etc/kubernetes").files) == 2000


def test_links_to_one_file_cannot_fill_memory(node: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handed_in_facts, "MAX_CONTENT", 3 << 20)
    (node / "etc/big").write_bytes(b"x" * MAX_FILE_BYTES)
    for number in range(5):
        (node / "etc/kubernetes" / str(number)).symlink_to("/etc/big")
    files = ask_folder(open_handed_in(node), "/etc/kubernetes").files
    assert [fact.kind for fact in files.values()] == ["file"] * 3 + ["unreadable"] * 2
    assert files["4"].reason == "the files asked for hold more than 3 MiB"


def test_folders_inside_one_another_are_followed_to_a_limit(node: Path) -> None:
    deep = "/etc" + "/d" * (MAX_DEPTH - 1)
    os.makedirs(f"{node}{deep}/d")
    Path(f"{node}{deep}/x").write_text("deep")
    handed = open_handed_in(node)
    assert ask(handed, f"{deep}/x").text == "deep"
    assert ask(handed, f"{deep}/d").reason == f"more than {MAX_DEPTH} folders deep"


# --- nothing leads out --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "target",
    [
        "/etc/passwd",
        "../../../../../../etc/passwd",
        "{outside}",
        "../../secret",
        "/../../secret",
        "/proc/self/root",
    ],
)
def test_a_link_that_leads_outside_on_this_machine_is_resolved_inside(node: Path, target: str) -> None:
    (node / "etc/link").symlink_to(target.format(outside=node.parent / "secret"))
    handed = open_handed_in(node)
    assert ask(handed, "/etc/link").kind == "absent"
    (node / "etc/passwd").write_text("the node's own")
    if target.endswith("/etc/passwd"):
        assert (ask(handed, "/etc/link").text, ask(handed, "/etc/link").real) == (
            "the node's own",
            "/etc/passwd",
        )
    assert ask(handed, "/etc/link/../../../secret").kind == "absent"


def test_a_linked_folder_that_leads_outside_is_absent(node: Path) -> None:
    (node / "etc/out").symlink_to(node.parent)
    (node / "up").symlink_to("../..")
    handed = open_handed_in(node)
    assert ask(handed, "/etc/out/secret").kind == "absent"
    assert ask(handed, "/up/secret").kind == "absent"
    assert ask(handed, "/up").real == "/"
    assert ask(handed, "/../../../etc").real == "/etc"


@pytest.mark.parametrize(("count", "kind"), [(40, "file"), (41, "loop")])
def test_forty_links_are_followed_as_by_the_kernel(node: Path, count: int, kind: str) -> None:
    (node / "etc/0").write_text("end")
    for number in range(1, count + 1):
        (node / "etc" / str(number)).symlink_to(str(number - 1))
    assert ask(open_handed_in(node), f"/etc/{count}").kind == kind


def test_links_in_a_circle_are_a_loop(node: Path) -> None:
    (node / "etc/a").symlink_to("b")
    (node / "etc/b").symlink_to("/etc/a")
    (node / "etc/self").symlink_to("self/self")
    handed = open_handed_in(node)
    assert [ask(handed, f"/etc/{name}").kind for name in ("a", "b", "self")] == ["loop"] * 3


def test_a_link_of_many_steps_ends_soon(node: Path) -> None:
    (node / "etc/kubernetes/next").symlink_to("../kubernetes/" * 280 + "next")
    began = time.monotonic()
    assert ask(open_handed_in(node), "/etc/kubernetes/next").kind in ("loop", "unreadable")
    assert time.monotonic() - began < 1


REPLACED = "it was replaced while it was read"


@pytest.mark.parametrize(
    ("raced", "by", "kind", "reason"),
    [
        ("etc/kubernetes/x", "secret", "unreadable", REPLACED),
        ("etc/kubernetes/x", "pipe", "unreadable", REPLACED),
        ("etc/kubernetes", "away", "absent", ""),
        ("etc/kubernetes", "pipe", "absent", ""),
    ],
)
def test_what_takes_the_place_of_what_was_looked_at_is_refused(
    node: Path, monkeypatch: pytest.MonkeyPatch, raced: str, by: str, kind: str, reason: str
) -> None:
    (node.parent / "away").mkdir()
    (node.parent / "away/x").write_text(SECRET)
    (node / "etc/kubernetes/x").write_text("inside")
    look = FolderCursor.look

    def look_then_race(cursor: FolderCursor, name: bytes) -> Entry:
        entry = look(cursor, name)
        if name == os.fsencode(Path(raced).name) and not (node / "moved").exists():
            (node / raced).rename(node / "moved")
            if by == "pipe":
                os.mkfifo(node / raced)
            else:
                (node / raced).symlink_to(node.parent / by)
        return entry

    handed = open_handed_in(node)
    monkeypatch.setattr(FolderCursor, "look", look_then_race)
    fact = ask(handed, "/etc/kubernetes/x")
    assert (node / "moved").exists()
    assert (fact.kind, fact.reason, fact.text) == (kind, reason, None)


def test_the_node_root_may_not_be_swapped_for_a_link(node: Path) -> None:
    handed = open_handed_in(node.parent)
    node.rename(node.parent / "moved")
    node.symlink_to("moved")
    with pytest.raises(UsageError, match="cannot be read any more"):
        collect_from_files(handed)(frozenset({FileNeed("/etc")}))


# --- what is no file ----------------------------------------------------------------------------------


def test_pipes_sockets_and_devices_are_named_and_never_opened(node: Path) -> None:
    os.mkfifo(node / "etc/pipe")
    os.mknod(node / "etc/socket", stat.S_IFSOCK | 0o600)
    kinds = {"pipe": "fifo", "socket": "socket"}
    if ROOT:
        with suppress(PermissionError):  # a container may refuse
            os.mknod(node / "etc/device", stat.S_IFCHR | 0o600, os.makedev(1, 5))
            os.mknod(node / "etc/disk", stat.S_IFBLK | 0o600, os.makedev(7, 0))
            kinds |= {"device": "device", "disk": "device"}
    handed = open_handed_in(node)
    with opened() as names:
        files = ask_folder(handed, "/etc").files
        for name, kind in kinds.items():
            assert (files[name].kind, files[name].real) == (kind, f"/etc/{name}")
            assert ask(handed, f"/etc/{name}/x").kind == "absent"
    assert b"etc" in names
    assert not names & {name.encode() for name in kinds}


_OPENED: list[set[bytes]] = []


def _audit(event: str, args: tuple[Any, ...]) -> None:
    if event == "open" and _OPENED and isinstance(args[0], str | bytes):
        _OPENED[-1].add(os.fsencode(args[0]))


@contextmanager
def opened() -> Iterator[set[bytes]]:
    """The names that this process opens meanwhile."""
    sys.addaudithook(_audit)  # for good: Python cannot take one away
    _OPENED.append(set())
    yield _OPENED[-1]
    _OPENED.clear()


def test_what_the_grader_may_not_read_is_unreadable_with_its_reason() -> None:
    with public_folder() as node:
        (node / "etc/locked").mkdir(parents=True)
        (node / "etc/locked/x").write_text("x")
        (node / "etc/passed").mkdir()
        (node / "etc/passed/x").write_text("x")
        (node / "etc/secret").write_text("x")
        (node / "etc/secret").chmod(0)
        (node / "etc/passed").chmod(0o711 if ROOT else 0o311)
        (node / "etc/locked").chmod(0o700 if ROOT else 0)
        paths = ("/etc/secret", "/etc/locked", "/etc/locked/x", "/etc/passed", "/etc/passed/x")
        facts = in_child(lambda: {path: ask(open_handed_in(node), path) for path in paths}, uid=NOBODY)
        (node / "etc/locked").chmod(0o700)
        (node / "etc/passed").chmod(0o700)
    for path in paths[:-1]:
        assert (facts[path].kind, facts[path].reason) == ("unreadable", "Permission denied"), path
        assert facts[path].text is None
    assert facts["/etc/secret"].real == "/etc/secret"
    assert facts["/etc/passed/x"].text == "x"


@needs_root
def test_a_folder_or_tar_that_the_grader_may_not_read_is_refused() -> None:
    with public_folder() as parent:
        (parent / "node/etc").mkdir(parents=True)
        (parent / "node").chmod(0o700)
        (parent / "node.tar").write_bytes(tar_bytes(folder("etc")))
        (parent / "node.tar").chmod(0o600)
        for name in ("node", "node.tar"):

            def attempt(path: Path = parent / name) -> str:
                return refused(path).message

            assert "Permission denied" in in_child(attempt, uid=NOBODY)


@contextmanager
def public_folder() -> Iterator[Path]:
    """A folder that other users may pass through, unlike pytest's own."""
    path = Path(tempfile.mkdtemp(prefix="handed-in-"))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path)


def in_child(work: Callable[[], T], *, uid: int | None = None, root: Path | None = None) -> T:
    """What `work` returns in a process of its own: as another user if we are root, or in another root."""
    output, entry = os.pipe()
    child = os.fork()
    if child == 0:
        answer: Any = RuntimeError("no answer")
        try:
            if uid is not None and ROOT:
                os.setgroups([])
                os.setegid(uid)
                os.seteuid(uid)
            answer = work()
        except BaseException as error:
            answer = error
        with os.fdopen(entry, "wb") as file:
            pickle.dump(answer, file)
        os._exit(0)
    os.close(entry)
    with os.fdopen(output, "rb") as file:
        result = pickle.load(file)
    os.waitpid(child, 0)
    if isinstance(result, BaseException):
        raise result
    return result  # type: ignore[no-any-return]


def test_no_descriptor_stays_open(node: Path) -> None:
    (node / "etc/loop").symlink_to("loop")
    os.mkfifo(node / "etc/pipe")
    handed = open_handed_in(node.parent)
    before = len(os.listdir("/proc/self/fd"))
    needs = ("/etc", "/etc/kubernetes", "/etc/loop", "/etc/pipe", "/etc/pipe/x", "/no/such", "/" + "n" * 300)
    collect_from_files(handed)(frozenset({*map(FileNeed, needs), *map(FolderNeed, needs)}))
    (node.parent / "empty").mkdir()
    refused(node.parent / "empty")
    assert len(os.listdir("/proc/self/fd")) == before


# --- needs that files cannot meet ---------------------------------------------------------------------


def every_need() -> set[type[Need]]:
    """All types of needs that can be asked for."""
    names = [module.name for module in pkgutil.iter_modules(needs_package.__path__, "ckslab.needs.")]
    held = [one for name in names for one in vars(importlib.import_module(name)).values()]
    return {one for one in held if inspect.isclass(one) and issubclass(one, Need) and not inspect.isabstract(one)}


def test_what_only_a_lab_knows_is_unavailable_and_says_so(node: Path) -> None:
    needs: frozenset[Need] = frozenset(
        {
            InitialNeed("/etc/x"),
            CopiesNeed("/etc/x"),
            ServiceNeed("scanner"),
            LabNeed(),
            ApiServerNeed(),
            ProbeNeed("{}"),
            ObjectNeed("v1", "Pod"),
            CommandNeed(("crictl", "ps")),
            CommandNeed(()),
            RunningPodNeed("default", "a"),
            InitialObjectNeed("v1", "Pod"),
            ConstraintTrialNeed("K8sKind", "{}", ()),
            RunningContainersNeed("kube-apiserver"),
            InitialImageNeed("kube-apiserver"),
            RolloutNeed("Deployment", "default", "a"),
            RunningWorkloadsNeed("default"),
            BuiltImageNeed("/opt/Dockerfile"),
            GateNeed("/opt/scan.sh", Probe("{}", "image.tar")),
            WrittenNeed(("/tmp/last",)),
        }
    )
    facts = collect_from_files(open_handed_in(node))(needs)
    assert facts.keys() == needs
    assert {type(need) for need in needs} >= {kind for kind in every_need() if kind.live}
    for need, fact in facts.items():
        assert isinstance(fact, Unavailable)
        assert not fact.api_down
        if need.live:
            assert fact.not_applicable
            assert fact.reason.endswith(": only a lab knows")
        else:
            assert not fact.not_applicable
            assert fact.reason.endswith("; an archive by ckslab hand-in does")


# --- where the node's root is -------------------------------------------------------------------------


def test_the_root_is_taken_without_a_word(node: Path) -> None:
    assert open_handed_in(node).notes == ()


@pytest.mark.parametrize("form", ["folder", "tar"])
def test_one_subfolder_with_etc_is_the_root_and_a_note_says_so(node: Path, form: str) -> None:
    (node / "etc/x").write_text("x")
    (node.parent / "etc-notes").mkdir()
    (node.parent / "link").symlink_to("node")
    handed = open_handed_in(node.parent if form == "folder" else packed(node.parent))
    assert ask(handed, "/etc/x").text == "x"
    assert ask(handed, "/../secret").kind == "absent"
    assert len(handed.notes) == 1
    assert "'node', the only folder in " in handed.notes[0]


def test_a_root_whose_etc_is_a_link_is_a_root(node: Path) -> None:
    (node / "etc").rename(node / "private")
    (node / "etc").symlink_to("/private")
    assert ask(open_handed_in(node), "/etc/kubernetes").real == "/private/kubernetes"


def test_several_nodes_are_refused_by_name(node: Path) -> None:
    (node.parent / "other/etc").mkdir(parents=True)
    assert "'node', 'other'" in refused(node.parent).message


def test_an_etc_that_leads_outside_makes_no_root(tmp_path: Path) -> None:
    (tmp_path / "node").mkdir()
    (tmp_path / "node/etc").symlink_to("/etc")
    (tmp_path / "sub").symlink_to("/")
    assert "no etc/" in refused(tmp_path / "node").message
    assert "no etc/" in refused(tmp_path).message


def test_etc_itself_is_recognised(node: Path) -> None:
    assert "etc itself" in refused(node / "etc").advice


def test_what_is_no_folder_and_no_tar_is_refused(tmp_path: Path) -> None:
    assert "is not there" in refused(tmp_path / "absent").message
    (tmp_path / "text").write_text("hello" * 500)
    assert "is not there" in refused(tmp_path / "text/below").message
    assert "not a tar file" in refused(tmp_path / "text").message
    (tmp_path / "short").write_text("hello")
    assert "not a tar file" in refused(tmp_path / "short").message
    (tmp_path / "empty").touch()
    assert "it is empty" in refused(tmp_path / "empty").message
    os.mkfifo(tmp_path / "pipe")
    assert "neither a folder nor a tar or zip" in refused(tmp_path / "pipe").message
    (tmp_path / "loop").symlink_to("loop")
    refused(tmp_path / "loop")
    with pytest.raises(UsageError, match="no file name"):
        open_handed_in(Path("a\0b"))


def test_other_packings_are_named(tmp_path: Path) -> None:
    import bz2

    (tmp_path / "node.tar.bz2").write_bytes(bz2.compress(tar_bytes(folder("etc"))))
    assert "bzip2" in refused(tmp_path / "node.tar.bz2").message


# --- tars ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("packing", PACKERS)
@pytest.mark.parametrize("prefix", ["", "./", "/", "top/"])
def test_a_tar_is_read_whatever_its_packing_and_prefix(tar: Callable[..., Path], packing: str, prefix: str) -> None:
    data = tar_bytes(member(f"{prefix}etc/kubernetes/x", b"content", mode=0o600, uid=7))
    handed = open_handed_in(tar(raw=PACKERS[packing](data)))
    assert isinstance(handed.tree, MemoryTree)
    assert ask(handed, "/etc/kubernetes/x") == FileFact(
        path="/etc/kubernetes/x",
        kind="file",
        real="/etc/kubernetes/x",
        mode=0o600,
        uid=7,
        size=7,
        sha256=hashlib.sha256(b"content").hexdigest(),
        text="content",
        encoding="utf-8",
    )
    assert bool(handed.notes) == (prefix == "top/")


def test_names_that_lead_out_of_the_tar_are_left_out_and_noted(tar: Callable[..., Path]) -> None:
    handed = open_handed_in(
        tar(member("etc/x", b"x"), member("../../etc/passwd", b"evil"), member("etc/../../y", b"evil"))
    )
    assert ask(handed, "/etc/passwd").kind == ask(handed, "/y").kind == "absent"
    assert handed.notes == (
        "2 members of the archive lead nowhere inside it and were left out, first '../../etc/passwd'.",
    )


def test_what_was_guessed_and_left_out_is_told_in_the_report(tar: Callable[..., Path]) -> None:
    path = tar(member("top/etc/x", b"x"), member("../../etc/passwd", b"evil"))
    made = grade_handed_in(path, "ipw-complete", scenario_roots())
    assert made.submission == path.name
    assert [note.split("'")[0] for note in made.notes] == [
        "The node",
        "1 member of the archive leads nowhere inside it and was left out: ",
    ]


def test_absolute_names_lie_inside(tar: Callable[..., Path]) -> None:
    assert ask(open_handed_in(tar(member("//etc/passwd", b"mine"))), "/etc/passwd").text == "mine"


def test_hard_links_are_those_inside_the_tar(tar: Callable[..., Path]) -> None:
    handed = open_handed_in(
        tar(
            member("etc/x", b"x", mode=0o600),
            hard_link("etc/same", "./etc/x"),
            hard_link("etc/outside", "/etc/passwd"),
            hard_link("etc/up", "../../etc/x"),
            hard_link("etc/folder", "etc"),
            hard_link("etc/root", ""),
            member("etc/x", b"newer"),
        )
    )
    assert ask(handed, "/etc").entries == ("same", "x")
    assert ask(handed, "/etc/same").text == "x"
    assert ask(handed, "/etc/x").text == "newer"
    assert len(handed.notes) == 1


def test_a_hard_link_to_a_symlink_is_that_symlink(tar: Callable[..., Path]) -> None:
    handed = open_handed_in(tar(member("etc/x", b"x"), link("etc/l", "/etc/x"), hard_link("etc/m", "etc/l")))
    assert (ask(handed, "/etc/m").real, ask(handed, "/etc/m").text) == ("/etc/x", "x")


def test_of_two_members_of_one_name_the_last_counts(tar: Callable[..., Path]) -> None:
    handed = open_handed_in(
        tar(
            member("etc/x", b"old"),
            member("etc/x", b"new"),
            member("etc/f", b"file first"),
            member("etc/f/y", b"y"),
            link("out", "/tmp"),
            member("out/z", b"z"),
            member("etc/g/y", b"y"),
            folder("etc/g"),
        )
    )
    assert [ask(handed, path).text for path in ("/etc/x", "/etc/f/y", "/out/z", "/etc/g/y")] == [
        "new",
        "y",
        "z",
        "y",
    ]


def test_links_of_a_tar_are_resolved_inside_it(tar: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(SECRET)
    handed = open_handed_in(
        tar(
            member("etc/x", b"x"),
            link("etc/abs", "/etc/x"),
            link("etc/up", "../../../etc/x"),
            link("etc/out", str(tmp_path / "secret")),
            link("etc/loop", "loop"),
            link("etc/empty", ""),
            link("etc/long", "y/" * 3000),
        )
    )
    kinds = {name: fact.kind for name, fact in ask_folder(handed, "/etc").files.items()}
    assert kinds == {
        "abs": "file",
        "empty": "absent",
        "long": "unreadable",
        "loop": "loop",
        "out": "absent",
        "up": "file",
        "x": "file",
    }


def test_pipes_and_devices_of_a_tar_are_named(tar: Callable[..., Path]) -> None:
    handed = open_handed_in(
        tar(
            folder("etc"),
            member("etc/p", type=tarfile.FIFOTYPE),
            member("etc/c", type=tarfile.CHRTYPE),
            member("etc/b", type=tarfile.BLKTYPE),
        )
    )
    assert [ask(handed, f"/etc/{name}").kind for name in "pcb"] == ["fifo", "device", "device"]


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_and_odd_names_are_read_in_each_format(tmp_path: Path, form: int) -> None:
    names = ["etc/" + "d" * 200 + "/" + "n" * 255, "etc/grün", "etc/\udcff", "etc/line\nend", "etc/a=b"]
    path = tmp_path / "node.tar"
    members = [member(name, name.encode("utf-8", "surrogateescape")) for name in names]
    path.write_bytes(tar_bytes(*members, link("etc/l", "/" + names[0]), form=form))
    handed = open_handed_in(path)
    assert ask(handed, "/" + names[0]).text == ask(handed, "/etc/l").text == names[0]
    assert ask_folder(handed, "/etc").files["\ufffdff"].encoding == "binary"
    for name in (names[1], names[3], names[4]):
        assert ask(handed, "/" + name).text == name


def test_names_that_no_kernel_takes_are_left_out(tar: Callable[..., Path]) -> None:
    handed = open_handed_in(
        tar(folder("etc"), member("etc/" + "n" * 256), member("d/" * 129 + "x"), member("etc/" + "n/" * 2100))
    )
    assert ask(handed, "/").entries == ("etc",)
    assert handed.notes[0].startswith("3 members")


def test_a_member_that_is_too_large_is_passed_over(tar: Callable[..., Path]) -> None:
    handed = open_handed_in(tar(member("etc/big", b"x" * (MAX_FILE_BYTES + 1)), member("etc/x", b"x")))
    assert (ask(handed, "/etc/big").kind, ask(handed, "/etc/big").size) == ("too-large", MAX_FILE_BYTES + 1)
    assert ask(handed, "/etc/x").text == "x"


@pytest.mark.skipif(shutil.which("tar") is None, reason="missing capability: GNU tar")
@pytest.mark.parametrize("form", ["gnu", "pax"])
def test_sparse_members_are_named_and_never_filled(node: Path, form: str) -> None:
    for name, size in (("huge", 1 << 40), ("small", 1 << 19)):
        with (node / "etc" / name).open("wb") as file:
            for at in range(12):
                file.seek(at * 40960)
                file.write(b"x")
            file.truncate(size)
    (node / "etc/x").write_text("x")
    path = node.parent / "node.tar"
    assert os.spawnlp(os.P_WAIT, "tar", "tar", f"--format={form}", "-cSf", str(path), "-C", str(node), "etc") == 0
    handed = open_handed_in(path)
    assert (ask(handed, "/etc/huge").kind, ask(handed, "/etc/huge").size) == ("too-large", 1 << 40)
    small = ask(handed, "/etc/small")
    if small.kind == "unreadable":  # else the file system keeps no holes of that size
        assert "--sparse" in small.reason
    assert ask(handed, "/etc/x").text == "x"
    assert ask(handed, "/etc").entries == ("huge", "kubernetes", "small", "x")


# --- tars that mean harm ------------------------------------------------------------------------------


def header(name: str, size: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    """One block that declares `size` bytes, negative ones too."""
    info = tarfile.TarInfo(name)
    info.size, info.type = size, kind
    if size >= 0:
        return info.tobuf(tarfile.GNU_FORMAT)
    info.size = 0
    block = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    block[124:136] = b"\xff" + (size % (1 << 88)).to_bytes(11, "big")
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def test_a_huge_declared_size_is_refused_at_once(tar: Callable[..., Path]) -> None:
    for packer in PACKERS.values():
        message = refused(tar(raw=packer(header("etc/x", 1 << 40) + bytes(2048)))).message
        assert "unpacks to more than 512 MiB" in message


def test_a_size_that_the_file_does_not_have_is_incomplete(tar: Callable[..., Path]) -> None:
    assert "incomplete" in refused(tar(raw=header("etc/x", 1 << 28) + bytes(2048))).message
    assert "incomplete" in refused(tar(raw=header("etc/x", 1 << 12) + bytes(2048))).message


def test_negative_sizes_are_damage(tar: Callable[..., Path]) -> None:
    for kind in (tarfile.REGTYPE, tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME, b"?"):
        assert "damaged" in refused(tar(raw=header("etc/x", -512, kind) + bytes(2048))).message


def pax(text: bytes) -> bytes:
    return header("p", len(text), tarfile.XHDTYPE) + text + bytes(-len(text) % 512)


@pytest.mark.parametrize(
    "text",
    [
        b"0 a=b\n",
        b"5 a=b\n",
        b"7 a=b\n",
        b"-6 a=b\n",
        b"99999999999999999999 a=b\n",
        b"1" * 600_000,
        b"x",
        b"13 size=-100\n",
        b"12 size=0x1\n",
        b"9 uid=x1\n",
        b"4 =\n" * 3 + b"5 ab\n",
    ],
)
def test_nonsense_in_a_pax_header_is_damage(tar: Callable[..., Path], text: bytes) -> None:
    began = time.monotonic()
    assert "damaged" in refused(tar(raw=pax(text) + tar_bytes(member("etc/x", b"x")))).message
    assert time.monotonic() - began < 1


def test_extension_headers_are_bounded(tar: Callable[..., Path]) -> None:
    rest = tar_bytes(member("etc/x", b"x"))
    assert (
        "damaged"
        in refused(tar(raw=header("l", 1 << 24, tarfile.GNUTYPE_LONGNAME) + bytes(1 << 24) + rest)).message
    )
    assert "damaged" in refused(tar(raw=pax(b"6 a=b\n") * 5 + rest)).message
    many = pax(b"6 a=b\n" * 174_000) + header("etc/x", 0)
    assert "damaged" in refused(tar(raw=gzip.compress(many * 20 + rest))).message


def test_bombs_are_refused_soon(tar: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handed_in_stream, "MAX_STREAM", 8 << 20)
    good = tar_bytes(member("etc/x", b"x"))
    for packer in (gzip.compress, lzma.compress):
        for bomb in (
            good + bytes(9 << 20),
            header("etc/big", 7 << 20) + bytes(7 << 20) + header("b", 0) * 3000,
        ):
            path = tar(raw=packer(bomb))
            assert path.stat().st_size < 300_000
            assert "unpacks to more than 8 MiB" in refused(path).message


def test_too_much_to_keep_is_refused_with_advice(tar: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handed_in_members, "MAX_KEPT", 1 << 20)
    path = tar(*(member(f"etc/{number}", bytes(1 << 18)) for number in range(5)))
    assert "more than 1 MiB; hand in only" in refused(path).message


def test_too_many_members_or_folders_are_refused(tar: Callable[..., Path]) -> None:
    block = header("etc/x", 0)
    assert "more than 20000 members" in refused(tar(raw=gzip.compress(block * 20001 + bytes(1024)))).message
    deep = [member(f"{number}" + "/d" * 100 + "/x") for number in range(250)]
    assert "more than 20000 files and folders" in refused(tar(folder("etc"), *deep)).message


def test_an_xz_header_cannot_ask_for_much_memory(tar: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handed_in_stream, "_XZ_MEMORY", 1 << 20)
    assert "cannot be unpacked" in refused(tar(raw=lzma.compress(tar_bytes(folder("etc"))))).message


def test_a_changed_byte_in_what_is_packed_is_noticed(tar: Callable[..., Path]) -> None:
    for packer in (gzip.compress, lzma.compress):
        data = bytearray(packer(tar_bytes(member("etc/x", os.urandom(4000)))))
        data[len(data) // 2] ^= 1
        refused(tar(raw=bytes(data)))


SAMPLE = tar_bytes(
    folder("etc"),
    member("etc/" + "n" * 150, b"x" * 700),
    link("etc/l", "/etc/x"),
    hard_link("etc/h", "etc/" + "n" * 150),
    form=tarfile.PAX_FORMAT,
)
END = len(SAMPLE.rstrip(b"\0")) // 512 * 512 + 512


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(PACKERS)), st.floats(0, 1, exclude_max=True))
def test_a_tar_cut_off_anywhere_is_refused(packing: str, share: float) -> None:
    data = PACKERS[packing](SAMPLE)
    whole = END + 512 if packing == "plain" else len(data)
    with tempfile.TemporaryDirectory() as parent:
        path = Path(parent, "node.tar")
        path.write_bytes(data[: int(whole * share)])
        refused(path)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(sorted(PACKERS)),
    st.lists(st.tuples(st.integers(0, END), st.binary(min_size=1, max_size=12)), min_size=1, max_size=4),
    st.booleans(),
)
def test_damage_is_refused_or_read_but_never_a_crash(
    packing: str, edits: list[tuple[int, bytes]], sealed: bool
) -> None:
    data = bytearray(SAMPLE)
    for at, change in edits:
        data[at : at + len(change)] = change
    if sealed:  # with right checksums, so that the change is believed
        for at in range(0, len(data) - 511, 512):
            if data[at + 257 : at + 262] == b"ustar":
                data[at + 148 : at + 156] = b" " * 8
                data[at + 148 : at + 156] = b"%06o\0 " % sum(data[at : at + 512])
    with tempfile.TemporaryDirectory() as parent:
        path = Path(parent, "node.tar")
        path.write_bytes(PACKERS[packing](bytes(data)))
        with suppress(UsageError):
            ask_folder(open_handed_in(path), "/etc")


# --- trees of any shape -------------------------------------------------------------------------------

NAMES = st.sampled_from([b"a", b"b", b"etc", "ü".encode(), b"\xff"])
STEPS = st.one_of(NAMES, st.sampled_from([b"..", b".", b""]))
PLACES = st.lists(NAMES, min_size=1, max_size=4).map(b"/".join)
PATHS = st.lists(STEPS, min_size=1, max_size=6).map(b"/".join)
TARGETS = st.one_of(
    PATHS,
    PATHS.map(lambda path: b"/" + path),
    st.sampled_from([b"/etc/passwd", b"/", b"..", b"/proc/self/fd/0"]),
)
ENTRIES = st.one_of(
    st.tuples(st.just("file"), PLACES, st.binary(max_size=20)),
    st.tuples(st.just("large file"), PLACES, st.just(b"")),
    st.tuples(st.just("folder"), PLACES, st.just(b"")),
    st.tuples(st.just("link"), PLACES, TARGETS),
    st.tuples(st.just("hard link"), PLACES, PLACES),
    st.tuples(st.just("fifo"), PLACES, st.just(b"")),
    st.tuples(st.just("device"), PLACES, st.just(b"")),
)
TREES = st.lists(ENTRIES, max_size=14)
ASKED = st.lists(PATHS.filter(lambda path: b"\xff" not in path), min_size=1, max_size=6)


def build(root: bytes, entries: list[tuple[str, bytes, bytes]]) -> None:
    """Lay a tree; what collides with what is there, or would be laid outside, is left out."""
    os.mkdir(root)
    os.mkdir(root + b"/etc")
    for kind, place, value in entries:
        at = root + b"/" + place
        parent = os.path.dirname(at)
        if os.path.realpath(parent) != parent:  # a link lies on the way
            continue
        with suppress(OSError):
            os.makedirs(parent, exist_ok=True)
            lay(kind, at, value, root)


def lay(kind: str, at: bytes, value: bytes, root: bytes) -> None:
    match kind:
        case "file" | "large file":
            with open(at, "xb") as file:
                file.write(value if kind == "file" else bytes(MAX_FILE_BYTES + 1))
        case "folder":
            os.mkdir(at)
        case "link" if value:
            os.symlink(value, at)
        case "hard link":
            source = root + b"/" + value
            if os.path.realpath(os.path.dirname(source)).startswith(root):
                os.link(source, at, follow_symlinks=False)
        case "fifo":
            os.mkfifo(at)
        case "device":
            os.mknod(at, stat.S_IFCHR | 0o600, os.makedev(1, 3))


def needs_for(asked: list[bytes]) -> frozenset[Need]:
    paths = ["/", *("/" + path.decode() for path in asked)]
    return frozenset({*map(FileNeed, paths), *map(FolderNeed, paths)})


def packed(root: Path, form: int = tarfile.GNU_FORMAT) -> Path:
    """The folder as a tar beside it."""
    path = Path(tempfile.mkdtemp(dir=root.parent.parent), "node.tar")
    with tarfile.open(path, "w", format=form, errors="surrogateescape") as archive:
        archive.add(root, ".")
    return path


def without_owner(fact: object) -> object:
    if isinstance(fact, FolderFact):
        return (without_owner(fact.folder), {name: without_owner(file) for name, file in fact.files.items()})
    assert isinstance(fact, FileFact)
    return replace(fact, mode=0, uid=0)


@contextmanager
def temporary_tree(entries: list[tuple[str, bytes, bytes]]) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        parent = os.path.realpath(name)
        Path(parent, "secret").write_text(SECRET)
        root = Path(parent, "in", "node")
        root.parent.mkdir()
        build(os.fsencode(root), entries)
        yield root


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TREES, ASKED, st.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]))
def test_the_same_tree_gives_the_same_facts_as_folder_and_as_tar(
    entries: list[tuple[str, bytes, bytes]], asked: list[bytes], form: int
) -> None:
    with temporary_tree(entries) as root:
        needs = needs_for(asked)
        from_folder = collect_from_files(open_handed_in(root))(needs)
        from_tar = collect_from_files(open_handed_in(packed(root, form)))(needs)
        for need in needs:
            assert without_owner(from_folder[need]) == without_owner(from_tar[need])
        assert from_folder == collect_from_files(open_handed_in(root))(needs)


@needs_root
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TREES, ASKED)
def test_each_path_is_resolved_as_the_kernel_resolves_it_on_the_node(
    entries: list[tuple[str, bytes, bytes]], asked: list[bytes]
) -> None:
    with temporary_tree(entries) as root:
        handed = open_handed_in(root)
        paths = ["/" + path.decode() for path in asked]
        kernel = in_child(lambda: seen_from_inside(root, paths))
        for path in paths:
            fact = ask(handed, path)
            assert (fact.kind, fact.real, fact.mode, fact.uid, fact.sha256) == kernel[path]


def seen_from_inside(root: Path, paths: list[str]) -> dict[str, tuple[str, str, int, int, str]]:
    """Kind, real path, mode, owner and digest of each path, as a process sees them whose root this is."""
    descriptors = os.open("/proc/self/fd", os.O_RDONLY)
    os.chroot(root)
    os.chdir("/")
    return {path: as_the_kernel_says(path, descriptors) for path in paths}


def as_the_kernel_says(path: str, descriptors: int) -> tuple[str, str, int, int, str]:
    try:
        found = os.open(path, os.O_PATH)
    except (FileNotFoundError, NotADirectoryError):
        return "absent", "", 0, 0, ""
    except OSError as error:
        return {40: "loop"}.get(error.errno or 0, "unreadable"), "", 0, 0, ""
    state = os.fstat(found)
    kinds = {stat.S_IFREG: "file", stat.S_IFDIR: "folder", stat.S_IFIFO: "fifo", stat.S_IFCHR: "device"}
    kind, digest = kinds[stat.S_IFMT(state.st_mode)], ""
    if kind == "file" and state.st_size > MAX_FILE_BYTES:
        kind = "too-large"
    elif kind == "file":
        with os.fdopen(os.open(str(found), os.O_RDONLY, dir_fd=descriptors), "rb") as file:
            digest = hashlib.sha256(file.read()).hexdigest()
    real = os.fsencode(os.readlink(str(found), dir_fd=descriptors))
    return kind, path_text(real), stat.S_IMODE(state.st_mode), state.st_uid, digest


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TREES, ASKED)
def test_no_tree_shows_what_lies_outside(entries: list[tuple[str, bytes, bytes]], asked: list[bytes]) -> None:
    up = [b"../" * count + b"secret" for count in range(4)]
    with temporary_tree(entries) as root:
        links = [("link", b"etc/out%d" % number, path) for number, path in enumerate(up)]
        for kind, place, value in [*links, ("link", b"etc/abs", os.fsencode(root.parent.parent / "secret"))]:
            lay(kind, os.fsencode(root) + b"/" + place, value, os.fsencode(root))
        facts = collect_from_files(open_handed_in(root))(
            needs_for([*asked, *up, b"etc", *(b"etc/" + path for path in up)])
        )
        assert SECRET not in repr(facts)


# --- what is wanted tells where the root is -------------------------------------------------------------

POLICY = "/root/policy"


@pytest.mark.parametrize(
    ("place", "noted"),
    [
        ("root/policy/t.yaml", False),
        ("alice/root/policy/t.yaml", True),
        ("class/alice/root/policy/t.yaml", True),
        ("policy/t.yaml", True),
        ("t.yaml", True),
    ],
)
@pytest.mark.parametrize("form", ["folder", "tar", "zip"])
def test_a_folder_that_the_task_names_can_be_handed_in_alone(
    place: str, noted: bool, form: str, tmp_path: Path
) -> None:
    root = tmp_path / "in" / "submission"
    (root / place).parent.mkdir(parents=True)
    (root / place).write_text("a: 1\n")
    path = {"folder": lambda: root, "tar": lambda: packed(root), "zip": lambda: zipped(root)}[form]()
    handed = open_handed_in(path, [POLICY])
    assert ask(handed, "/root/policy/t.yaml").text == "a: 1\n"
    assert list(ask_folder(handed, POLICY).files) == ["t.yaml"]
    assert ask(handed, "/root/policy/../policy/./t.yaml").real == "/root/policy/t.yaml"
    with handed.reader() as reader:
        assert reader.file("/root").kind == "folder"
    assert bool(handed.notes) == noted


def test_what_lies_where_nothing_was_handed_in_of_is_not_known(tmp_path: Path) -> None:
    (tmp_path / "root/policy").mkdir(parents=True)
    handed = open_handed_in(tmp_path, [POLICY])
    facts = collect_from_files(handed)(
        frozenset({FileNeed("/etc/kubernetes/a"), FileNeed("/root/a"), FileNeed("/nowhere/a")})
    )
    unknown = facts[FileNeed("/etc/kubernetes/a")]
    assert isinstance(unknown, Unavailable)
    assert not unknown.not_applicable
    assert "nothing of /etc was handed in" in unknown.reason
    for path in ("/root/a", "/nowhere/a"):
        fact = facts[FileNeed(path)]
        assert isinstance(fact, FileFact)
        assert fact.kind == "absent"


def test_what_lies_beside_the_one_folder_that_was_handed_in_is_not_known(tmp_path: Path) -> None:
    (tmp_path / "manifests").mkdir()
    handed = open_handed_in(tmp_path, ["/etc/kubernetes/manifests", "/opt/answer.txt"])
    asked = [
        FileNeed(path)
        for path in ("/etc/kubernetes/pki/ca.crt", "/opt/answer.txt", "/nowhere", "/etc/kubernetesque")
    ]
    facts = collect_from_files(handed)(frozenset({*asked, FolderNeed("/etc/kubernetes/manifests")}))
    found = facts[FolderNeed("/etc/kubernetes/manifests")]
    assert isinstance(found, FolderFact)
    assert found.folder.kind == "folder"
    for need in asked:
        fact = facts[need]
        assert isinstance(fact, Unavailable)
        assert "/etc/kubernetes" in fact.reason


def test_what_has_nothing_of_what_is_wanted_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    with pytest.raises(UsageError, match="nothing of /root/policy"):
        open_handed_in(tmp_path, [POLICY])


def test_two_places_that_fit_are_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name / "root/policy").mkdir(parents=True)
    with pytest.raises(UsageError, match="several nodes: 'a', 'b'") as caught:
        open_handed_in(tmp_path, [POLICY])
    assert "--files" in caught.value.advice


# --- zip and pipes --------------------------------------------------------------------------------------


def zipped(root: Path) -> Path:
    """The folder as a zip, links as links."""
    path = Path(tempfile.mkdtemp(dir=root.parent.parent), "node.zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in sorted(root.rglob("*")):
            info = zipfile.ZipInfo(
                str(one.relative_to(root)) + ("/" if one.is_dir() and not one.is_symlink() else "")
            )
            info.create_system, info.external_attr = 3, one.lstat().st_mode << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(
                info, os.readlink(one) if one.is_symlink() else b"" if one.is_dir() else one.read_bytes()
            )
    return path


def zip_of(path: Path, *members: tuple[zipfile.ZipInfo | str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


def test_a_zip_gives_the_facts_that_its_folder_gives(node: Path) -> None:
    (node / "etc/kubernetes/a.yaml").write_text("a")
    (node / "etc/kubernetes/a.yaml").chmod(0o600)
    (node / "etc/kubernetes/ü").write_bytes(b"\xff")
    (node / "etc/link").symlink_to("kubernetes/a.yaml")
    (node / "etc/away").symlink_to("/../../etc/passwd")
    handed, plain = open_handed_in(zipped(node)), open_handed_in(node)
    for path in ("/etc/kubernetes/a.yaml", "/etc/link", "/etc/away", "/etc/kubernetes/ü", "/etc", "/etc/none"):
        assert replace(ask(handed, path), uid=0) == replace(ask(plain, path), uid=0)
    assert handed.notes == ()


def test_names_in_a_zip_that_lead_out_are_left_out_and_noted(tmp_path: Path) -> None:
    handed = open_handed_in(zip_of(tmp_path / "a.zip", ("etc/x", b"x"), ("../../etc/passwd", b"evil")))
    assert ask(handed, "/etc/passwd").kind == "absent"
    assert "'../../etc/passwd'" in handed.notes[0]


def test_permissions_that_a_zip_does_not_tell_are_not_made_up(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("etc/x")
    info.create_system = 0
    handed = open_handed_in(zip_of(tmp_path / "a.zip", (info, b"x")))
    assert ask(handed, "/etc/x").mode is None
    assert "permissions" in handed.notes[0]


def test_a_zip_that_unpacks_to_too_much_or_too_many_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ckslab.handed_in import zip as handed_in_zip

    path = zip_of(tmp_path / "a.zip", *((f"etc/{number}", bytes(100)) for number in range(30)))
    open_handed_in(path)
    monkeypatch.setattr(handed_in_zip, "MAX_KEPT", 1000)
    assert "more than" in refused(path).message
    monkeypatch.setattr(handed_in_zip, "MAX_MEMBERS", 20)
    assert "more than 20 members" in refused(path).message


def test_a_large_file_in_a_zip_is_not_read(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "a.zip", ("etc/x", bytes(MAX_FILE_BYTES + 1)), ("etc/y", bytes(MAX_FILE_BYTES)))
    handed = open_handed_in(path)
    assert ask(handed, "/etc/x").kind == "too-large"
    assert ask(handed, "/etc/y").size == MAX_FILE_BYTES


ZIPPED = io.BytesIO()
with zipfile.ZipFile(ZIPPED, "w", zipfile.ZIP_DEFLATED) as sample:
    sample.writestr("etc/x", "x" * 3000)
    sample.writestr("etc/y/z", "y")


@settings(max_examples=200, deadline=None)
@example([(192, b"\0")], 0)  # a member without a name
@given(
    st.lists(
        st.tuples(st.integers(0, len(ZIPPED.getvalue())), st.binary(min_size=1, max_size=8)), min_size=1, max_size=4
    ),
    st.integers(0, 400),
)
def test_a_damaged_zip_is_refused_or_read_but_never_a_crash(edits: list[tuple[int, bytes]], cut: int) -> None:
    data = bytearray(ZIPPED.getvalue())
    for at, change in edits:
        data[at : at + len(change)] = change
    with tempfile.TemporaryDirectory() as parent:
        path = Path(parent, "node.zip")
        path.write_bytes(bytes(data[: len(data) - cut]))
        with suppress(UsageError):
            ask_folder(open_handed_in(path), "/etc")


def test_an_archive_comes_through_a_pipe(node: Path) -> None:
    (node / "etc/x").write_text("x")
    for path in (packed(node), zipped(node)):
        read, write = os.pipe()
        os.write(write, path.read_bytes())
        os.close(write)
        with open(read, "rb") as pipe:
            handed = open_piped(pipe)
        assert ask(handed, "/etc/x").text == "x"
        assert handed.source == "standard input"


def test_a_pipe_without_an_archive_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="standard input: it is empty"):
        open_piped(io.BytesIO())
    monkeypatch.setattr(handed_in_open, "MAX_PIPED", 1000)
    with pytest.raises(UsageError, match="longer than"):
        open_piped(io.BytesIO(bytes(1001)))
