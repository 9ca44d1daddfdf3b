"""Mutations of the admission configuration and of the settings below imagePolicy."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import yaml

from tests.tools.fidelity.mutation import Mutation
from tests.tools.fidelity.setup import INNER, KUBECONFIG, OUTER, Setup

POLICY: dict[str, Mutation] = {}

_BARE = (
    f"imagePolicy:\n  kubeConfigFile: {KUBECONFIG}\n  allowTTL: 50\n  denyTTL: 50\n  retryBackoff: 500\n"
    "  defaultAllow: false\n"
)


def mutation(function: Mutation) -> Mutation:
    """Registers a mutation under its function's name."""
    POLICY[function.__name__] = function
    return function


def _setting(name: str, value: str) -> Mutation:
    def change(setup: Setup) -> None:
        pattern = re.compile(rf"^(\s*){name}:.*$", re.MULTILINE)
        setup.write(setup.policy, pattern.sub(rf"\g<1>{name}: {value}", setup.text(setup.policy)))

    return change


_VALUES = {
    "allowTTL": "0 -1 -2 1 1800 1801 7200 50.0 50.5 1e2 0x32 010 5_0 +50 ~ '50' 50s 9223372037 18446744074 "
    "1e30 true [1] {a: 1}",
    "denyTTL": "0 -1 1800 3600 '30' 30s 08 1:30 99999999999999999999",
    "retryBackoff": "0 -1 1 300000 300001 300000000 500ms 0.5",
    "defaultAllow": "true True yes on y no off n ~ 'false' \"true\" 0 1 nil tRUE",
    "kubeConfigFile": "~ '' /nowhere kubeconf 123 true 2020-01-01 [a] /etc/kubernetes/admission "
    "./etc/kubernetes/admission/kubeconf etc/kubernetes/admission/kubeconf "
    "/etc/kubernetes/admission//kubeconf "
    '"/etc/kubernetes/admission/kubeconf "',
}


def _values(text: str) -> list[str]:
    return re.findall(r"\"[^\"]*\"|'[^']*'|\[[^]]*\]|\{[^}]*\}|\S+", text)


for _name, _texts in _VALUES.items():
    for _text in _values(_texts):
        POLICY[f"{_name}={_text}"] = _setting(_name, _text)


def _drop(name: str) -> Mutation:
    return lambda setup: setup.write(
        setup.policy, re.sub(rf"^\s*{name}:.*\n", "", setup.text(setup.policy), flags=re.MULTILINE)
    )


for _name in _VALUES:
    POLICY[f"without_{_name}"] = _drop(_name)


def _outer(old: str, new: str) -> Mutation:
    return lambda setup: setup.replace(OUTER, old, new)


POLICY.update(
    {
        "outer_v1alpha1": _outer("apiserver.config.k8s.io/v1", "apiserver.k8s.io/v1alpha1"),
        "outer_config_v1alpha1": _outer("apiserver.config.k8s.io/v1", "apiserver.config.k8s.io/v1alpha1"),
        "outer_v1beta1": _outer("apiserver.config.k8s.io/v1", "apiserver.config.k8s.io/v1beta1"),
        "outer_group_v1": _outer("apiserver.config.k8s.io/v1", "apiserver.k8s.io/v1"),
        "outer_apiversion_v1": _outer("apiserver.config.k8s.io/v1", "v1"),
        "outer_apiversion_three": _outer("apiserver.config.k8s.io/v1", "a/b/c"),
        "outer_apiversion_number": _outer("apiserver.config.k8s.io/v1", "1"),
        "outer_apiversion_quoted": _outer("apiserver.config.k8s.io/v1", '"apiserver.config.k8s.io/v1"'),
        "outer_without_apiversion": _outer("apiVersion: apiserver.config.k8s.io/v1\n", ""),
        "outer_without_kind": _outer("kind: AdmissionConfiguration\n", ""),
        "outer_wrong_kind": _outer("AdmissionConfiguration", "AdmissionConfig"),
        "outer_lower_kind": _outer("AdmissionConfiguration", "admissionconfiguration"),
        "outer_other_kind": _outer("AdmissionConfiguration", "EncryptionConfiguration"),
        "outer_upper_key": _outer("kind:", "Kind:"),
        "outer_plugins_upper": _outer("plugins:", "Plugins:"),
        "outer_plugins_singular": _outer("plugins:", "plugin:"),
        "outer_config_key": _outer("configuration:", "config:"),
        "outer_unknown_key": _outer("plugins:", "extra: 1\nplugins:"),
        "outer_unknown_entry_key": _outer("- name:", "- note: x\n  name:"),
        "outer_twice_kind": _outer(
            "kind: AdmissionConfiguration\n", "kind: AdmissionConfiguration\nkind: AdmissionConfiguration\n"
        ),
        "outer_twice_setting": _outer("      allowTTL: 50\n", "      allowTTL: 50\n      allowTTL: 51\n"),
        "outer_tab": _outer("- name", "\t- name"),
        "outer_tab_indent": _outer("      allowTTL", "\tallowTTL"),
        "outer_tab_after_colon": _outer("allowTTL: ", "allowTTL:\t"),
        "outer_bad_indent": _outer("      allowTTL", "     allowTTL"),
        "outer_unclosed_quote": _outer("ImagePolicyWebhook", '"ImagePolicyWebhook'),
        "outer_colon_missing": _outer("plugins:", "plugins"),
        "outer_space_missing": _outer("kind: ", "kind:"),
        "name_lower": _outer("ImagePolicyWebhook", "imagepolicywebhook"),
        "name_misspelled": _outer("ImagePolicyWebhook", "ImagePolicyWebHook"),
        "name_missing": _outer("- name: ImagePolicyWebhook\n ", "-"),
        "name_quoted": _outer("ImagePolicyWebhook", "'ImagePolicyWebhook'"),
        "plugins_null": lambda s: s.write(OUTER, s.text(OUTER).partition("plugins:")[0] + "plugins:\n"),
        "plugins_mapping": lambda s: s.write(OUTER, s.text(OUTER).partition("plugins:")[0] + "plugins: {a: 1}\n"),
        "plugins_of_strings": lambda s: s.write(
            OUTER, s.text(OUTER).partition("plugins:")[0] + "plugins: [ImagePolicyWebhook]\n"
        ),
        "plugins_item_null": _outer("plugins:\n", "plugins:\n- ~\n"),
        "not_nested": lambda s: s.write(s.policy, s.text(s.policy).replace("imagePolicy:\n", "")),
        "nested_wrong": lambda s: s.replace(s.policy, "imagePolicy:", "imagePolicyWebhook:"),
        "nested_upper": lambda s: s.replace(s.policy, "imagePolicy:", "IMAGEPOLICY:"),
        "nested_list": lambda s: s.write(
            s.policy,
            re.sub(r"^(\s+)kubeConfigFile", r"\1- kubeConfigFile", s.text(s.policy), flags=re.MULTILINE),
        ),
        "nested_null": lambda s: s.write(
            s.policy, s.text(s.policy).partition("imagePolicy:")[0] + "imagePolicy:\n"
        ),
        "keys_upper": lambda s: s.write(
            s.policy, s.text(s.policy).replace("allowTTL", "ALLOWTTL").replace("defaultAllow", "DefaultAllow")
        ),
        "key_dashes": lambda s: s.replace(s.policy, "defaultAllow: false", "default-allow: true"),
        "unknown_inner_key": lambda s: s.write(
            s.policy,
            re.sub(r"^(\s*)allowTTL", r"\1shout: yes\n\1allowTTL", s.text(s.policy), flags=re.MULTILINE),
        ),
        "two_spellings": lambda s: s.write(
            s.policy,
            re.sub(
                r"^(\s*)defaultAllow: false",
                r"\1defaultAllow: true\n\1DEFAULTALLOW: false",
                s.text(s.policy),
                flags=re.MULTILINE,
            ),
        ),
        "two_spellings_reversed": lambda s: s.write(
            s.policy,
            re.sub(
                r"^(\s*)defaultAllow: false",
                r"\1DEFAULTALLOW: true\n\1defaultAllow: false",
                s.text(s.policy),
                flags=re.MULTILINE,
            ),
        ),
        "inner_twice_setting": lambda s: s.write(
            s.policy,
            re.sub(
                r"^(\s*)defaultAllow: false",
                r"\1defaultAllow: false\n\1defaultAllow: true",
                s.text(s.policy),
                flags=re.MULTILINE,
            ),
        ),
        "empty_policy_file": lambda s: s.write(s.policy, ""),
        "blank_policy_file": lambda s: s.write(s.policy, "\n"),
        "comment_policy_file": lambda s: s.write(s.policy, "# nothing\n"),
        "null_policy_file": lambda s: s.write(s.policy, "null\n"),
        "list_policy_file": lambda s: s.write(s.policy, "- a\n"),
        "text_policy_file": lambda s: s.write(s.policy, "hello\n"),
        "binary_policy_file": lambda s: s.write(s.policy, b"\xff\xfe\x00a"),
        "control_character": lambda s: s.replace(s.policy, "imagePolicy", "imagePolicy\x01"),
        "crlf": lambda s: s.write(s.policy, s.text(s.policy).replace("\n", "\r\n")),
        "bom": lambda s: s.write(s.policy, "\ufeff" + s.text(s.policy)),
        "leading_separator": lambda s: s.write(s.policy, "---\n" + s.text(s.policy)),
        "comment_then_separator": lambda s: s.write(s.policy, "# settings\n---\n" + s.text(s.policy)),
        "two_separators": lambda s: s.write(s.policy, "---\n---\n" + s.text(s.policy)),
        "second_document": lambda s: s.write(
            s.policy, s.text(s.policy) + "---\nimagePolicy: {defaultAllow: true}\n"
        ),
        "second_document_broken": lambda s: s.write(s.policy, s.text(s.policy) + "---\n]\n"),
        "separator_with_text": lambda s: s.write(s.policy, "--- # first\n" + s.text(s.policy)),
        "separator_with_value": lambda s: s.write(s.policy, s.text(s.policy) + "--- x\n"),
        "end_marker": lambda s: s.write(s.policy, s.text(s.policy) + "...\n"),
        "yaml_directive": lambda s: s.write(s.policy, "%YAML 1.1\n---\n" + s.text(s.policy)),
        "no_last_newline": lambda s: s.write(s.policy, s.text(s.policy).rstrip("\n")),
        "absent_outer": lambda s: s.files.pop(OUTER, None),
        "absent_inner": lambda s: s.files.pop(INNER, None),
        "outer_is_folder": lambda s: s.write(f"{OUTER}/x", "x"),
        "path_absolute": _outer("path: image_policy.yaml", f"path: {INNER}"),
        "path_dotted": _outer("path: image_policy.yaml", "path: ../admission/./image_policy.yaml"),
        "path_wrong": _outer("path: image_policy.yaml", "path: policy.yaml"),
        "path_folder": _outer("path: image_policy.yaml", "path: ."),
        "path_empty": _outer("path: image_policy.yaml", 'path: ""'),
        "path_number": _outer("path: image_policy.yaml", "path: 5"),
        "path_to_kubeconfig": _outer("path: image_policy.yaml", "path: kubeconf"),
        "path_unmounted": _outer("path: image_policy.yaml", "path: /root/image_policy.yaml"),
        "path_and_null_configuration": _outer(
            "path: image_policy.yaml", "path: image_policy.yaml\n  configuration: null"
        ),
        "path_and_empty_configuration": _outer(
            "path: image_policy.yaml", "path: image_policy.yaml\n  configuration: {}"
        ),
        "path_and_configuration": _outer(
            "path: image_policy.yaml",
            "path: nowhere.yaml\n  configuration: {imagePolicy: {kubeConfigFile: "
            + KUBECONFIG
            + ", defaultAllow: true}}",
        ),
        "configuration_string": lambda s: s.write(
            OUTER,
            s.text(OUTER).partition("  path:")[0].partition("  configuration:")[0] + "  configuration: hello\n",
        ),
        "configuration_list": lambda s: s.write(
            OUTER,
            s.text(OUTER).partition("  path:")[0].partition("  configuration:")[0] + "  configuration: [1]\n",
        ),
        "configuration_null": lambda s: s.write(
            OUTER,
            s.text(OUTER).partition("  path:")[0].partition("  configuration:")[0] + "  configuration:\n",
        ),
        "configuration_text_block": lambda s: s.write(
            OUTER, s.text(OUTER).replace("configuration:\n", "configuration: |\n")
        ),
        "extra_entry": _outer("plugins:\n", "plugins:\n- name: EventRateLimit\n  path: nowhere.yaml\n"),
        "extra_default_entry": _outer("plugins:\n", "plugins:\n- name: Priority\n  path: nowhere.yaml\n"),
        "extra_entry_unknown": _outer("plugins:\n", "plugins:\n- name: Nobody\n  path: nowhere.yaml\n"),
        "extra_podsecurity": _outer(
            "plugins:\n",
            "plugins:\n- name: PodSecurity\n  configuration:\n"
            "    apiVersion: pod-security.admission.config.k8s.io/v1\n    kind: PodSecurityConfiguration\n",
        ),
        "same_plugin_first_wrong": _outer("plugins:\n", "plugins:\n- name: ImagePolicyWebhook\n"),
        "same_plugin_second_open": lambda s: s.write(
            OUTER,
            s.text(OUTER) + "- name: ImagePolicyWebhook\n  configuration: {imagePolicy: {defaultAllow: true}}\n",
        ),
        "legacy_bare": lambda s: s.write(OUTER, _BARE),
        "legacy_bare_json": lambda s: s.write(OUTER, json.dumps(yaml.safe_load(_BARE))),
        "legacy_with_kind": lambda s: s.write(OUTER, "apiVersion: v1\nkind: ImagePolicy\n" + _BARE),
        "legacy_upper": lambda s: s.write(OUTER, _BARE.replace("imagePolicy:", "ImagePolicy:")),
    }
)


def _as(setup: Setup, path: str, render: Callable[[Any], str]) -> None:
    value = setup.load(path)
    if value:
        setup.write(path, render(value))


@mutation
def outer_json(setup: Setup) -> None:
    """JSON, indented."""
    _as(setup, OUTER, lambda value: json.dumps(value, indent=2))


@mutation
def outer_json_tabs(setup: Setup) -> None:
    """JSON, indented by tabs."""
    _as(setup, OUTER, lambda value: json.dumps(value, indent="\t"))


@mutation
def outer_json_trailing_comma(setup: Setup) -> None:
    """JSON that only YAML would take."""
    _as(setup, OUTER, lambda value: json.dumps(value)[:-1] + ",}")


@mutation
def outer_json_twice(setup: Setup) -> None:
    """A duplicate key in JSON."""
    _as(setup, OUTER, lambda value: json.dumps(value)[:-1] + ', "kind": "AdmissionConfiguration"}')


@mutation
def outer_flow(setup: Setup) -> None:
    """Flow YAML: begins like JSON and is none."""
    _as(setup, OUTER, lambda value: yaml.safe_dump(value, default_flow_style=True, width=9999))


@mutation
def outer_flow_after_separator(setup: Setup) -> None:
    """Flow YAML that does not begin like JSON."""
    _as(setup, OUTER, lambda value: "---\n" + yaml.safe_dump(value, default_flow_style=True, width=9999))


@mutation
def inner_json(setup: Setup) -> None:
    """The inner file as JSON."""
    if INNER in setup.files:
        _as(setup, INNER, json.dumps)


@mutation
def inner_json_garbage(setup: Setup) -> None:
    """JSON with something behind it, which the decoder never sees."""
    if INNER in setup.files:
        _as(setup, INNER, lambda value: json.dumps(value) + " garbage")


@mutation
def inner_json_float(setup: Setup) -> None:
    """50.0 is no int64 in JSON, but it is in YAML."""
    if INNER in setup.files:
        _as(setup, INNER, lambda value: json.dumps(value).replace("50,", "50.0,", 1))


@mutation
def inner_flow(setup: Setup) -> None:
    """Flow YAML."""
    if INNER in setup.files:
        _as(setup, INNER, lambda value: yaml.safe_dump(value, default_flow_style=True, width=9999))


@mutation
def inner_is_admission_configuration(setup: Setup) -> None:
    """A second AdmissionConfiguration behind path:."""
    setup.write(
        INNER,
        "apiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\nplugins:\n"
        "- name: ImagePolicyWebhook\n  configuration:\n    imagePolicy:\n"
        f"      kubeConfigFile: {KUBECONFIG}\n",
    )
    if "path:" not in setup.text(OUTER):
        setup.write(OUTER, setup.text(OUTER).partition("  configuration:")[0] + "  path: image_policy.yaml\n")


@mutation
def anchors(setup: Setup) -> None:
    """Anchor and alias for equal values."""
    setup.replace(setup.policy, "allowTTL: 50", "allowTTL: &ttl 50")
    setup.replace(setup.policy, "denyTTL: 50", "denyTTL: *ttl")


@mutation
def unknown_anchor(setup: Setup) -> None:
    """An alias without an anchor."""
    setup.replace(setup.policy, "denyTTL: 50", "denyTTL: *ttl")


@mutation
def merge_key(setup: Setup) -> None:
    """A merge key, overridden after it."""
    text = setup.text(setup.policy)
    setup.write(
        setup.policy,
        re.sub(r"^(\s*)allowTTL: 50", r"\1<<: {defaultAllow: true}\n\1allowTTL: 50", text, flags=re.MULTILINE),
    )


@mutation
def merge_key_alone(setup: Setup) -> None:
    """A merge key that brings a setting in."""
    text = setup.text(setup.policy)
    setup.write(
        setup.policy,
        re.sub(r"^(\s*)defaultAllow: false", r"\1<<: {defaultAllow: true}", text, flags=re.MULTILINE),
    )


@mutation
def tagged_values(setup: Setup) -> None:
    """Explicit tags."""
    setup.replace(setup.policy, "allowTTL: 50", 'allowTTL: !!int "50"')
    setup.replace(setup.policy, "denyTTL: 50", "denyTTL: !!float 50")


@mutation
def tagged_wrongly(setup: Setup) -> None:
    """A tag that does not fit."""
    setup.replace(setup.policy, "allowTTL: 50", "allowTTL: !!int fifty")


@mutation
def null_key(setup: Setup) -> None:
    """A key that JSON cannot have."""
    text = setup.text(setup.policy)
    setup.write(setup.policy, re.sub(r"^(\s*)allowTTL: 50", r"\1~: 1\n\1allowTTL: 50", text, flags=re.MULTILINE))


@mutation
def number_key(setup: Setup) -> None:
    """A key that becomes a string."""
    text = setup.text(setup.policy)
    setup.write(setup.policy, re.sub(r"^(\s*)allowTTL: 50", r"\g<1>1: 1\n\1allowTTL: 50", text, flags=re.MULTILINE))


@mutation
def infinite(setup: Setup) -> None:
    """A number that JSON cannot have."""
    setup.replace(setup.policy, "allowTTL: 50", "allowTTL: .inf")
