"""Every mistake of the fact table leads to its log line, its file and its line."""

from __future__ import annotations

from typing import Any

import pytest

from ckslab.diagnosis.api_down import api_down
from ckslab.diagnosis.cause import down_cause, named_cause
from ckslab.diagnosis.named import Cause
from ckslab.needs.lab import FaultFact, LabFact, LabNeed
from tests.support.checks_evidence import (
    CONFIG,
    CONFIG_PATH,
    GOOD,
    KUBECONF,
    KUBECONF_PATH,
    MANIFEST,
    MANIFEST_PATH,
    judge,
    node,
    server,
)

FAILED = 'E1123 16:00:00.000000       1 run.go:72] "command failed" err="'
APPLY = FAILED + "failed to apply admission: "
OLD = FAILED + "failed to initialize admission: "
INIT = APPLY + 'couldn\'t init admission plugin \\"ImagePolicyWebhook\\": '
READ = APPLY + "failed to read plugin config: "
KUBELET = 'E1123 16:00:00.000000     123 file.go:187] "Could not process manifest file" err="'
MOUNT = "    - mountPath: /etc/kubernetes/admission\n      name: admission\n"
FOLDER = "/etc/kubernetes/admission"


def changed(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new)


def manifest(old: str, new: str) -> dict[str, str | None]:
    return {MANIFEST_PATH: changed(MANIFEST, old, new)}


def config(old: str, new: str) -> dict[str, str | None]:
    return {CONFIG_PATH: changed(CONFIG, old, new)}


def kubeconf(old: str, new: str) -> dict[str, str | None]:
    return {KUBECONF_PATH: changed(KUBECONF, old, new)}


def no_file(path: str) -> str:
    return (
        READ + f'unable to read admission control configuration from \\"{path}\\" '
        f'[open {path}: no such file or directory]"'
    )


ROWS: dict[str, Any] = {
    "volumeMount missing": (
        manifest(MOUNT, ""),
        no_file(CONFIG_PATH),
        MANIFEST_PATH,
        "volumeMounts",
        "no volumeMount",
    ),
    "the 2023 wording": (
        manifest(MOUNT, ""),
        no_file(CONFIG_PATH).replace(APPLY, OLD),
        MANIFEST_PATH,
        "volumeMounts",
        "no volumeMount",
    ),
    "wrong path in the flag": (
        manifest("admission_config.yaml", "admission-config.yaml"),
        no_file(f"{FOLDER}/admission-config.yaml"),
        MANIFEST_PATH,
        "--admission-control-config-file",
        "no such file",
    ),
    "DirectoryOrCreate plus a typo": (
        manifest("      path: /etc/kubernetes/admission\n      type: Directory", "      path: /etc/admision"),
        no_file(CONFIG_PATH),
        MANIFEST_PATH,
        "--admission-control-config-file",
        "/etc/admision/admission_config.yaml",
    ),
    "wrong kubeConfigFile": (
        config("admission/kubeconf", "admission/kubeconfig"),
        INIT + f'stat {FOLDER}/kubeconfig: no such file or directory"',
        CONFIG_PATH,
        "kubeConfigFile",
        "kubeConfigFile",
    ),
    "wrong target of path": (
        config(CONFIG[CONFIG.index("  configuration") :], "  path: settings.yaml\n"),
        "F1123 16:00:00.000000       1 config.go:94] Couldn't open admission plugin configuration "
        f"{FOLDER}/settings.yaml: open {FOLDER}/settings.yaml: no such file or directory\n"
        "goroutine 1 [running]:\nk8s.io/klog/v2.stacks(0x0)",
        CONFIG_PATH,
        "path: settings.yaml",
        "path:",
    ),
    "settings not below imagePolicy": (
        config("    imagePolicy:\n", "    policy:\n"),
        INIT + 'invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER"',
        CONFIG_PATH,
        "",
        "empty in effect",
    ),
    "wrong apiVersion": (
        config("k8s.io/v1\n", "k8s.io/v2\n"),
        READ + 'no kind \\"AdmissionConfiguration\\" is registered for version \\"apiserver.config.k8s.io/v2\\""',
        CONFIG_PATH,
        "",
        "apiVersion",
    ),
    "config for configuration": (
        config("  configuration:", "  config:"),
        READ + 'strict decoding error: unknown field \\"plugins[0].config\\""',
        CONFIG_PATH,
        "config:",
        "does not exist",
    ),
    "a key twice": (
        config("plugins:", "kind: AdmissionConfiguration\nplugins:"),
        READ + 'strict decoding error: yaml: unmarshal errors:\\n  line 3: key \\"kind\\" already set in map"',
        CONFIG_PATH,
        "kind:",
        "twice",
    ),
    "a tab": (
        config("      allowTTL", "\tallowTTL"),
        READ + 'yaml: line 8: found character that cannot start any token"',
        CONFIG_PATH,
        "allowTTL",
        "YAML",
    ),
    "entry misspelled": (
        config("- name: ImagePolicyWebhook", "- name: ImagePolicyWebHook"),
        INIT + 'no config specified"',
        CONFIG_PATH,
        "",
        "no settings",
    ),
    "no file flag": (
        manifest(f"    - --admission-control-config-file={CONFIG_PATH}\n", ""),
        INIT + 'no config specified"',
        MANIFEST_PATH,
        "",
        "no settings",
    ),
    "no current-context": (
        kubeconf("current-context: scanner\n", ""),
        INIT + 'invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER"',
        KUBECONF_PATH,
        "",
        "current-context",
    ),
    "current-context names nothing": (
        kubeconf("current-context: scanner", "current-context: scaner"),
        INIT + 'context was not found for specified context: scaner"',
        KUBECONF_PATH,
        "current-context",
        "no context",
    ),
    "cluster without server": (
        kubeconf("    server: https://scanner.lab:8443/review\n", ""),
        INIT + 'invalid configuration: no server found for cluster \\"scanner\\""',
        KUBECONF_PATH,
        "",
        "server",
    ),
    "client key path wrong": (
        kubeconf("client-key: client.key", "client-key: klient.key"),
        INIT + f"invalid configuration: unable to read client-key {FOLDER}/klient.key for apiserver due to "
        f'open {FOLDER}/klient.key: no such file or directory"',
        KUBECONF_PATH,
        "client-key",
        "certificate or key",
    ),
    "certificate not copied": (
        {f"{FOLDER}/client.crt": None},
        INIT + f"invalid configuration: unable to read client-cert {FOLDER}/client.crt for apiserver due to "
        f'open {FOLDER}/client.crt: no such file or directory"',
        KUBECONF_PATH,
        "client-certificate",
        "no such file",
    ),
    "TTL as text": (
        config("allowTTL: 50", 'allowTTL: "50s"'),
        INIT + "json: cannot unmarshal string into Go struct field "
        'imagePolicyWebhookConfig.imagePolicy.allowTTL of type time.Duration"',
        CONFIG_PATH,
        "allowTTL",
        "wrong type",
    ),
    "TTL out of range": (
        config("denyTTL: 50", "denyTTL: 7200"),
        INIT + 'valid value is between 1s and 30m0s, got 2h0m0s"',
        CONFIG_PATH,
        "denyTTL",
        "out of range",
    ),
    "plugin misspelled": (
        manifest(",ImagePolicyWebhook", ",ImagePolicyWebHook"),
        FAILED + 'enable-admission-plugins plugin \\"ImagePolicyWebHook\\" is unknown"',
        MANIFEST_PATH,
        "--enable-admission-plugins",
        "misspelled",
    ),
    "a space after the comma": (
        manifest(",ImagePolicyWebhook", ", ImagePolicyWebhook"),
        FAILED + 'enable-admission-plugins plugin \\" ImagePolicyWebhook\\" is unknown"',
        MANIFEST_PATH,
        "--enable-admission-plugins",
        "space",
    ),
    "insecure beside a CA": (
        kubeconf("    server:", "    insecure-skip-tls-verify: true\n    server:"),
        INIT + 'specifying a root certificates file with the insecure flag is not allowed"',
        KUBECONF_PATH,
        "insecure",
        "beside a CA",
    ),
    "unknown flag": (
        manifest("--enable-admission-plugins", "--enable-admission-plugin"),
        "Error: unknown flag: --enable-admission-plugin",
        MANIFEST_PATH,
        "--enable-admission-plugin",
        "no such flag",
    ),
    "flag with one dash": (
        manifest("- --enable-admission-plugins", "- -enable-admission-plugins"),
        "Error: unknown shorthand flag: 'e' in -enable-admission-plugins=NodeRestriction,ImagePolicyWebhook",
        MANIFEST_PATH,
        "-enable-admission-plugins",
        "no such flag",
    ),
    "wrong etcd": (
        manifest("127.0.0.1:2379", "127.0.0.1:2380"),
        FAILED + 'failed to create storage: context deadline exceeded"',
        MANIFEST_PATH,
        "--etcd-servers",
        "etcd",
    ),
}

KUBELET_ROWS: dict[str, Any] = {
    "volume missing": (
        manifest(MANIFEST[MANIFEST.index("  - hostPath:\n      path: /etc/kubernetes/admission") :], ""),
        KUBELET + 'invalid pod: [spec.containers[0].volumeMounts[1].name: Not found: \\"admission\\"]"',
        "/etc/kubernetes/admission",
        "no volume",
    ),
    "bad YAML": (
        manifest("    image: registry", "\timage: registry"),
        KUBELET + "couldn't parse as pod(yaml: line 14: found character that cannot start any token)\"",
        "image:",
        "YAML",
    ),
    "hostPath type": (
        manifest("      type: Directory\n", "      type: File\n"),
        'E1123 16:00:00.000000     123 kubelet.go:1] MountVolume.SetUp failed for volume "admission" '
        'pod "kube-apiserver-controlplane": '
        "hostPath type check failed: /etc/kubernetes/admission is not a file",
        "hostPath",
        "is not a file",
    ),
    "image": (
        manifest("kube-apiserver:v1.35.4", "kube-apiserver:v9"),
        'E1123 16:00:00.000000     123 pod.go:1] "Error syncing pod, skipping" err="failed to \\"StartContainer\\" for '
        '\\"kube-apiserver\\" with ErrImagePull: \\"failed to pull registry.k8s.io/kube-apiserver:v9: not found\\""',
        "image:",
        "image",
    ),
    "no manifest": ({MANIFEST_PATH: None}, "", "", "no manifest"),
}


def text_at(evidence_files: dict[str, str | None], path: str, line: int | None) -> str:
    text = {**GOOD, **evidence_files}[path] or ""
    return text.splitlines()[line - 1] if line else ""


@pytest.mark.parametrize("name", ROWS)
def test_container_log_names_file_and_line(name: str) -> None:
    files, log, path, at, says = ROWS[name]
    lines = ("I1123 16:00:00.000000       1 options.go:1] external host", *log.splitlines())
    cause = down_cause(node(files, server(state="down", log=lines)))
    assert cause is not None
    assert (cause.path, says in cause.explanation) == (path, True), cause
    assert at in text_at(files, path, cause.line), cause
    assert cause.log
    assert '\\"' not in cause.log
    assert cause.advice


@pytest.mark.parametrize("name", KUBELET_ROWS)
def test_kubelet_names_the_manifest(name: str) -> None:
    files, line, at, says = KUBELET_ROWS[name]
    cause = down_cause(node(files, server(state="down", kubelet=(line,) if line else ())))
    assert cause is not None
    assert (cause.path, says in cause.explanation) == (MANIFEST_PATH, True), cause
    assert at in text_at(files, MANIFEST_PATH, cause.line), cause


def test_nobody_is_blamed_while_all_files_are_golden() -> None:
    evidence = node({}, server(state="down", log=(no_file(CONFIG_PATH),)))
    assert down_cause(evidence) is None
    assert named_cause(evidence) is not None
    assert judge("apiserver-ready", {}, evidence).outcome == "unknown"


def test_a_planted_fault_counts_although_its_file_is_golden() -> None:
    files, log, path, *_ = ROWS["TTL out of range"]
    golden = {**GOOD, CONFIG_PATH: files[CONFIG_PATH] or ""}
    fault = FaultFact("ttl", ("valid value is between 1s",))
    facts = {**server(state="down", log=(log,)), LabNeed(): LabFact("s", "l", "n", 1, (fault,))}
    cause = down_cause(node(files, facts, golden))
    assert cause is not None
    assert cause.path == path


def test_a_file_of_the_set_up_counts_once_the_manifest_leads_to_it() -> None:
    files, log, path, *_ = ROWS["TTL out of range"]
    golden = {**GOOD, CONFIG_PATH: files[CONFIG_PATH] or "", MANIFEST_PATH: "as kubeadm wrote it"}
    cause = down_cause(node(files, server(state="down", log=(log,)), golden))
    assert cause is not None
    assert cause.path == path


def test_a_ready_server_has_no_cause() -> None:
    assert named_cause(node({}, server(state="ready", log=(no_file(CONFIG_PATH),)))) is None


ETCD_LOST = FAILED + 'failed to create storage: context deadline exceeded"'
UNKNOWN = FAILED + 'authorization-mode \\"Foo\\" is not a valid mode"'


PLAIN = MANIFEST.replace(",ImagePolicyWebhook", "")
"""Of an API server that starts whatever the webhook's files hold."""


def plain(changes: dict[str, str | None], **fields: Any) -> Cause | None:
    """The cause for which the learner answers, of a lab that began with the plain manifest."""
    files = {MANIFEST_PATH: PLAIN, **changes}
    return down_cause(node(files, server(**fields), {**GOOD, MANIFEST_PATH: PLAIN}))


HOST = PLAIN.replace("spec:\n", "spec:\n  hostNetwork: true\n").replace(
    "    name: kube-apiserver\n", "    name: kube-apiserver\n    resources:\n      requests: {cpu: 250m}\n"
)
ELSEWHERE = FAILED + "failed to listen on 10.9.9.9:6443: bind: cannot assign requested address"
BEYOND = [
    ("hostNetwork: true", "hostNetwork: false", ETCD_LOST, "spec.hostNetwork is not as"),
    ("  hostNetwork: true\n", "", ETCD_LOST, "spec.hostNetwork is not as"),
    ("cpu: 250m", "cpu: 1m", "", "spec.containers[0].resources is not as"),
    ("spec:\n", "spec:\n  initContainers: [{name: a, image: b}]\n", "", "spec.initContainers is not as"),
    ("  volumes:\n", "  volumes:\n  - {name: a, nfs: {server: b, path: /}}\n", "", "spec.volumes[0] is not as"),
    ("    - --etcd", "    - --secure-port=7443\n    - --etcd", "", "--secure-port is not as"),
    ("    - --etcd", "    - --bind-address=10.9.9.9\n    - --etcd", ELSEWHERE, "--bind-address is not as"),
    ("    - --etcd", "    - --version\n    - --etcd", "v1.35.4", "--version is not as"),
]


@pytest.mark.parametrize(("old", "new", "log", "says"), BEYOND)
def test_the_learner_answers_for_what_no_task_asks_for_and_no_log_names(
    old: str, new: str, log: str, says: str
) -> None:
    files, initial = {**GOOD, MANIFEST_PATH: changed(HOST, old, new)}, {**GOOD, MANIFEST_PATH: HOST}
    for settled in (True, False):
        cause = down_cause(node(files, server(state="not-ready", log=(log,), settled=settled), initial))
        assert cause is not None
        assert says in cause.explanation
        assert cause.path == MANIFEST_PATH


@pytest.mark.parametrize("log", ["", ETCD_LOST, FAILED + 'something else"'])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("NodeRestriction", "NodeRestriction,AlwaysPullImages"),
        ("v1.35.4", "v1.35.4@sha256:0"),
        ("    - --etcd", "    - --v=5\n    - --etcd"),
        ("  volumes:\n", "  volumes:\n  - {name: a, hostPath: {path: /srv}}\n"),
        ("    volumeMounts:\n", "    volumeMounts:\n    - {name: admission, mountPath: /srv}\n"),
        ("spec:\n", "spec:\n  securityContext: {}\n  tolerations: []\n"),
        ("    name: kube-apiserver\n", "    name: apiserver\n"),
        ("metadata:\n", "metadata:\n  labels: {a: b}\n"),
    ],
)
def test_nobody_answers_where_only_what_tasks_ask_for_is_another(old: str, new: str, log: str) -> None:
    files, initial = {**GOOD, MANIFEST_PATH: changed(HOST, old, new)}, {**GOOD, MANIFEST_PATH: HOST}
    assert down_cause(node(files, server(state="down", log=(log,)), initial)) is None


def test_the_learner_answers_for_a_certificate_that_etcd_refuses() -> None:
    flags = "    - --etcd-certfile=/etc/kubernetes/pki/e.crt\n    - --etcd-keyfile=/etc/kubernetes/pki/e.key\n    - --etcd"
    manifest = changed(PLAIN, "    - --etcd", flags)
    initial = {**GOOD, MANIFEST_PATH: manifest, "/etc/kubernetes/pki/e.crt": "a", "/etc/kubernetes/pki/e.key": "b"}
    for name, whose in (("e.crt", "etcd"), ("other.crt", "")):
        files = {**initial, f"/etc/kubernetes/pki/{name}": "c"}
        cause = down_cause(node(files, server(state="down", log=(ETCD_LOST,)), initial))
        assert (cause.kind if cause else "") == whose


def test_nobody_answers_for_an_etcd_whose_flags_are_as_they_were() -> None:
    edited = {MANIFEST_PATH: changed(PLAIN, "NodeRestriction", "NodeRestriction,AlwaysPullImages")}
    assert plain(edited, state="down", log=(ETCD_LOST,)) is None
    named = named_cause(node(edited, server(state="down", log=(ETCD_LOST,))))
    assert named is not None
    assert named.kind == "etcd"
    other = {MANIFEST_PATH: changed(PLAIN, "127.0.0.1:2379", "127.0.0.1:2380")}
    assert plain(other, state="down", log=(ETCD_LOST,)) is not None


@pytest.mark.parametrize("broken", [None, "nothing", MANIFEST + "]"])
def test_an_etcd_that_the_kubelet_does_not_run_is_named_with_or_without_a_log(broken: str | None) -> None:
    path = "/etc/kubernetes/manifests/etcd.yaml"
    for fields in ({"state": "down", "log": (ETCD_LOST,)}, {"state": "not-ready"}, {"state": "down"}):
        cause = plain({path: broken}, **fields)
        assert cause is not None
        assert (cause.kind, cause.path) == ("etcd", path)


def test_a_refusal_that_no_row_knows_is_shown_and_counts_only_for_a_flag_that_was_changed() -> None:
    fields: Any = {"state": "down", "log": (UNKNOWN,)}
    added = plain(
        {MANIFEST_PATH: changed(PLAIN, "    - --etcd", "    - --authorization-mode=Foo\n    - --etcd")}, **fields
    )
    assert plain({MANIFEST_PATH: changed(PLAIN, "10.0.0.2", "10.0.0.3")}, **fields) is None
    assert added is not None
    assert 'authorization-mode "Foo" is not a valid mode' in added.explanation
    assert "--authorization-mode=Foo" in text_at(
        {MANIFEST_PATH: PLAIN.replace("    - --etcd", "    - --authorization-mode=Foo\n    - --etcd")},
        added.path,
        added.line,
    )
    shown = named_cause(node({MANIFEST_PATH: PLAIN}, server(**fields)))
    assert shown is not None
    assert shown.log


def test_a_kubelet_that_does_not_run_is_named_and_costs_no_points() -> None:
    fields: Any = {"state": "down", "kubelet_runs": False}
    there = node({MANIFEST_PATH: PLAIN}, server(**fields))
    assert down_cause(there) is None
    cause = named_cause(there)
    assert cause is not None
    assert "systemctl start kubelet" in cause.advice
    finding = api_down(there, "Pods are denied", "the API server is not ready")
    assert finding.outcome == "unknown"
    assert finding.observed.startswith("the API server is not ready: the kubelet does not run")
    assert "systemctl start kubelet" in finding.message


COMMAND_FAILED = 'E0101 00:00:00.000000       1 run.go:72] "command failed" err='


def test_a_plugin_that_was_disabled_beside_being_enabled_is_its_authors_cause() -> None:
    """The flag that names it as enabled is as it was."""
    said = (
        COMMAND_FAILED
        + '"[ImagePolicyWebhook] in enable-admission-plugins and disable-admission-plugins overlapped"'
    )
    fields: Any = {"state": "down", "log": (said,)}
    added = "    - --disable-admission-plugins=ImagePolicyWebhook\n    - --etcd"
    cause = plain({MANIFEST_PATH: changed(PLAIN, "    - --etcd", added)}, **fields)
    assert cause is not None
    assert "both enabled and disabled" in cause.explanation
    assert plain({MANIFEST_PATH: changed(PLAIN, "10.0.0.2", "10.0.0.3")}, **fields) is None


@pytest.mark.parametrize("log", [(COMMAND_FAILED + '"--etcd-servers must be specified"',), ()])
def test_a_flag_that_was_taken_out_and_is_missed_at_the_start(log: tuple[str, ...]) -> None:
    fields: Any = {"state": "down", "log": log}
    cause = plain({MANIFEST_PATH: changed(PLAIN, "    - --etcd-servers=https://127.0.0.1:2379\n", "")}, **fields)
    assert cause is not None
    assert cause.explanation.endswith("kube-apiserver does not start: --etcd-servers must be specified")
    assert (cause.path, cause.flags) == (MANIFEST_PATH, ("etcd-servers",))


def test_a_log_explains_nothing_where_it_was_waited_for_in_vain() -> None:
    """It may be of other files than there are now."""
    fields: Any = {"state": "down", "log": (UNKNOWN.replace("Foo", "Bar"),)}
    flag = {MANIFEST_PATH: changed(PLAIN, "    - --etcd", "    - --authorization-mode=Foo\n    - --etcd")}
    assert plain(flag, **fields) is not None
    assert plain(flag, **fields, settled=False) is None


def test_a_manifest_that_is_there_twice_is_named_whatever_the_log_says() -> None:
    twice = {MANIFEST_PATH + ".bak": MANIFEST}
    cause = down_cause(node(twice, server(state="down", log=(ETCD_LOST,))))
    assert cause is not None
    assert (cause.kind, cause.path) == ("manifest", MANIFEST_PATH + ".bak")
    assert "both hold a pod named kube-apiserver" in cause.explanation


def test_what_only_the_kubelet_knows_of_a_manifest_is_its_to_say() -> None:
    line = KUBELET + f'invalid pod: [spec.containers[0].image: Required value]" path="{MANIFEST_PATH}"'
    cause = down_cause(node(manifest("v1.35.4", "v9"), server(state="down", kubelet=(line,))))
    assert cause is not None
    assert (cause.kind, cause.path, cause.line) == ("manifest", MANIFEST_PATH, 16)
    assert "Required value" in cause.explanation


def test_of_several_lines_the_kubelets_last_word_on_the_manifest_is_shown() -> None:
    lines = (
        KUBELET + f'no pod" path="{MANIFEST_PATH}.txt"',
        KUBELET + f'first" path="{MANIFEST_PATH}"',
        KUBELET.replace('"Could not process manifest file"', '"Unable to process watch event"')
        + f'can\'t process config file \\"{MANIFEST_PATH}\\": second"',
        KUBELET + 'of another" path="/etc/kubernetes/manifests/notes.txt"',
    )
    cause = down_cause(node({MANIFEST_PATH: MANIFEST + "]"}, server(state="down", kubelet=lines)))
    assert cause is not None
    assert "second" in cause.log
