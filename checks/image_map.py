"""`image-map`: a file that says of each container of a namespace's workloads which image it has, by digest."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field

from ckslab.diagnosis.workloads import Workloads, initial_image, workload_needs, workloads_then
from ckslab.evidence import CheckType, Evidence, Finding, Need, Params, Where, failed, passed, undecided
from ckslab.kubernetes.image_digests import Pin, other_image, read_pin
from ckslab.kubernetes.image_reference import parse_image_reference
from ckslab.kubernetes.node_file import kind_text
from ckslab.kubernetes.workloads import Container, Workload, kind_called
from ckslab.matching.matcher import shown
from ckslab.needs.files import FileNeed
from ckslab.needs.initial_store import InitialStoreNeed
from ckslab.strict import NodePath
from ckslab.text_lines import lines_of


class ImageMapParams(Params):
    """path: the file, with a line WORKLOAD CONTAINER NAME@DIGEST for each container and init container.

    namespace: of the workloads, as they were at the start. A WORKLOAD is KIND/NAME with the kind in any form that
    kubectl takes, or the NAME alone where it is the only one. The order of lines, and white space, are free.
    """

    path: NodePath
    namespace: str = Field(min_length=1, max_length=63)


class ImageMap(CheckType[ImageMapParams]):
    """Complete, and nothing wrong in it; which digests are right is known of the lab's start."""

    name = "image-map"
    params = ImageMapParams

    def needs(self, params: ImageMapParams) -> Iterable[Need]:
        """The file; the workloads and the node's images at the start."""
        yield FileNeed(params.path)
        yield from workload_needs(params.namespace)
        yield InitialStoreNeed()

    def judge(self, params: ImageMapParams, evidence: Evidence) -> Finding:
        """The first line that is wrong, then what is missing."""
        evidence.ask(self.needs(params))
        file, where = evidence.of(FileNeed(params.path)), Where(params.path)
        if file.text is None:
            return failed(f"the images of all containers in {params.path}", kind_text(file), where)
        workloads = workloads_then(params.namespace, evidence)
        if not workloads:
            return undecided(f"there was no workload in the namespace {params.namespace} at the start")
        wanted = {(key, one.name) for key, workload in workloads.items() for one in workload.containers}
        expected = f"{len(wanted)} lines: WORKLOAD CONTAINER NAME@DIGEST"
        noted = set()
        for number, line in enumerate(lines_of(file.text.removeprefix("\ufeff")), 1):
            if not line.strip():
                continue
            found = _entry(line, workloads, evidence)
            if isinstance(found, str):
                return failed(expected, f"{shown(' '.join(line.split()))}: {found}", Where(params.path, number))
            noted.add(found)
        if noted != wanted:
            return failed(expected, f"{len(noted)} right, {len(wanted - noted)} missing", where)
        return passed()


def _entry(line: str, workloads: Workloads, evidence: Evidence) -> tuple[tuple[str, str], str] | str:
    """Of which container a line is, where it is right; what is wrong, in a sentence."""
    words = line.split()
    if len(words) != 3:
        return f"a line has three words, and this one has {len(words)}"
    workload = _workload(words[0], workloads)
    if isinstance(workload, str):
        return workload
    container = next((one for one in workload.containers if one.name == words[1]), None)
    if container is None:
        return f"{workload.title} has no container {words[1]}"
    return _wrong(words[2], container, evidence) or ((workload.kind, workload.name), container.name)


def _workload(text: str, workloads: Workloads) -> Workload | str:
    word, slash, name = text.rpartition("/")
    kind = kind_called(word)
    if slash and kind is None:
        return f"{shown(word)} is no kind of workload"
    found = [one for key, one in workloads.items() if key[1] == name and kind in (None, key[0])]
    if not found:
        return f"there was no workload {text} at the start"
    return found[0] if len(found) == 1 else f"{len(found)} workloads are called {name}: say of which kind it is"


def _wrong(text: str, container: Container, evidence: Evidence) -> str:
    pin = read_pin(text)
    if isinstance(pin, str):
        return pin
    parsed = parse_image_reference(container.image)
    name = f"{parsed.registry}/{parsed.repository}" if parsed else container.image
    if pin.name != name:
        return f"the image of {container.name} is named {name}, and not {pin.name or 'nothing'}"
    right = initial_image(container.image, evidence)
    return other_image(Pin(pin.name, pin.digest), right, evidence.of(InitialStoreNeed()).images)
