"""Admission probes: a denial counts only if the thing under test denied it."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from ckslab.checks import CHECK_TYPES
from ckslab.evidence import Evidence, Fact, Finding, Need, Unavailable
from ckslab.kubernetes.denials.denial import classify
from ckslab.needs.api_server import ApiServerNeed
from ckslab.needs.probe import ImageReviewLogEntry, ProbeFact, ProbeNeed
from tests.support.checks_evidence import CONFIG, CONFIG_PATH, judge, node, server

POD = 'pods "probe" is forbidden: '
POST = POD + 'Post "https://scanner.lab:8443/review?timeout=30s": '
HOOK = 'admission webhook "validation.gatekeeper.sh" denied the request: '

DENIALS = [
    (
        POD + "image policy webhook backend denied one or more images: no latest",
        "image-policy-webhook",
        "denied",
    ),
    (
        POD + "image policy webook backend denied one or more images: no latest",
        "image-policy-webhook",
        "denied",
    ),
    (POD + "one or more images rejected by webhook backend", "image-policy-webhook", "denied"),
    (
        POST + "dial tcp: lookup scanner.lab on 10.0.0.1:53: no such host",
        "image-policy-webhook",
        "unreachable",
    ),
    (POST + "dial tcp 127.0.0.1:8443: connect: connection refused", "image-policy-webhook", "unreachable"),
    (POST + "EOF", "image-policy-webhook", "unreachable"),
    (POST + "read tcp 1->2: read: connection reset by peer", "image-policy-webhook", "unreachable"),
    (POST + "dial tcp 10.9.9.9:8443: i/o timeout", "image-policy-webhook", "unreachable"),
    (POST + "context deadline exceeded", "image-policy-webhook", "unreachable"),
    (POST + "net/http: TLS handshake timeout", "image-policy-webhook", "unreachable"),
    (
        POST + "tls: failed to verify certificate: x509: certificate signed by unknown authority",
        "image-policy-webhook",
        "tls",
    ),
    (POST + "remote error: tls: certificate required", "image-policy-webhook", "tls"),
    (POST + "http: server gave HTTP response to HTTPS client", "image-policy-webhook", "tls"),
    (POST + "malformed HTTP response", "image-policy-webhook", "protocol"),
    (POD + "Error contacting webhook: 404", "image-policy-webhook", "protocol"),
    (
        POD + 'an error on the server ("x") has prevented the request from succeeding',
        "image-policy-webhook",
        "protocol",
    ),
    (
        POD + "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no",
        "validating-admission-policy",
        "denied",
    ),
    (HOOK + "[pod-trusted-images] not trusted image!", "admission-webhook", "denied"),
    (POD + 'violates PodSecurity "restricted:latest": privileged', "pod-security", "denied"),
    (
        POD + 'error looking up service account default/default: serviceaccount "default" not found',
        "service-account",
        "denied",
    ),
    (POD + "exceeded quota: q, requested: pods=1", "quota", "denied"),
    ('pods is forbidden: User "x" cannot create resource "pods"', "rbac", "denied"),
    (POD + "something new", "other", "denied"),
]


@pytest.mark.parametrize(("message", "by", "kind"), DENIALS)
def test_denials_are_told_apart(message: str, by: str, kind: str) -> None:
    denial = classify(ProbeFact("denied", 403, "Forbidden", message))
    assert denial is not None
    assert (denial.by, denial.kind) == (by, kind)


def test_other_answers() -> None:
    assert classify(ProbeFact("admitted", 201, "", "")) is None
    assert classify(ProbeFact("failed", 503, "", "service unavailable")) is None
    invalid = classify(ProbeFact("denied", 422, "Invalid", "spec.containers: Required value"))
    assert invalid is not None
    assert invalid.by == "validation"
    text = 'Internal error occurred: failed calling webhook "w.x": connect: connection refused'
    called = classify(ProbeFact("failed", 500, "InternalError", text))
    assert called is not None
    assert (called.by, called.kind, called.name) == ("admission-webhook", "unreachable", "w.x")


BAD = {
    "create": "pod",
    "image": "registry.lab/app:latest",
    "denied-by": {"image-policy-webhook": "no latest"},
}
GOOD = {"create": "pod", "image": "registry.lab/app:1.4.2", "admitted": True}
DOWN = {
    "create": "pod",
    "image": "registry.lab/app:1.4.3",
    "denied-by": {"image-policy-webhook": "unreachable"},
}

ADMITTED = ProbeFact("admitted", 201, "", "", (ImageReviewLogEntry(("x",), True, ""),))
DENIED = ProbeFact("denied", 403, "Forbidden", DENIALS[0][0], (ImageReviewLogEntry(("x",), False, "no latest"),))


def denied(message: str, asked: tuple[ImageReviewLogEntry, ...] | None = ()) -> ProbeFact:
    return ProbeFact("denied", 403, "Forbidden", message, asked)


ENABLED = server(state="ready", argv=("kube-apiserver", "--enable-admission-plugins=ImagePolicyWebhook"))


def probed(params: Any, answers: list[Fact], live: dict[Need, Fact] | None = None) -> Finding:
    check = CHECK_TYPES["admission"]
    needs = check.needs(check.params.model_validate(params))
    probes = [need for need in needs if isinstance(need, ProbeNeed)]
    return judge(
        "admission",
        params,
        node({}, {**(ENABLED if live is None else live), **dict(zip(probes, answers, strict=True))}),
    )


def test_denied_by_the_scanner_and_a_control_admitted() -> None:
    assert probed([BAD, GOOD], [DENIED, ADMITTED]).outcome == "pass"
    assert probed({"probes": [BAD, GOOD]}, [DENIED, ADMITTED]).outcome == "pass"


WRONG = [
    (POST + "x509: certificate signed by unknown authority", "TLS with the scanner failed"),
    (DENIALS[3][0], "could not be reached"),
    (POD + "image policy webhook backend denied one or more images: other", "for another reason: other"),
    (DENIALS[16][0], "ValidatingAdmissionPolicy p"),
    (HOOK + "no latest", "admission webhook validation.gatekeeper.sh"),
    (POD + "no latest", "for another reason"),
]


@pytest.mark.parametrize(("message", "seen"), WRONG)
def test_a_denial_by_something_else_fails(message: str, seen: str) -> None:
    finding = probed([BAD, GOOD], [denied(message), ADMITTED])
    assert (finding.outcome, seen in finding.observed, finding.share) == ("fail", True, 0.0), finding


def test_the_scanners_record_must_agree() -> None:
    forged = probed([BAD], [denied(DENIALS[0][0], ())])
    assert "this lab's scanner did not refuse it" in forged.observed
    assert probed([BAD], [denied(DENIALS[0][0], None)]).outcome == "pass"


def test_an_untouched_server_earns_nothing_and_deny_all_a_part() -> None:
    untouched = probed([BAD, GOOD], [ADMITTED, ADMITTED])
    assert (untouched.outcome, untouched.share) == ("fail", 0.0)
    deny_all = probed([BAD, GOOD], [DENIED, DENIED])
    assert (deny_all.outcome, deny_all.share) == ("fail", 0.5)
    assert "the scanner refused it" in deny_all.observed


def test_with_the_scanner_stopped() -> None:
    params = {"while-stopped": "scanner", "probes": [DOWN]}
    assert probed(params, [denied(DENIALS[4][0])]).outcome == "pass"
    tls = probed(params, [denied(POST + "x509: unknown authority")])
    assert "TLS with the scanner failed" in tls.observed
    opened = probed(params, [ProbeFact("admitted", 201, "", "", ())])
    assert opened.observed == "the API server admitted it although the scanner could not be reached"
    assert "defaultAllow: true in the running server" in opened.message
    off = probed(params, [ProbeFact("admitted", 201, "", "", ())], server(state="ready", argv=("kube-apiserver",)))
    assert off.message == "ImagePolicyWebhook is not enabled in the running server."


def test_no_answer_is_unknown_unless_a_changed_file_is_the_cause() -> None:
    silent = ProbeFact("failed", 0, "", "connection refused")
    assert probed([BAD], [silent]).outcome == "unknown"
    assert probed([BAD], [Unavailable("the API server is down", api_down=True)]).outcome == "unknown"
    log = 'E1123 16:00:00.000000       1 run.go:72] "command failed" err="' + (
        'valid value is between 1s and 30m0s, got 2h0m0s"'
    )
    need = CHECK_TYPES["admission"]
    probe = next(each for each in need.needs(need.params.model_validate([BAD])) if isinstance(each, ProbeNeed))
    facts = {**server(state="down", log=(log,)), probe: Unavailable("down", api_down=True)}
    evidence = node({CONFIG_PATH: CONFIG.replace("denyTTL: 50", "denyTTL: 7200")}, facts)
    finding = judge("admission", [BAD], evidence)
    assert finding.outcome == "fail"
    assert finding.where is not None
    assert finding.where.path == CONFIG_PATH
    assert "valid value is between" in finding.log


def test_a_missing_service_account_is_the_graders_trouble() -> None:
    assert probed([BAD], [denied(DENIALS[19][0])]).outcome == "unknown"


OTHERS = [
    ({"gatekeeper": "not trusted image!"}, HOOK + "[c] not trusted image!", "pass"),
    ({"gatekeeper": "not trusted image!"}, HOOK + "[c] other", "fail"),
    ({"gatekeeper": ""}, 'admission webhook "other" denied the request: x', "fail"),
    ({"validating-admission-policy": "p"}, DENIALS[16][0], "pass"),
    ({"validating-admission-policy": ""}, HOOK + "x", "fail"),
    ({"pod-security": "privileged"}, DENIALS[18][0], "pass"),
]


@pytest.mark.parametrize(("by", "message", "outcome"), OTHERS)
def test_other_deniers(by: dict[str, str], message: str, outcome: str) -> None:
    assert probed([{"image": "x", "denied-by": by}], [denied(message, None)]).outcome == outcome


def test_probes_are_canonical_and_need_a_cluster() -> None:
    check = CHECK_TYPES["admission"]
    params = check.params.model_validate([{"containers": ["a", "b"], "init-containers": ["c"], "admitted": True}])
    needs = list(check.needs(params))
    assert needs == [
        ApiServerNeed(),
        ProbeNeed(
            '{"apiVersion":"v1","kind":"Pod","metadata":{},"spec":{"containers":[{"image":"a","name":"main"},'
            '{"image":"b","name":"main-2"}],"initContainers":[{"image":"c","name":"init-1"}]}}'
        ),
    ]
    assert check.live(params)


@pytest.mark.parametrize(
    "probe",
    [
        {"image": "x"},
        {"image": "x", "admitted": True, "denied-by": {"gatekeeper": ""}},
        {"image": "x", "denied-by": {}},
        {"image": "x", "denied-by": {"gatekeeper": "", "pod-security": ""}},
        {"admitted": True},
        {"image": "x", "containers": ["y"], "admitted": True},
        {"image": "x", "admitted": False},
    ],
)
def test_probes_without_sense_are_errors(probe: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        judge("admission", [probe], Evidence())
