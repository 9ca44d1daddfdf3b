"""What kube-apiserver v1.35.4 makes of its flags: which plugins are on, and when it does not start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from ckslab.kubernetes.static_pod.flags import Argument, csv_record, misread, read_flags
from ckslab.kubernetes.static_pod.manifest import read_manifests
from ckslab.kubernetes.v1_35.admission_plugins import DEFAULT, enabled_plugins
from ckslab.kubernetes.v1_35.apiserver_flags import FILES, KNOWN, SWITCHES
from ckslab.kubernetes.v1_35.flag_refusals import command_line_refusals
from ckslab.needs.files import FolderNeed
from tests.support.checks_evidence import MANIFEST, MANIFEST_PATH, judge, node, server

LIST = "    - --enable-admission-plugins=NodeRestriction,ImagePolicyWebhook\n"
BOTH = {"NodeRestriction", "ImagePolicyWebhook"}


def flags(*arguments: str) -> Any:
    return read_flags([Argument(text) for text in arguments], SWITCHES)


@pytest.mark.parametrize(
    ("arguments", "on", "off"),
    [
        (["--enable-admission-plugins=NodeRestriction,ImagePolicyWebhook"], BOTH | DEFAULT, {"AlwaysDeny"}),
        (
            ["--disable-admission-plugins=PodSecurity,LimitRanger"],
            DEFAULT - {"PodSecurity", "LimitRanger"},
            {"PodSecurity"},
        ),
        (
            ["--disable-admission-plugins=PodSecurity", "--disable_admission_plugins", "LimitRanger"],
            set(),
            {"PodSecurity", "LimitRanger"},
        ),
        (["--admission-control=NodeRestriction"], {"NodeRestriction"}, DEFAULT),
        (["--admission-control="], set(), DEFAULT),
        ([], DEFAULT, {"NodeRestriction"}),
        (["--profiling", "--enable-admission-plugins", "NodeRestriction"], {"NodeRestriction"}, set()),
        (["--profiling", "false", "--enable-admission-plugins=NodeRestriction"], {"NodeRestriction"}, set()),
    ],
)
def test_what_is_on_follows_from_all_flags(arguments: list[str], on: set[str], off: set[str]) -> None:
    found = enabled_plugins(flags(*arguments))
    assert on <= found
    assert not off & found


RULES = {"name": "kube-apiserver", "admission-plugins": {"enabled": sorted(BOTH), "keep": True}}


def manifest(new: str) -> dict[str, Any]:
    return {MANIFEST_PATH: MANIFEST.replace(LIST, new)}


RIGHT = {
    "as it is": LIST,
    "in two flags": "    - --enable-admission-plugins=NodeRestriction\n    - --enable-admission-plugins=ImagePolicyWebhook\n",
    "quoted entries": '    - \'--enable-admission-plugins="NodeRestriction","ImagePolicyWebhook"\'\n',
    "one of the defaults named": LIST.replace("NodeRestriction", "NodeRestriction,PodSecurity"),
    "one that was off is disabled": LIST + "    - --disable-admission-plugins=AlwaysPullImages\n",
    "all by the deprecated flag": "    - --admission-control=" + ",".join(sorted(BOTH | DEFAULT)) + "\n",
}
WRONG = {
    "defaults disabled": (
        LIST + "    - --disable-admission-plugins=PodSecurity,LimitRanger,ResourceQuota\n",
        "LimitRanger is no longer on: --disable-admission-plugins names it; so are 2 more",
    ),
    "a default disabled in a second flag": (
        LIST + "    - --disable-admission-plugins=\n    - --disable_admission_plugins\n    - Priority\n",
        "Priority is no longer on",
    ),
    "list replaced": (LIST.replace("NodeRestriction,", ""), "NodeRestriction is no longer on"),
    "in both": (LIST + "    - --disable-admission-plugins=NodeRestriction\n", "does not start"),
    "the deprecated flag": (
        "    - --admission-control=NodeRestriction,ImagePolicyWebhook\n",
        "--admission-control switches off",
    ),
    "the deprecated flag beside": (LIST + "    - --admission-control=ImagePolicyWebhook\n", "stands beside"),
    "a space": (LIST.replace(",Image", ", Image"), "has a space"),
    "misspelled": (LIST.replace("PolicyWebhook", "PolicyWebHook"), 'plugin "ImagePolicyWebHook" is unknown'),
    "a misspelled one disabled": (
        LIST + "    - --disable-admission-plugins=Nobody\n",
        'plugin "Nobody" is unknown',
    ),
    "quotes that a shell would take away": (
        '    - --enable-admission-plugins="NodeRestriction,ImagePolicyWebhook"\n',
        'the quotes in "NodeRestriction,ImagePolicyWebhook" are a part of the value',
    ),
    "flag and value in one item": (LIST.replace("plugins=", "plugins "), "the item is taken for one flag"),
}


@pytest.mark.parametrize("name", RIGHT)
def test_plugins_may_be_switched_on_in_any_way(name: str) -> None:
    finding = judge("static-pod", RULES, node(manifest(RIGHT[name])))
    assert finding.outcome == "pass", finding


@pytest.mark.parametrize("name", WRONG)
def test_plugins_that_are_lost_cost_the_points(name: str) -> None:
    new, says = WRONG[name]
    finding = judge("static-pod", RULES, node(manifest(new)))
    assert (finding.outcome, says in finding.observed) == ("fail", True), finding
    assert finding.where is not None
    assert (
        "-admission-plugins" in MANIFEST.replace(LIST, new).splitlines()[(finding.where.line or 0) - 1]
        or "admission-control" in new
        or "Priority" in new
    )


def test_what_was_off_at_the_start_need_not_be_on() -> None:
    off = MANIFEST.replace(LIST, LIST + "    - --disable-admission-plugins=PodSecurity\n")
    assert judge("static-pod", RULES, node({MANIFEST_PATH: off}, initial={MANIFEST_PATH: off})).outcome == "pass"
    assert judge("static-pod", RULES, node({MANIFEST_PATH: off}, initial={})).outcome == "fail"


def test_plugins_of_the_process_count_where_it_is_asked() -> None:
    params = {**RULES, "running": True}
    argv = ["kube-apiserver", "--enable-admission-plugins=NodeRestriction,ImagePolicyWebhook"]
    assert judge("static-pod", params, node({}, server(state="ready", argv=tuple(argv)))).outcome == "pass"
    argv.append("--disable-admission-plugins=PodSecurity")
    finding = judge("static-pod", params, node({}, server(state="ready", argv=tuple(argv))))
    assert "in the running process: PodSecurity is no longer on" in finding.observed


@pytest.mark.parametrize(
    "rules", [{}, {"enabled": ["ImagePolicyWebHook"]}, {"keep": False}, {"disabled": ["Nobody"]}]
)
def test_rules_on_plugins_name_plugins_that_exist(rules: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        judge("static-pod", {"name": "kube-apiserver", "admission-plugins": rules}, node({}))
    with pytest.raises(ValidationError):
        judge("static-pod", {"name": "etcd", "admission-plugins": {"keep": True}}, node({}))


# Each was tried on the real program; `says` are its words, or their beginning.
REFUSED = [
    ("--enable-admission-plugin=X", "unknown flag: --enable-admission-plugin"),
    ("--insecure-port=0", "unknown flag: --insecure-port"),
    ("--enable-admission-plugins NodeRestriction", "unknown flag: --enable-admission-plugins NodeRestriction"),
    ("--profiling x", "unknown flag: --profiling x"),
    ("-enable-admission-plugins=X", "unknown shorthand flag: 'e' in -enable-admission-plugins=X"),
    ("---x", "bad flag syntax: ---x"),
    ("--=x", "bad flag syntax: --=x"),
    ("--profiling=maybe", 'invalid argument "maybe" for "--profiling" flag'),
    ("--secure-port=x", 'invalid argument "x" for "--secure-port" flag'),
    ("--request-timeout=5", 'invalid argument "5" for "--request-timeout" flag'),
    ('--enable-admission-plugins=A,"B', 'invalid argument "A,"B" for "--enable-admission-plugins" flag'),
    ("NodeRestriction", '"kube-apiserver" does not take any arguments, got ["NodeRestriction"]'),
    ("--enable-admission-plugins", "flag needs an argument: --enable-admission-plugins"),
]


KUBEADM = (Path(__file__).parents[1] / "support/kubeadm/kube-apiserver.yaml").read_text()


def refusals(*arguments: str) -> list[str]:
    extra = "".join(f"    - '{text}'\n" for text in arguments)
    text = KUBEADM.replace("    image:", f"{extra}    image:", 1)
    pod = read_manifests(node({MANIFEST_PATH: text}).of(FolderNeed("/etc/kubernetes/manifests"))).pod(
        "kube-apiserver"
    )
    return [each.reason for each in command_line_refusals(pod)]


@pytest.mark.parametrize(("argument", "says"), REFUSED)
def test_a_command_line_that_pflag_refuses(argument: str, says: str) -> None:
    assert refusals(argument)[0].startswith(says)


def refused_without(*flags: str, also: str = "") -> list[str]:
    """What is said of kubeadm's manifest without the lines of these flags."""
    lines = [
        line for line in KUBEADM.splitlines() if line.strip().split("=")[0] not in {f"- --{one}" for one in flags}
    ]
    at = next(number for number, line in enumerate(lines) if line.strip().startswith("- --"))
    text = "\n".join([*lines[:at], *([f"    - {also}"] if also else []), *lines[at:]]) + "\n"
    pod = read_manifests(node({MANIFEST_PATH: text}).of(FolderNeed("/etc/kubernetes/manifests"))).pod(
        "kube-apiserver"
    )
    return [each.reason for each in command_line_refusals(pod)]


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["etcd-servers"], "--etcd-servers must be specified"),
        (["service-account-issuer"], "service-account-issuer is a required flag"),
        (["service-account-signing-key-file"], "--service-account-signing-key-file, --service-account-issuer, and"),
        (
            ["service-account-key-file"],
            "either `--service-account-key-file` or `--service-account-signing-endpoint`",
        ),
        (["tls-cert-file"], "missing filename for serving cert: --tls-cert-file is not set"),
        (["tls-private-key-file"], "missing filename for serving cert: --tls-private-key-file is not set"),
        (["etcd-keyfile"], "KeyFile and CertFile must both be present: --etcd-keyfile is not set"),
    ],
)
def test_flags_without_which_there_is_no_start(flags: list[str], says: str) -> None:
    """Each was taken out and the real program started."""
    [reason] = refused_without(*flags)
    assert reason.startswith(says)


@pytest.mark.parametrize(
    ("flags", "also"),
    [
        ([], ""),
        (["tls-cert-file", "tls-private-key-file"], ""),
        (["etcd-certfile", "etcd-keyfile"], ""),
        (["client-ca-file", "authorization-mode", "service-cluster-ip-range", "secure-port"], ""),
        (["service-account-key-file", "service-account-signing-key-file"], "--service-account-signing-endpoint=/x"),
    ],
)
def test_flags_that_may_be_missing(flags: list[str], also: str) -> None:
    assert refused_without(*flags, also=also) == []


def test_an_empty_flag_is_as_good_as_none_unless_it_adds_to_a_list() -> None:
    assert refused_without("etcd-servers", also="--etcd-servers=") == ["--etcd-servers must be specified"]
    assert refusals("--etcd-servers=") == []
    assert refusals("--tls-cert-file=") == ["missing filename for serving cert: --tls-cert-file is not set"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--profiling"],
        ["--profiling=F", "--anonymous-auth=1"],
        ["--request-timeout=1m0.5s", "--event-ttl", "2h"],
        ["--max-requests-inflight=0x190", "--secure-port", "6443"],
        ["-v=2"],
        ["--v=2"],
        ["--", ""],
        [""],
        ["--kubelet-port=10250", "--apiserver-count=3"],
        ["--feature-gates=A=true,B=false", "--runtime-config=api/all=true"],
        ["--enable_admission_plugins=NodeRestriction"],
    ],
)
def test_a_command_line_that_pflag_takes(arguments: list[str]) -> None:
    assert refusals(*arguments) == []


def test_a_flag_takes_the_next_argument_whatever_it_looks_like() -> None:
    assert flags("--etcd-servers", "--profiling")["etcd-servers"][0].value == "--profiling"
    assert flags("--profiling", "--etcd-servers=x")["profiling"][0].bare


def test_the_table_of_flags_has_no_name_twice() -> None:
    assert FILES < KNOWN
    assert not FILES & SWITCHES


@pytest.mark.parametrize(
    ("text", "record"),
    [
        ("", []),
        ("A,B", ["A", "B"]),
        ("A, B", ["A", " B"]),
        ('"A,B"', ["A,B"]),
        ('"A","B"', ["A", "B"]),
        ('"a""b",c', ['a"b', "c"]),
        ("A,", ["A", ""]),
        ("A\nB", ["A"]),
        ("\n\nA", ["A"]),
        ('A,"B', None),
        ('A"B"', None),
        ('"A"B', None),
        (' "B"', None),
    ],
)
def test_csv_is_read_as_go_reads_it(text: str, record: list[str] | None) -> None:
    assert csv_record(text) == record


def test_habits_of_a_shell_are_named() -> None:
    odd = misread(read_flags([Argument("--a b", 7)]), "a")
    assert odd is not None
    assert odd[1] == 7
    assert misread(read_flags([Argument("--a=b")]), "a") is None
    for quoted in ("'x'", '"x"'):
        assert misread(read_flags([Argument(f"--a={quoted}")]), "a") is not None


CONFIG_FLAG = "--admission-control-config-file"
FROM_FLAG = {"pod": "kube-apiserver", "from-flag": CONFIG_FLAG[2:]}


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            f"{CONFIG_FLAG}=/etc/kubernetes/admission/admission_config.yaml",
            f'{CONFIG_FLAG}="/etc/x.yaml"',
            "the quotes in",
        ),
        (f"{CONFIG_FLAG}=", f"{CONFIG_FLAG} ", "the item is taken for one flag"),
    ],
)
def test_a_path_that_is_no_path_does_not_blame_the_mount(old: str, new: str, says: str) -> None:
    files = {MANIFEST_PATH: MANIFEST.replace(old, new)}
    for check, params in (("container-path", FROM_FLAG), ("admission-config", {"settings": {"allowTTL": 50}})):
        finding = judge(check, params, node(files))
        assert finding.outcome == "fail"
        assert says in finding.observed, (check, finding)
        assert finding.where is not None
        assert CONFIG_FLAG in files[MANIFEST_PATH].splitlines()[(finding.where.line or 0) - 1]
