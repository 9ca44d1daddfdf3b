"""`admission-config` and `config-accepted`: settings as the API server decodes them, and its refusals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from ckslab.checks.admission_config import AdmissionConfig
from ckslab.checks.config_accepted import ConfigAccepted
from ckslab.kubernetes.v1_35.image_policy import go_duration
from ckslab.needs.api_server import ApiServerFact
from tests.support.ipw_evidence import judge, node
from tests.tools.fidelity.generate import MUTATIONS
from tests.tools.fidelity.node_facts import digest_of
from tests.tools.fidelity.setup import FOLDER, INNER, KUBECONFIG, OUTER, Setup

EXPECTED = {
    "defaultAllow": False,
    "allowTTL": 50,
    "denyTTL": 50,
    "retryBackoff": 500,
    "kubeConfigFile": KUBECONFIG,
}


def with_(path: str, old: str, new: str) -> Callable[[Setup], object]:
    """A change of one file's text."""
    return lambda setup: setup.replace(path, old, new)


@pytest.mark.parametrize("path_form", [False, True])
def test_a_working_node_passes(path_form: bool) -> None:
    """In both forms."""
    setup = node(path_form=path_form)
    assert judge(ConfigAccepted(), setup).outcome == "pass"
    form = "path" if path_form else "configuration"
    assert judge(AdmissionConfig(), setup, settings=EXPECTED, form=form).outcome == "pass"
    other = judge(AdmissionConfig(), setup, settings=EXPECTED, form="path" if form != "path" else "configuration")
    assert (other.outcome, other.share) == ("fail", 5 / 6)


@pytest.mark.parametrize(
    ("name", "cause_line", "words"),
    [
        # facts/imagepolicywebhook: mistake -> what v1.35.4 says, with the learner's line.
        ("no_mount", None, "unable to read admission control configuration from"),
        ("config_flag_wrong", None, "config.yaml: no such file or directory"),
        ("kubeconfig_absent", None, "stat /etc/kubernetes/admission/kubeconf: no such file"),
        ("path_wrong", 5, "Couldn't open admission plugin configuration"),
        ("inner_is_admission_configuration", None, "no configuration has been provided"),
        ("not_nested", None, "no configuration has been provided"),
        ("outer_v1beta1", 1, 'no kind "AdmissionConfiguration" is registered for version'),
        ("outer_wrong_kind", 2, 'no kind "AdmissionConfig" is registered'),
        ("outer_config_key", 5, 'strict decoding error: unknown field "plugins[0].config"'),
        ("outer_twice_kind", 3, 'line 3: key "kind" already set in map'),
        ("outer_tab", 4, "found character that cannot start any token"),
        ("name_misspelled", 3, "no config specified"),
        ("no_config_flag", None, "no config specified"),
        ("current_context_missing", 1, "no configuration has been provided"),
        ("current_context_wrong", 13, "context was not found for specified context: image-cheker"),
        ("server_missing", 5, 'no server found for cluster "image-checker"'),
        (
            "key_path_wrong",
            18,
            "unable to read client-key /etc/kubernetes/admission/client.pem for api-server",
        ),
        ("certificate_path_wrong", 17, "unable to read client-cert"),
        ("ca_path_wrong", 6, "unable to read certificate-authority"),
        (
            "allowTTL=50s",
            8,
            "cannot unmarshal string into Go struct field imagePolicyWebhookConfig.imagePolicy.allowTTL",
        ),
        ("defaultAllow='false'", 11, "imagePolicyWebhookConfig.imagePolicy.defaultAllow of type bool"),
        ("allowTTL=7200", 8, "valid value is between 1s and 30m0s, got 2h0m0s"),
        ("allowTTL=18446744074", 8, "got 290.448384ms"),
        ("retryBackoff=300000000", 10, "valid value is between 1ns and 5m0s, got 83h20m0s"),
        ("plugin_misspelled", None, 'enable-admission-plugins plugin "ImagePolicyWebHook" is unknown'),
        ("plugin_space", None, 'plugin " ImagePolicyWebhook" is unknown'),
        (
            "insecure_beside_ca",
            8,
            "specifying a root certificates file with the insecure flag is not allowed",
        ),
        ("data_mismatched", None, "tls: private key does not match public key"),
        ("server_no_scheme", 7, "host must be a URL or a host:port pair"),
        ("ca_garbage", None, "unable to load root certificates"),
        ("auth_provider", None, "The gcp auth plugin has been removed"),
        ("outer_flow", 1, "json parse error"),
        ("empty_policy_file", None, ""),
    ],
)
def test_a_refused_configuration_is_named_in_the_api_servers_words(
    name: str, cause_line: int | None, words: str
) -> None:
    """Every exit of the mistake table."""
    setup = node(path_form=name in ("outer_tab", "path_wrong", "inner_is_admission_configuration", "not_nested"))
    MUTATIONS[name](setup)
    finding = judge(ConfigAccepted(), setup)
    assert finding.outcome == "fail"
    assert words in finding.observed
    assert finding.where is not None
    if cause_line:
        assert finding.where.line == cause_line, finding


@pytest.mark.parametrize(
    "name",
    [
        "keys_upper",
        "unknown_inner_key",
        "legacy_bare",
        "outer_json",
        "crlf",
        "bom",
        "anchors",
        "mount_writable",
        "plugin_two_flags",
        "plugin_first",
        "paths_relative",
        "data_all",
        "as_json",
        "outer_v1alpha1",
        "path_and_configuration",
        "allowTTL=-1",
        "denyTTL=0",
        "retryBackoff=-1",
        "defaultAllow=true",
        "server_http",
        "ca_other",
        "no_client_pair",
        "server_wrong_port",
        "insecure_alone",
        "extra_entry",
        "config_flag_two_words",
    ],
)
def test_what_the_api_server_accepts_is_accepted(name: str) -> None:
    """Whatever it does afterwards."""
    setup = node()
    MUTATIONS[name](setup)
    assert judge(ConfigAccepted(), setup).outcome == "pass"


@pytest.mark.parametrize(
    ("written", "name", "value"),
    [
        ("allowTTL: 0", "allowTTL", 300),
        ("allowTTL: -1", "allowTTL", -1),
        ("ALLOWTTL: 60", "allowTTL", 60),
        ("allowTTL: 1e2", "allowTTL", 100),
        ("allowTTL: 0x32", "allowTTL", 50),
        ("denyTTL: ~", "denyTTL", 30),
        ("retryBackoff: 300", "retryBackoff", 300),
        ("defaultAllow: yes", "defaultAllow", True),
        ("defaultAllow:", "defaultAllow", False),
        ("kubeConfigFile: ./etc/../etc/kubernetes/admission/kubeconf", "kubeConfigFile", KUBECONFIG),
    ],
)
def test_settings_are_compared_as_decoded(written: str, name: str, value: Any) -> None:
    """Defaults are filled in, spelling does not matter."""
    key = written.partition(":")[0]

    def change(setup: Setup) -> None:
        text = setup.text(OUTER)
        line = next(one for one in text.splitlines() if one.strip().lower().startswith(key.lower() + ":"))
        setup.replace(OUTER, line, f"      {written}")

    finding = judge(AdmissionConfig(), node(change), settings={name: value})
    assert finding.outcome == "pass", finding


def test_a_wrong_setting_is_shown_with_its_line_and_costs_its_share() -> None:
    """Four of five are right."""
    finding = judge(
        AdmissionConfig(), node(with_(OUTER, "defaultAllow: false", "defaultAllow: true")), settings=EXPECTED
    )
    assert (finding.expected, finding.observed, finding.share) == (
        "defaultAllow: false",
        "defaultAllow: true",
        0.8,
    )
    assert finding.where is not None
    assert (finding.where.path, finding.where.line) == (OUTER, 11)
    assert finding.where.field == "plugins[0].configuration.imagePolicy.defaultAllow"


def test_an_absent_setting_is_looked_for_where_it_belongs() -> None:
    """The line of imagePolicy."""
    finding = judge(
        AdmissionConfig(),
        node(with_(INNER, "  allowTTL: 50\n", ""), path_form=True),
        settings={"allowTTL": 50},
    )
    assert (finding.observed, finding.where and finding.where.line) == ("allowTTL: 300", 1)


def test_a_refused_configuration_has_no_settings() -> None:
    """A TTL of the wrong type takes the others with it."""
    finding = judge(
        AdmissionConfig(),
        node(with_(OUTER, "allowTTL: 50", "allowTTL: 50s")),
        settings={"defaultAllow": False},
    )
    assert (finding.outcome, finding.share) == ("fail", 0)
    assert "cannot unmarshal string" in finding.observed


@pytest.mark.parametrize("name", ["no_mount", "mount_elsewhere", "host_elsewhere"])
def test_files_keep_their_points_while_the_mount_is_missing(name: str) -> None:
    """Whether the container sees them is another check's business."""
    setup = node()
    MUTATIONS[name](setup)
    assert judge(AdmissionConfig(), setup, settings=EXPECTED).outcome == "pass"
    assert judge(ConfigAccepted(), setup).outcome == "fail"


def test_without_the_flag_nothing_is_configured_unless_a_file_is_named() -> None:
    """`file` is for scenarios that want to judge it all the same."""
    setup = node()
    MUTATIONS["no_config_flag"](setup)
    assert judge(AdmissionConfig(), setup, settings=EXPECTED).outcome == "fail"
    assert judge(AdmissionConfig(), setup, settings=EXPECTED, file=OUTER).outcome == "pass"


@pytest.mark.parametrize(
    ("name", "path_form", "value"), [("two_spellings", False, True), ("two_spellings_reversed", False, False)]
)
def test_the_spelling_that_sorts_last_wins(name: str, path_form: bool, value: bool) -> None:
    """YAML comes to the decoder as JSON with sorted keys (seen on v1.35.4 by the fidelity run)."""
    setup = node(path_form=path_form)
    MUTATIONS[name](setup)
    assert judge(AdmissionConfig(), setup, settings={"defaultAllow": value}).outcome == "pass"


def test_whole_numbers_may_be_written_with_a_fraction_even_in_json() -> None:
    """The decoder goes on with YAML where JSON fails (seen on v1.35.4 by the fidelity run)."""
    setup = node(path_form=True)
    MUTATIONS["inner_json_float"](setup)
    assert "50.0" in setup.text(INNER)
    assert judge(ConfigAccepted(), setup).outcome == "pass"
    assert judge(AdmissionConfig(), setup, settings=EXPECTED).outcome == "pass"


def test_another_kind_of_that_version_is_refused_for_its_keys() -> None:
    """EncryptionConfiguration has no plugins (seen on v1.35.4 by the fidelity run)."""
    setup = node()
    MUTATIONS["outer_other_kind"](setup)
    finding = judge(ConfigAccepted(), setup)
    assert 'strict decoding error: unknown field "plugins"' in finding.observed


def test_another_plugins_entry_is_met_in_the_order_of_the_plugins() -> None:
    """Priority is made after ImagePolicyWebhook, NamespaceLifecycle before it."""
    entry = "plugins:\n- name: NAME\n  path: nowhere.yaml\n"
    for name, words in (("Priority", "valid value is between"), ("NamespaceLifecycle", "Couldn't open")):
        setup = node(with_(OUTER, "plugins:\n", entry.replace("NAME", name)))
        setup.replace(OUTER, "allowTTL: 50", "allowTTL: 7200")
        assert words in judge(ConfigAccepted(), setup).observed


@pytest.mark.parametrize("name", sorted(MUTATIONS))
def test_every_mutation_changes_something(name: str) -> None:
    """A mutation that changes nothing would agree with anything."""
    for path_form in (False, True):
        setup, before = node(path_form=path_form), node(path_form=path_form)
        MUTATIONS[name](setup)
        if (setup.files, setup.manifest(), setup.links) != (before.files, before.manifest(), before.links):
            return
    raise AssertionError("changes neither form")


def _server(setup: Setup, state: str = "ready", *, known: bool = True) -> ApiServerFact:
    digests = {name: digest_of(setup, name) for name in setup.files}
    return ApiServerFact(state, files_at_start=digests if known else {})  # type: ignore[arg-type]


def test_settings_that_the_running_server_has_not_read_do_not_count() -> None:
    """defaultAllow was true at the start and was edited to false without a restart."""
    before = _server(node(with_(OUTER, "defaultAllow: false", "defaultAllow: true")))
    finding = judge(AdmissionConfig(), node(), before, settings={"defaultAllow": False})
    assert finding.outcome == "fail"
    assert "reads it only at its start" in finding.observed
    assert "Restart it" in finding.message


@pytest.mark.parametrize(("state", "known"), [("down", True), ("ready", False)])
def test_files_are_judged_where_the_start_is_not_known(state: str, known: bool) -> None:
    """A server that is down will read the present files."""
    before = _server(node(with_(OUTER, "50", "60")), state, known=known)
    assert judge(AdmissionConfig(), node(), before, settings=EXPECTED).outcome == "pass"


def test_a_server_started_on_these_files_passes() -> None:
    """Same content, same digest: time stamps do not matter."""
    assert judge(AdmissionConfig(), node(), _server(node()), settings=EXPECTED).outcome == "pass"


def test_the_file_behind_path_must_have_been_read_too() -> None:
    """Only the inner file was edited."""
    before = _server(node(with_(INNER, "50", "60"), path_form=True))
    finding = judge(AdmissionConfig(), node(path_form=True), before, settings=EXPECTED)
    assert finding.where is not None
    assert finding.where.path == INNER


def test_a_check_must_assert_something() -> None:
    """Neither nothing nor an unknown setting."""
    wrong: list[dict[str, Any]] = [{}, {"settings": {}}]
    wrong += [{"settings": {"defaultallow": True}}, {"settings": {"allowTTL": "50"}}]
    for params in wrong:
        with pytest.raises(ValidationError):
            AdmissionConfig.params.model_validate(params)


@pytest.mark.parametrize(
    ("nanoseconds", "shown"),
    [
        (0, "0s"),
        (1, "1ns"),
        (1500, "1.5µs"),
        (2_000_000, "2ms"),
        (1_000_000_000, "1s"),
        (90_500_000_000, "1m30.5s"),
        (7_200_000_000_000, "2h0m0s"),
        (-3_000_000_000, "-3s"),
    ],
)
def test_durations_are_shown_as_go_shows_them(nanoseconds: int, shown: str) -> None:
    """time.Duration.String."""
    assert go_duration(nanoseconds) == shown


PIECES = st.lists(
    st.sampled_from(
        [
            "apiVersion: apiserver.config.k8s.io/v1\n",
            "kind: AdmissionConfiguration\n",
            "plugins:\n",
            "- name: ImagePolicyWebhook\n",
            "  path: x\n",
            "  configuration:\n",
            "    imagePolicy:\n",
            "      kubeConfigFile: /etc/kubernetes/admission/kubeconf\n",
            "imagePolicy: ",
            "{",
            "}",
            "[",
            "null\n",
            "      allowTTL: ",
            "1e400",
            "-1",
            "99999999999999999999999999999\n",
            "---\n",
            "\t",
            '"\\ud800"',
            "\x00",
            "&a ",
            "*a",
            "<<: ",
            "é",
            ": ",
            "path: /\n",
            "path: ../..\n",
        ]
    ),
    max_size=25,
).map("".join)


@given(
    st.sampled_from([OUTER, INNER, KUBECONFIG, f"{FOLDER}/ca.crt"]),
    st.one_of(st.text(), st.binary(), PIECES),
    st.booleans(),
)
@settings(max_examples=300, deadline=None)
def test_no_file_of_a_learner_makes_these_checks_raise(path: str, content: str | bytes, path_form: bool) -> None:
    """Whatever is in it."""
    raw = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
    setup = node(lambda s: s.write(path, raw), path_form=path_form)
    assert judge(ConfigAccepted(), setup).outcome in ("pass", "fail")
    assert judge(AdmissionConfig(), setup, settings=EXPECTED).outcome in ("pass", "fail")
