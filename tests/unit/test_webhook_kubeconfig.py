"""`webhook-kubeconfig`: address, trust and client certificate by Go's rules."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from ckslab.certificates import _new_key, _sign
from ckslab.checks.webhook_kubeconfig import WebhookKubeconfig
from ckslab.evidence import Finding
from ckslab.kubernetes.certificates.chain import chain_problem, name_problem, utc_now
from ckslab.kubernetes.certificates.pem import certificates, pair_problem
from ckslab.kubernetes.kubeconfig.server_url import parse_server
from ckslab.needs.api_server import ApiServerFact
from tests.support.ipw_evidence import PORT, SERVER, credentials, judge, node
from tests.tools.fidelity.credentials import issue
from tests.tools.fidelity.generate import MUTATIONS
from tests.tools.fidelity.node_facts import digest_of
from tests.tools.fidelity.setup import FOLDER, KUBECONFIG, OUTER, Setup

ALL: dict[str, Any] = {"server": SERVER, "trusts": "scanner", "client-certificate": "scanner"}


def verdict(
    name: str, *, aspect: str = "all", forbid: bool = False, server: ApiServerFact | None = None
) -> Finding:
    """Of one aspect, after one mutation."""
    setup = node()
    if name:
        MUTATIONS[name](setup)
    return judge(WebhookKubeconfig(), setup, server, **ALL, aspect=aspect, forbid_insecure=forbid)


@pytest.mark.parametrize("aspect", ["all", "server", "trust", "client", "no-insecure"])
def test_a_working_kubeconfig_passes(aspect: str) -> None:
    """In all aspects."""
    assert verdict("", aspect=aspect, forbid=True).outcome == "pass"


@pytest.mark.parametrize(
    "name",
    [
        "paths_relative",
        "paths_dotted",
        "data_all",
        "data_ca",
        "data_key_only",
        "data_wrapped",
        "as_json",
        "kubeconfig_crlf",
        "kubeconfig_bom",
        "second_context",
        "server_upper_scheme",
        "server_upper_host",
        "server_trailing_slash",
        "server_double_slash",
        "server_quoted",
        "server_name",
        "kind_missing",
        "apiversion_missing",
        "unknown_key",
        "duplicate_key",
        "ca_two",
        "ca_with_text",
        "ca_crlf",
        "ca_is_server_certificate",
        "client_key_sec1",
        "client_bare",
        "client_with_chain",
        "client_one_file",
        "insecure_false_beside_ca",
        "mount_parent",
        "mount_sub_path",
        "files_elsewhere_mounted_here",
        "no_mount",
    ],
)
def test_other_right_forms_pass(name: str) -> None:
    """What Go accepts counts."""
    assert verdict(name, forbid=True).outcome == "pass"


@pytest.mark.parametrize(
    ("name", "line", "words"),
    [
        ("server_http", 7, "server: http://"),
        ("server_wrong_port", 7, "scanner.lab:1/"),
        ("server_no_port", 7, "https://scanner.lab/review"),
        ("server_wrong_path", 7, "/check"),
        ("server_no_scheme", 7, "host must be a URL"),
        ("server_missing", 5, "no server found"),
        ("current_context_missing", 1, "no configuration has been provided"),
        ("current_context_wrong", 13, "context was not found"),
        ("context_without_user", 10, "names no user"),
        ("context_user_unknown", 12, "names no user"),
        ("ca_other", None, "signed by unknown authority"),
        ("ca_expired", None, "signed by unknown authority"),
        ("ca_is_client_certificate", None, "signed by unknown authority"),
        ("ca_empty", None, "signed by unknown authority"),
        ("ca_missing", 5, "no certificate-authority"),
        ("ca_path_wrong", 6, "unable to read certificate-authority"),
        ("insecure_alone", 7, "insecure-skip-tls-verify"),
        ("insecure_beside_ca", 8, "not allowed"),
        ("no_client_pair", None, "no client-certificate"),
        ("no_client_key", 16, "client-key-data or client-key must be specified"),
        ("client_other", None, "scanner refuses it: x509: certificate signed by unknown authority"),
        ("client_expired", None, "has expired or is not yet valid"),
        ("client_not_yet", None, "it begins"),
        ("client_server_usage", None, "incompatible key usage"),
        ("client_key_other", None, "private key does not match public key"),
        ("client_key_encrypted", None, "failed to parse private key"),
        ("client_key_is_certificate", None, "found a certificate rather than a key"),
        ("client_key_empty", None, "failed to find any PEM data in key input"),
        ("server_name_wrong", None, "certificate is valid for scanner.lab, not other.lab"),
        ("proxy_url", None, "proxy"),
        ("kubeconfig_tab", None, "found a tab character that violates indentation"),
        ("kubeconfig_absent", None, "no such file"),
    ],
)
def test_a_mistake_is_named_with_its_place(name: str, line: int | None, words: str) -> None:
    """File, line, words."""
    finding = verdict(name, forbid=True)
    assert finding.outcome == "fail"
    assert words in finding.observed
    assert finding.where is not None
    if line:
        assert finding.where.line == line, finding


def test_a_server_by_address_is_no_name_in_the_certificate() -> None:
    """Go wants the address among the SANs."""
    setup = node(lambda s: s.replace(KUBECONFIG, "scanner.lab", "127.0.0.1"))
    finding = judge(WebhookKubeconfig(), setup, trusts="scanner")
    assert "cannot validate certificate for 127.0.0.1 because it doesn't contain any IP SANs" in finding.observed


@pytest.mark.parametrize(
    ("name", "fails"),
    [
        ("ca_other", {"trust"}),
        ("ca_path_wrong", {"trust"}),
        ("client_key_other", {"client"}),
        ("client_absent", {"client"}),
        ("insecure_alone", {"trust", "no-insecure"}),
        ("insecure_beside_ca", {"no-insecure"}),
        ("server_wrong_port", {"server"}),
        ("defaultAllow=true", set()),
        ("allowTTL=50s", set()),
        ("current_context_missing", {"server", "trust", "client", "no-insecure"}),
        ("paths_from_root", {"trust", "client"}),
    ],
)
def test_each_aspect_judges_its_own_part(name: str, fails: set[str]) -> None:
    """So that a scenario can give each its points."""
    aspects = ("server", "trust", "client", "no-insecure")
    assert {aspect for aspect in aspects if verdict(name, aspect=aspect).outcome == "fail"} == fails


def _digests(setup: Setup) -> dict[str, str]:
    return {name: digest_of(setup, name) for name in setup.files}


@pytest.mark.parametrize(
    ("changed", "outcome"),
    [(KUBECONFIG, "fail"), (f"{FOLDER}/ca.crt", "fail"), (f"{FOLDER}/client.key", "pass"), (OUTER, "pass")],
)
def test_a_file_saved_after_the_start_counts_if_it_is_read_again(changed: str, outcome: str) -> None:
    """A client pair given by paths is; the admission configuration is another check's business."""
    at_start = {**_digests(node()), changed: "0" * 64}
    server = ApiServerFact("ready", files_at_start=at_start)
    assert verdict("", server=server).outcome == outcome


def test_a_kubeconfig_that_nothing_names_can_be_given() -> None:
    """`file`; without it there is nothing to judge."""
    setup = node()
    MUTATIONS["no_config_flag"](setup)
    assert "nothing names a kubeconfig" in judge(WebhookKubeconfig(), setup, **ALL).observed
    assert judge(WebhookKubeconfig(), setup, **ALL, file=KUBECONFIG).outcome == "pass"


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"server": "scanner/x"},
        {"aspect": "trust"},
        {"aspect": "client", "trusts": "scanner"},
        {"trust": "scanner"},
    ],
)
def test_a_check_must_assert_something(params: dict[str, Any]) -> None:
    """And know its aspect's parameter."""
    with pytest.raises(ValidationError):
        WebhookKubeconfig.params.model_validate(params)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (SERVER, SERVER),
        ("https://a", "https://a:443"),
        ("http://a/b/../c", "http://a:80/c"),
        ("a:80", "http://a:80"),
        ("https://[::1]:1/x", "https://[::1]:1/x"),
        ("https://u@a/x", "https://a:443/x"),
        ("HTTPS://A.:1", "https://a:1"),
        ("a:80/x", "None"),
        ("https:/a/x", "None"),
        ("https//a", "None"),
        ("https://a b/", "None"),
        ("https://a:x/", "None"),
        ("https://a/%zz", "None"),
        ("https://a\n", "None"),
        ("https://a/x?q#f", "https://a:443/x"),
        ("https://a/x#f", "https://a:443/x#f"),
        ("https://a/#f", "https://a:443/#f"),
    ],
)
def test_addresses_are_read_as_client_go_reads_them(text: str, shown: str) -> None:
    """rest.DefaultServerURL."""
    assert str(parse_server(text)) == shown


def test_intermediates_come_from_the_chain_that_is_shown() -> None:
    """Leaf and intermediate from the server, the root from the CA file."""
    root = issue("root", ca=True)
    middle = issue("middle", root, ca=True)
    leaf = issue("leaf", middle, hosts=("a.lab", "*.b.lab", "10.0.0.1"))
    assert chain_problem([leaf.certificate, middle.certificate], [root.certificate], "server", utc_now()) == ""
    assert "unknown authority" in chain_problem([leaf.certificate], [root.certificate], "server", utc_now())
    assert name_problem(leaf.certificate, "x.b.lab") == name_problem(leaf.certificate, "10.0.0.1") == ""
    assert "is valid for" in name_problem(leaf.certificate, "x.y.b.lab")
    assert "Common Name" in name_problem(issue("a.lab").certificate, "a.lab")


def test_certificates_that_sign_each_other_are_not_tried_for_ever() -> None:
    """15 of one name and key have 15! chains; Go gives up after 100 signatures, and says so."""
    key = _new_key()
    middles = [_sign("middle", key, None, key, is_ca=True) for _ in range(15)]
    leaf = _sign("leaf", _new_key(), middles[0], key, host="a.lab")
    begin = time.monotonic()
    refused = chain_problem([leaf, *middles], [issue("root", ca=True).certificate], "server", utc_now())
    assert refused == "x509: signature check attempts limit reached while verifying certificate chain"
    assert chain_problem([leaf, *middles], [middles[7]], "server", utc_now()) == ""
    assert time.monotonic() - begin < 5


def test_an_issuer_that_is_no_ca_signs_nothing() -> None:
    """Unless the certificate itself is in the CA file."""
    fake = issue("fake")
    leaf = issue("leaf", fake, hosts=("a.lab",))
    assert "may not sign" in chain_problem([leaf.certificate], [fake.certificate], "server", utc_now())
    assert chain_problem([leaf.certificate], [leaf.certificate], "server", utc_now()) == ""


@given(st.one_of(st.text(), st.binary()), st.sampled_from(["ca.crt", "client.crt", "client.key", "kubeconf"]))
@settings(max_examples=200, deadline=None)
def test_no_file_of_a_learner_makes_the_check_raise(content: str | bytes, name: str) -> None:
    """Whatever is in it."""
    raw = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
    setup = node(lambda s: s.write(f"{FOLDER}/{name}", raw))
    assert judge(WebhookKubeconfig(), setup, **ALL, forbid_insecure=True).outcome in ("pass", "fail")


@given(st.text(), st.integers(0, 2000), st.binary(max_size=4))
@settings(max_examples=200, deadline=None)
def test_broken_pem_is_no_certificate_and_no_pair(noise: str, at: int, patch: bytes) -> None:
    """Bytes changed anywhere."""
    whole = credentials().client.pem.encode()
    text = (whole[:at] + patch + whole[at + len(patch) :]).decode("utf-8", "replace")
    assert len(certificates(text + noise)) <= 1
    assert isinstance(pair_problem(text, credentials().client.key), str)
    assert isinstance(pair_problem(noise, noise), str)


def test_the_port_of_the_tests_is_the_scanners() -> None:
    """Keeps the table above honest."""
    assert str(PORT) in SERVER
