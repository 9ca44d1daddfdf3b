"""Each kind of step does what it says and no more, and a step that does nothing is its author's error."""

from __future__ import annotations

import difflib
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from ckslab.cluster.node.planned_files import PlannedFiles
from ckslab.errors import ScenarioError
from ckslab.scenario.actions import Action, ObjectReference, Step
from ckslab.steps import needs_cluster, run_steps, split
from ckslab.steps.yaml_edit import EditableYaml, editable, same

KUBEADM = (Path(__file__).parents[1] / "support/kubeadm/kube-apiserver.yaml").read_text()
MANIFEST = "/etc/kubernetes/manifests/kube-apiserver.yaml"
CONFIG = """\
# what the plugins read
apiVersion: apiserver.config.k8s.io/v1   # stays
kind: AdmissionConfiguration
plugins:
  - name: ImagePolicyWebhook     # the one
    configuration:
      imagePolicy:
        allowTTL: 50
        defaultAllow: true       # why?
        answer: 'yes'
"""

_actions: TypeAdapter[Any] = TypeAdapter(Action)


def step(**action: Any) -> Step:
    """A step as an author writes it: underscores for dashes."""
    plain = {key.rstrip("_").replace("_", "-"): value for key, value in action.items()}
    return Step("one", _actions.validate_python(plain), "answers.yaml", 7)


def node(**more: str) -> PlannedFiles:
    """A node about to boot: the API server's manifest, a configuration, /tmp/NAME for each keyword."""
    files = {MANIFEST: KUBEADM, "/etc/config.yaml": CONFIG} | {f"/tmp/{key}": text for key, text in more.items()}
    return PlannedFiles(lambda path: files[path].encode() if path in files else None)


def text(files: PlannedFiles, path: str) -> str:
    """A file's text."""
    data = files.read(path)
    assert data is not None
    return data.decode()


def changed(before: str, after: str) -> list[str]:
    """The lines taken away (-) and added (+)."""
    return [
        line
        for line in difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
        if line[:1] in "+-" and line[:3] not in ("+++", "---")
    ]


def manifest_after(**action: Any) -> list[str]:
    """What a static-pod step changes in kubeadm's manifest."""
    files = node()
    run_steps([step(static_pod="kube-apiserver", **action)], files)
    return changed(KUBEADM, text(files, MANIFEST))


def test_an_edit_keeps_comments_order_and_indentation() -> None:
    files = node()
    place = "plugins[0].configuration.imagePolicy"
    run_steps(
        [step(edit="/etc/config.yaml", set={f"{place}.defaultAllow": False, f"{place}.kubeConfigFile": "/k"})],
        files,
    )
    assert changed(CONFIG, text(files, "/etc/config.yaml")) == [
        "-        defaultAllow: true       # why?",
        "+        defaultAllow: false      # why?",
        "+        kubeConfigFile: /k",
    ]


def test_an_edit_removes_and_appends_and_picks_an_item_by_name() -> None:
    files = node()
    run_steps(
        [
            step(
                edit="/etc/config.yaml",
                remove=["plugins[name=ImagePolicyWebhook].configuration.imagePolicy.allowTTL"],
                append={"plugins": {"name": "Other", "path": "/x"}},
            )
        ],
        files,
    )
    assert changed(CONFIG, text(files, "/etc/config.yaml")) == [
        "-        allowTTL: 50",
        "+  - name: Other",
        "+    path: /x",
    ]


def test_a_string_that_kubernetes_would_read_as_a_boolean_or_number_is_quoted() -> None:
    files = node()
    run_steps(
        [step(edit="/etc/config.yaml", set={"a": "yes", "b": "0777", "c": "1:30", "d": "word", "e": "a\nb"})],
        files,
    )
    assert changed(CONFIG, text(files, "/etc/config.yaml")) == [
        '+a: "yes"',
        '+b: "0777"',
        '+c: "1:30"',
        "+d: word",
        '+e: "a\\nb"',
    ]


def test_setting_makes_the_mappings_on_the_way_and_takes_quoted_keys() -> None:
    files = node(empty="")
    run_steps([step(edit="/tmp/empty", set={'metadata.annotations["a.b/c"]': "d"}, append={"list": 1})], files)
    assert yaml.safe_load(text(files, "/tmp/empty")) == {
        "metadata": {"annotations": {"a.b/c": "d"}},
        "list": [1],
    }


def test_null_and_document_start_stay() -> None:
    before = "---\nmetadata:\n  creationTimestamp: null\nstatus: {}\n"
    files = node(pod=before)
    run_steps([step(edit="/tmp/pod", set={"a": 1})], files)
    assert changed(before, text(files, "/tmp/pod")) == ["+a: 1"]


@pytest.mark.parametrize(
    ("action", "diff"),
    [
        (
            {"add-to-flag": {"enable-admission-plugins": "ImagePolicyWebhook"}},
            [
                "-    - --enable-admission-plugins=NodeRestriction",
                "+    - --enable-admission-plugins=NodeRestriction,ImagePolicyWebhook",
            ],
        ),
        (
            {"set-flag": {"enable-admission-plugins": "ImagePolicyWebhook"}},
            [
                "-    - --enable-admission-plugins=NodeRestriction",
                "+    - --enable-admission-plugins=ImagePolicyWebhook",
            ],
        ),
        ({"set-flag": {"profiling": "false"}}, ["+    - --profiling=false"]),
        (
            {"add-to-flag": {"disable-admission-plugins": ["A", "B"]}},
            ["+    - --disable-admission-plugins=A,B"],
        ),
        ({"remove-flag": "runtime-config"}, ["-    - --runtime-config="]),
        ({"append-arg": "--enable-admission-plugins=X"}, ["+    - --enable-admission-plugins=X"]),
        (
            {"mount": {"path": "/etc/kubernetes/admission", "type": "Directory", "read-only": True}},
            [
                "+    - mountPath: /etc/kubernetes/admission",
                "+      name: etc-kubernetes-admission",
                "+      readOnly: true",
                "+  - hostPath:",
                "+      path: /etc/kubernetes/admission",
                "+      type: Directory",
                "+    name: etc-kubernetes-admission",
            ],
        ),
        (
            {"mount": {"path": "/in", "host-path": "/on", "name": "v"}},
            ["+    - mountPath: /in", "+      name: v", "+  - hostPath:", "+      path: /on", "+    name: v"],
        ),
        (
            {"unmount": "/etc/ca-certificates"},
            [
                "-    - mountPath: /etc/ca-certificates",
                "-      name: etc-ca-certificates",
                "-      readOnly: true",
                "-  - hostPath:",
                "-      path: /etc/ca-certificates",
                "-      type: DirectoryOrCreate",
                "-    name: etc-ca-certificates",
            ],
        ),
        (
            {"set": {"spec.volumes[name=k8s-certs].hostPath.type": "File"}},
            ["-      type: DirectoryOrCreate", "+      type: File"],
        ),
    ],
)
def test_static_pod_steps_change_only_their_lines(action: dict[str, Any], diff: list[str]) -> None:
    assert sorted(manifest_after(**action)) == sorted(diff)


def test_a_flag_with_its_value_apart_is_found() -> None:
    pod = "spec:\n  containers:\n  - args:\n    - --a\n    - x\n    - --b=1\n    - --a=y\n"
    files = node()
    files.write(MANIFEST, pod.encode())
    run_steps(
        [
            step(static_pod="kube-apiserver", set_flag={"a": "z"}),
            step(static_pod="kube-apiserver", remove_flag="b"),
        ],
        files,
    )
    assert yaml.safe_load(text(files, MANIFEST))["spec"]["containers"][0]["args"] == ["--a=z"]
    files.write(MANIFEST, pod.encode())
    run_steps([step(static_pod="kube-apiserver", remove_flag=["a"])], files)
    assert yaml.safe_load(text(files, MANIFEST))["spec"]["containers"][0]["args"] == ["--b=1"]


def test_padding_is_the_same_for_the_same_text_and_stands_behind_the_content() -> None:
    files = node()

    def padded(of: str, content: str = "#!/bin/sh\n", size: int = 5000) -> bytes:
        run_steps([step(write="/opt/p", content=content, padding={"bytes": size, "of": of}, mode="0755")], files)
        return files.read("/opt/p") or b""

    one = padded("kubelet k7f3q9")
    assert one.startswith(b"#!/bin/sh\n")
    assert len(one) == len("#!/bin/sh\n") + 5000
    assert one == padded("kubelet k7f3q9")
    assert not {one, padded("kubelet k7f3q8")} < {one}
    assert padded("kubelet k7f3q9", content="")[:100] == one[10:110]
    assert files.files[0].mode == 0o755
    with pytest.raises(UnicodeDecodeError):
        one.decode()
    with pytest.raises(ScenarioError, match="changes nothing"):
        run_steps([step(write="/opt/p", content="", padding={"bytes": 5000, "of": "kubelet k7f3q9"})], files)


@pytest.mark.parametrize(
    "padding", [{"bytes": 0, "of": "a"}, {"bytes": 1 << 21, "of": "a"}, {"bytes": 9, "of": ""}]
)
def test_padding_has_bounds(padding: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        step(write="/opt/p", content="", padding=padding)


SUMS = "/opt/SHA512SUMS"


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_checksums_are_what_coreutils_takes(algorithm: str, tmp_path: Path) -> None:
    files = node(a="one", b="two")
    of = ["/tmp/a", "/tmp/b"]
    run_steps([step(checksums=SUMS, of=of, algorithm=algorithm)], files)
    for path in of:
        (tmp_path / Path(path).name).write_bytes(files.read(path) or b"")
    check = [f"{algorithm}sum", "--check", "--strict", "-"]
    done = subprocess.run(check, input=files.read(SUMS), cwd=tmp_path, capture_output=True, check=True)
    assert done.stdout == b"a: OK\nb: OK\n"


def test_a_nearly_right_sum_differs_in_its_last_digit_alone() -> None:
    files = node(a="one", b="two")
    of = ["/tmp/a", "/tmp/b"]
    run_steps([step(checksums=SUMS, of=of)], files)
    right = text(files, SUMS).splitlines()
    run_steps([step(checksums=SUMS, of=of, nearly_right="/tmp/b")], files)
    nearly = text(files, SUMS).splitlines()
    assert nearly[0] == right[0]
    (place,) = [place for place, pair in enumerate(zip(right[1], nearly[1], strict=True)) if len({*pair}) == 2]
    assert place == 127
    assert nearly[1][127] in "0123456789abcdef"
    assert nearly[1].endswith("  b")


def test_checksums_that_cannot_be_written_are_their_authors_mistake() -> None:
    files = node(a="one")
    with pytest.raises(ScenarioError, match="no file /tmp/gone"):
        run_steps([step(checksums=SUMS, of=["/tmp/a", "/tmp/gone"])], files)
    with pytest.raises(ScenarioError, match="nearly-right names /tmp/b, which is not in `of`"):
        run_steps([step(checksums=SUMS, of=["/tmp/a"], nearly_right=["/tmp/b"])], files)
    run_steps([step(checksums=SUMS, of=["/tmp/a"])], files)
    with pytest.raises(ScenarioError, match="changes nothing"):
        run_steps([step(checksums=SUMS, of=["/tmp/a"])], files)
    with pytest.raises(ValidationError, match="two files of `of` are called 'a'"):
        step(checksums=SUMS, of=["/tmp/a", "/opt/a"])


def test_whole_file_steps() -> None:
    files = node(a="one two", b="b")
    run_steps(
        [
            step(write="/root/new", content="hello\n", mode="0600"),
            step(replace="/tmp/a", old="two", new="three"),
            step(copy=["/tmp/a", "/tmp/b"], to="/opt/"),
            step(copy="/tmp/b", to="/opt/c", mode="0640"),
            step(remove=["/tmp/b", "/opt/b"]),
        ],
        files,
    )
    assert {file.path: (file.data, file.mode) for file in files.files} == {
        "/root/new": (b"hello\n", 0o600),
        "/tmp/a": (b"one three", 0o644),
        "/opt/a": (b"one three", 0o644),
        "/opt/c": (b"b", 0o640),
    }
    assert files.removed == ("/tmp/b",)


def test_a_manifest_of_kubeadm_keeps_its_permissions() -> None:
    files = node()
    run_steps([step(static_pod="kube-apiserver", set_flag={"profiling": "false"})], files)
    assert [file.mode for file in files.files] == [0o600]


IDLE_OR_IMPOSSIBLE: list[tuple[dict[str, Any], str]] = [
    ({"write": "/tmp/a", "content": "one two two"}, "changes nothing: /tmp/a already has this content"),
    ({"replace": "/tmp/a", "old": "none", "new": "x"}, "the old text does not stand in /tmp/a"),
    ({"replace": "/tmp/a", "old": "two", "new": "x"}, "stands 2 times"),
    ({"replace": "/tmp/a", "old": "one", "new": "one"}, "old and new are the same"),
    ({"replace": "/tmp/none", "old": "x", "new": "y"}, "there is no file /tmp/none on the node"),
    ({"copy": "/tmp/a", "to": "/tmp/a"}, "is already the same"),
    ({"remove": "/tmp/none"}, "there is no file /tmp/none"),
    ({"edit": "/tmp/none", "set": {"a": 1}}, "there is no file /tmp/none"),
    ({"edit": "/etc/config.yaml", "set": {"kind": "AdmissionConfiguration"}}, "kind already has this value"),
    ({"edit": "/etc/config.yaml", "set": {"kind.a": 1}}, "its parent is neither a mapping nor a list"),
    ({"edit": "/etc/config.yaml", "set": {"plugins[1]": {}}}, "the list has 1 items; use `append`"),
    ({"edit": "/etc/config.yaml", "set": {"plugins.name": 1}}, "'name' does not lead into a list"),
    ({"edit": "/etc/config.yaml", "remove": ["plugins[name=x]"]}, "0 items have name=x, not one"),
    ({"edit": "/etc/config.yaml", "remove": ["nothing"]}, "there is nothing to remove"),
    ({"edit": "/etc/config.yaml", "append": {"kind": 1}}, "kind is not a list"),
    ({"edit": "/tmp/tab", "set": {"a": 1}}, "cannot be edited as YAML: line 2"),
    ({"edit": "/tmp/two", "set": {"a": 1}}, "cannot be edited as YAML"),
    (
        {"static-pod": "kube-apiserver", "set-flag": {"secure-port": "6443"}},
        "--secure-port already has this value",
    ),
    (
        {"static-pod": "kube-apiserver", "add-to-flag": {"enable-admission-plugins": "NodeRestriction"}},
        "--enable-admission-plugins already has NodeRestriction",
    ),
    ({"static-pod": "kube-apiserver", "remove-flag": "profiling"}, "no flag --profiling to remove"),
    ({"static-pod": "kube-apiserver", "unmount": "/nothing"}, "nothing is mounted at /nothing"),
    (
        {"static-pod": "kube-apiserver", "mount": {"path": "/etc/ssl/certs"}},
        "mounted at /etc/ssl/certs already",
    ),
    (
        {"static-pod": "kube-apiserver", "mount": {"path": "/x", "name": "ca-certs"}},
        "another volume 'ca-certs'",
    ),
    ({"static-pod": "other", "unmount": "/x"}, "there is no file /etc/kubernetes/manifests/other.yaml"),
    ({"run": "true"}, "needs a running node"),
]


@pytest.mark.parametrize(("action", "message"), IDLE_OR_IMPOSSIBLE)
def test_a_step_that_cannot_be_or_does_nothing_names_its_line(action: dict[str, Any], message: str) -> None:
    files = node(a="one two two", tab="a: 1\n\tb: 2\n", two="a: 1\n---\nb: 1\n")
    with pytest.raises(ScenarioError) as caught:
        run_steps([step(**action)], files)
    assert caught.value.message.startswith("answers.yaml:7: step 'one': ")
    assert message in caught.value.message
    assert files.files == ()
    assert files.removed == ()


class Cluster:
    """A Live that remembers what it was asked."""

    def __init__(self, *, changes: bool = True, code: int = 0) -> None:
        self.asked: list[Any] = []
        self.changes, self.code = changes, code

    def run(self, argv: Sequence[str], *, timeout: float) -> subprocess.CompletedProcess[bytes]:
        """Remember; `sleep` takes too long."""
        if "sleep" in argv[-1]:
            raise TimeoutError
        self.asked.append((list(argv), timeout))
        return subprocess.CompletedProcess(list(argv), self.code, b"out\n", b"err\n")

    def apply(self, manifest: Mapping[str, Any]) -> bool:
        """Remember."""
        self.asked.append(("apply", manifest["metadata"]["name"]))
        return self.changes

    def patch(self, target: ObjectReference, patch: Any, kind: str) -> bool:
        """Remember."""
        self.asked.append(("patch", target.name, patch, kind))
        return self.changes

    def delete(self, target: ObjectReference) -> bool:
        """Remember."""
        self.asked.append(("delete", target.name))
        return self.changes

    def settle(self) -> None:
        """Remember."""
        self.asked.append("settle")


POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}}
TARGET = {"api-version": "v1", "kind": "Pod", "namespace": "default", "name": "p"}


def test_live_steps_reach_the_cluster_in_order() -> None:
    cluster: Any = Cluster()
    run_steps(
        [
            step(apply=POD),
            step(apply=[POD, POD]),
            step(patch=TARGET, with_={"a": 1}),
            step(patch=TARGET, with_=[{"op": "remove", "path": "/a"}], type="json"),
            step(delete=TARGET),
            step(run="echo $HOME 'x y'", timeout=5),
            step(wait="ready"),
        ],
        node(),
        cluster,
    )
    assert cluster.asked == [
        ("apply", "p"),
        ("apply", "p"),
        ("apply", "p"),
        ("patch", "p", {"a": 1}, "merge"),
        ("patch", "p", [{"op": "remove", "path": "/a"}], "json"),
        ("delete", "p"),
        (["sh", "-c", "echo $HOME 'x y'"], 5),
        "settle",
    ]


@pytest.mark.parametrize(
    ("action", "message"),
    [
        ({"apply": POD}, "changes nothing: the cluster has these objects already"),
        ({"patch": TARGET, "with": {"a": 1}}, "changes nothing: Pod default/p has these values already"),
        ({"delete": TARGET}, "changes nothing: there is no Pod default/p"),
        ({"run": "false"}, "ended with 1, not 0: false"),
        ({"run": "sleep 99", "timeout": 3}, "did not end within 3 s"),
    ],
)
def test_live_steps_that_do_nothing_or_fail_name_their_line(action: dict[str, Any], message: str) -> None:
    cluster: Any = Cluster(changes=False, code=1)
    with pytest.raises(ScenarioError, match=r"^answers\.yaml:7: step 'one': ") as caught:
        run_steps([step(**action)], node(), cluster)
    assert message in caught.value.message


def test_the_expected_exit_code_is_no_error() -> None:
    cluster: Any = Cluster(code=1)
    run_steps([step(run="false", exit_code=1)], node(), cluster)


def test_split_takes_the_leading_file_steps() -> None:
    file, live = step(write="/a", content=""), step(wait="ready")
    assert split([file, file, live, file]) == ([file, file], [live, file])
    assert split([file]) == ([file], [])
    assert split([live]) == ([], [live])
    assert not needs_cluster(file)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30))
def test_a_string_that_is_set_reads_back_as_itself(value: str) -> None:
    document = EditableYaml("a: b # c\n")
    document.root["v"] = editable(value)
    try:
        written = document.text()
        written.encode()
    except UnicodeEncodeError:
        return
    assert yaml.safe_load(written)["v"] == value


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab:-[]{}&*!|>'\"#%@?,\n\t 01", max_size=40))
def test_any_text_is_edited_or_is_an_error_of_the_step(content: str) -> None:
    files = node(any=content)
    try:
        run_steps([step(edit="/tmp/any", set={"new": 1})], files)
    except ScenarioError:
        return
    assert EditableYaml(text(files, "/tmp/any")).root["new"] == 1


def test_values_are_the_same_only_in_kind_too() -> None:
    assert not same(1, True)
    assert not same(1, 1.0)
    assert not same("1", 1)
    assert same({"a": [1, None]}, {"a": [1, None]})
