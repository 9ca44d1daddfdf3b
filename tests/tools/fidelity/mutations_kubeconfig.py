"""Mutations of the webhook's kubeconfig and of its certificates."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from tests.tools.fidelity.credentials import HOST, issue
from tests.tools.fidelity.mutation import Mutation, both
from tests.tools.fidelity.setup import FOLDER, KUBECONFIG, Setup, encoded

KUBE: dict[str, Mutation] = {}

CA, CERT, KEY = f"{FOLDER}/ca.crt", f"{FOLDER}/client.crt", f"{FOLDER}/client.key"


def _text(old: str, new: str) -> Mutation:
    return lambda setup: setup.replace(KUBECONFIG, old, new.replace("PORT", str(setup.port)))


def _tree(change: Callable[[dict[str, Any], Setup], object]) -> Mutation:
    def edit(setup: Setup) -> None:
        value = setup.load(KUBECONFIG)
        try:
            change(value, setup)
        except (KeyError, IndexError, TypeError, AttributeError):
            return  # an earlier mutation took away what this one changes
        setup.dump(KUBECONFIG, value)

    return edit


def _cluster(**fields: Any) -> Mutation:
    return _tree(lambda v, s: _update(v["clusters"][0]["cluster"], fields))


def _user(**fields: Any) -> Mutation:
    return _tree(lambda v, s: _update(v["users"][0]["user"], fields))


def _update(target: dict[str, Any], fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        key = name.replace("_", "-")
        if value is None:
            target.pop(key, None)
        else:
            target[key] = value


def _server(url: str) -> Mutation:
    def change(setup: Setup) -> None:
        server = url.replace("PORT", str(setup.port)).replace("HOST", HOST)
        setup.write(KUBECONFIG, re.sub(r"(server: ).*", lambda m: m.group(1) + server, setup.text(KUBECONFIG)))

    return change


def _pem(path: str, make: Callable[[Setup], str | bytes]) -> Mutation:
    return lambda setup: setup.write(path, make(setup))


def _client(name: str) -> Mutation:
    def change(setup: Setup) -> None:
        signer = getattr(setup.credentials, name)
        setup.write(CERT, signer.pem)
        setup.write(KEY, signer.key)

    return change


def _embed(setup: Setup, *names: str) -> None:
    files = {"certificate-authority": CA, "client-certificate": CERT, "client-key": KEY}
    value = setup.load(KUBECONFIG)
    for group, inner in (("clusters", "cluster"), ("users", "user")):
        for entry in value.get(group) or []:
            fields = entry.get(inner) if isinstance(entry, dict) else None
            for name in names:
                if isinstance(fields, dict) and name in fields:
                    fields.pop(name)
                    fields[f"{name}-data"] = encoded(setup.text(files[name]))
    setup.dump(KUBECONFIG, value)


KUBE.update(
    {
        "server_http": _server("http://HOST:PORT/review"),
        "server_upper_scheme": _server("HTTPS://HOST:PORT/review"),
        "server_upper_host": _server("https://SCANNER.lab:PORT/review"),
        "server_no_scheme": _server("HOST:PORT/review"),
        "server_no_scheme_no_path": _server("HOST:PORT"),
        "server_one_slash": _server("https:/HOST:PORT/review"),
        "server_typo_scheme": _server("htps://HOST:PORT/review"),
        "server_no_colon": _server("https//HOST:PORT/review"),
        "server_space": _server("https://scan ner.lab:PORT/review"),
        "server_bad_port": _server("https://HOST:84x3/review"),
        "server_port_out_of_range": _server("https://HOST:99999/review"),
        "server_wrong_port": _server("https://HOST:1/review"),
        "server_no_port": _server("https://HOST/review"),
        "server_empty_port": _server("https://HOST:/review"),
        "server_wrong_path": _server("https://HOST:PORT/check"),
        "server_no_path": _server("https://HOST:PORT"),
        "server_trailing_slash": _server("https://HOST:PORT/review/"),
        "server_double_slash": _server("https://HOST:PORT//review"),
        "server_query": _server("https://HOST:PORT/review?x=1"),
        "server_fragment": _server("https://HOST:PORT/review#x"),
        "server_user": _server("https://me:pw@HOST:PORT/review"),
        "server_unknown_host": _server("https://nobody.lab:PORT/review"),
        "server_dotted_host": _server("https://HOST.:PORT/review"),
        "server_localhost": _server("https://localhost:PORT/review"),
        "server_address": _server("https://127.0.0.1:PORT/review"),
        "server_quoted": _server('"https://HOST:PORT/review"'),
        "server_empty": _server('""'),
        "server_null": _server("~"),
        "server_number": _server("8443"),
        "server_missing": _cluster(server=None),
        "cluster_empty": _tree(lambda v, s: v["clusters"][0].update(cluster={})),
        "cluster_null": _tree(lambda v, s: v["clusters"][0].update(cluster=None)),
        "clusters_null": _tree(lambda v, s: v.update(clusters=None)),
        "clusters_missing": _tree(lambda v, s: v.pop("clusters")),
        "clusters_mapping": _tree(lambda v, s: v.update(clusters={"a": 1})),
        "cluster_renamed": _tree(lambda v, s: v["clusters"][0].update(name="other")),
        "cluster_unnamed": _tree(lambda v, s: v["clusters"][0].pop("name")),
        "cluster_name_number": _text("- name: image-checker\n  cluster:", "- name: 5\n  cluster:"),
        "cluster_twice": _tree(lambda v, s: v["clusters"].append(dict(v["clusters"][0]))),
        "user_twice": _tree(lambda v, s: v["users"].append(dict(v["users"][0]))),
        "context_twice": _tree(lambda v, s: v["contexts"].append(dict(v["contexts"][0]))),
        "second_context": _tree(lambda v, s: v["contexts"].append({"name": "b", "context": {"cluster": "no"}})),
        "second_context_chosen": _tree(
            lambda v, s: (
                v["contexts"].append({"name": "b", "context": {"cluster": "no"}}),
                v.update({"current-context": "b"}),
            )
        ),
        "current_context_missing": _text("current-context: image-checker\n", ""),
        "current_context_empty": _text("current-context: image-checker", 'current-context: ""'),
        "current_context_null": _text("current-context: image-checker", "current-context:"),
        "current_context_wrong": _text("current-context: image-checker", "current-context: image-cheker"),
        "current_context_underscore": _text("current-context:", "current_context:"),
        "current_context_camel": _text("current-context:", "currentContext:"),
        "current_context_upper": _text("current-context:", "Current-Context:"),
        "contexts_missing": _tree(lambda v, s: v.pop("contexts")),
        "context_without_user": _tree(lambda v, s: v["contexts"][0]["context"].pop("user")),
        "context_without_cluster": _tree(lambda v, s: v["contexts"][0]["context"].pop("cluster")),
        "context_user_unknown": _tree(lambda v, s: v["contexts"][0]["context"].update(user="nobody")),
        "context_null": _tree(lambda v, s: v["contexts"][0].update(context=None)),
        "context_namespace": _tree(lambda v, s: v["contexts"][0]["context"].update(namespace="NOT valid")),
        "users_missing": _tree(lambda v, s: v.pop("users")),
        "user_empty": _tree(lambda v, s: v["users"][0].update(user={})),
        "no_client_certificate": _user(client_certificate=None),
        "no_client_key": _user(client_key=None),
        "no_client_pair": _user(client_certificate=None, client_key=None),
        "certificate_path_wrong": _user(client_certificate=f"{FOLDER}/cert.crt"),
        "key_path_wrong": _user(client_key=f"{FOLDER}/client.pem"),
        "ca_path_wrong": _cluster(certificate_authority=f"{FOLDER}/ca.pem"),
        "ca_path_folder": _cluster(certificate_authority=FOLDER),
        "ca_missing": _cluster(certificate_authority=None),
        "ca_key_misspelled": _text("certificate-authority:", "certificate-autority:"),
        "paths_relative": lambda s: s.replace(KUBECONFIG, f": {FOLDER}/", ": "),
        "paths_dotted": lambda s: s.replace(KUBECONFIG, f": {FOLDER}/", ": ../admission/./"),
        "paths_from_root": lambda s: s.replace(KUBECONFIG, f": {FOLDER}/", ": etc/kubernetes/admission/"),
        "paths_home": lambda s: s.replace(KUBECONFIG, f": {FOLDER}/", ": ~/"),
        "insecure_beside_ca": _cluster(insecure_skip_tls_verify=True),
        "insecure_false_beside_ca": _cluster(insecure_skip_tls_verify=False),
        "insecure_alone": _cluster(insecure_skip_tls_verify=True, certificate_authority=None),
        "insecure_quoted": _cluster(insecure_skip_tls_verify="true"),
        "insecure_beside_ca_http": both(
            _server("http://HOST:PORT/review"), _cluster(insecure_skip_tls_verify=True)
        ),
        "server_name": _cluster(tls_server_name=HOST),
        "server_name_wrong": _cluster(tls_server_name="other.lab"),
        "server_name_for_address": both(_server("https://127.0.0.1:PORT/review"), _cluster(tls_server_name=HOST)),
        "proxy_url": _cluster(proxy_url="http://127.0.0.1:1"),
        "proxy_url_bad": _cluster(proxy_url="ftp://127.0.0.1:1"),
        "data_all": lambda s: _embed(s, "certificate-authority", "client-certificate", "client-key"),
        "data_ca": lambda s: _embed(s, "certificate-authority"),
        "data_certificate_only": lambda s: _embed(s, "client-certificate"),
        "data_key_only": lambda s: _embed(s, "client-key"),
        "data_mismatched": both(
            _pem(KEY, lambda s: s.credentials.other_client.key),
            lambda s: _embed(s, "client-certificate", "client-key"),
        ),
        "data_certificate_mismatched": both(
            _pem(KEY, lambda s: s.credentials.other_client.key),
            lambda s: _embed(s, "client-certificate"),
        ),
        "data_and_path_ca": _tree(
            lambda v, s: v["clusters"][0]["cluster"].update({"certificate-authority-data": encoded(s.text(CA))})
        ),
        "data_and_path_certificate": _tree(
            lambda v, s: v["users"][0]["user"].update({"client-certificate-data": encoded(s.text(CERT))})
        ),
        "data_not_base64": _cluster(certificate_authority=None, certificate_authority_data="%%%"),
        "data_pem_unencoded": _tree(
            lambda v, s: (
                v["clusters"][0]["cluster"].pop("certificate-authority"),
                v["clusters"][0]["cluster"].update({"certificate-authority-data": s.text(CA)}),
            )
        ),
        "data_base64_garbage": _cluster(certificate_authority=None, certificate_authority_data="aGVsbG8="),
        "data_empty": _cluster(certificate_authority=None, certificate_authority_data=""),
        "data_wrapped": _tree(
            lambda v, s: (
                v["clusters"][0]["cluster"].pop("certificate-authority"),
                v["clusters"][0]["cluster"].update(
                    {"certificate-authority-data": encoded(s.text(CA))[:60] + "\n" + encoded(s.text(CA))[60:]}
                ),
            )
        ),
        "token_and_basic": _user(token="t", username="u", password="p"),
        "token": _user(token="t"),
        "token_file_missing": _user(tokenFile="/nowhere"),
        "impersonate_groups": _user(as_groups=["x"]),
        "auth_provider": _user(auth_provider={"name": "gcp"}),
        "auth_provider_unknown": _user(auth_provider={"name": "mine"}),
        "exec_incomplete": _user(exec={"command": "x"}),
        "kind_missing": _text("kind: Config\n", ""),
        "kind_wrong": _text("kind: Config\n", "kind: Kubeconfig\n"),
        "kind_lower": _text("kind: Config\n", "kind: config\n"),
        "apiversion_missing": _text("apiVersion: v1\n", ""),
        "apiversion_wrong": _text("apiVersion: v1\n", "apiVersion: v2\n"),
        "unknown_key": _text("apiVersion: v1\n", "apiVersion: v1\nextra: 1\n"),
        "duplicate_key": _text("kind: Config\n", "kind: Config\nkind: Config\n"),
        "duplicate_current_context": lambda s: s.write(
            KUBECONFIG, s.text(KUBECONFIG) + "current-context: nobody\n"
        ),
        "key_upper": _text("clusters:", "Clusters:"),
        "preferences": _text("kind: Config\n", "kind: Config\npreferences: {}\n"),
        "as_json": lambda s: s.write(KUBECONFIG, json.dumps(s.load(KUBECONFIG))),
        "as_json_with_comment": lambda s: s.write(KUBECONFIG, json.dumps(s.load(KUBECONFIG)) + "\n# end\n"),
        "kubeconfig_empty": lambda s: s.write(KUBECONFIG, ""),
        "kubeconfig_blank": lambda s: s.write(KUBECONFIG, "\n\n"),
        "kubeconfig_text": lambda s: s.write(KUBECONFIG, "hello"),
        "kubeconfig_list": lambda s: s.write(KUBECONFIG, "- a\n"),
        "kubeconfig_binary": lambda s: s.write(KUBECONFIG, b"\xff\xfe\xfd"),
        "kubeconfig_absent": lambda s: s.files.pop(KUBECONFIG, None),
        "kubeconfig_tab": _text("  cluster:", "\tcluster:"),
        "kubeconfig_crlf": lambda s: s.replace(KUBECONFIG, "\n", "\r\n"),
        "kubeconfig_bom": lambda s: s.write(KUBECONFIG, "\ufeff" + s.text(KUBECONFIG)),
        "kubeconfig_second_document": lambda s: s.write(KUBECONFIG, s.text(KUBECONFIG) + "---\nkind: X\n"),
        "kubeconfig_comment_separator": lambda s: s.write(KUBECONFIG, "# k\n---\n" + s.text(KUBECONFIG)),
        "ca_other": _pem(CA, lambda s: s.credentials.other_ca.pem),
        "ca_expired": _pem(CA, lambda s: s.credentials.expired_ca.pem),
        "ca_two": _pem(CA, lambda s: s.credentials.other_ca.pem + s.credentials.ca.pem),
        "ca_is_server_certificate": _pem(CA, lambda s: s.credentials.server.pem),
        "ca_is_client_certificate": _pem(CA, lambda s: s.credentials.client.pem),
        "ca_with_text": _pem(CA, lambda s: "subject=CN=ca\n" + s.credentials.ca.pem + "the end\n"),
        "ca_crlf": _pem(CA, lambda s: s.credentials.ca.pem.replace("\n", "\r\n")),
        "ca_empty": _pem(CA, lambda s: ""),
        "ca_garbage": _pem(CA, lambda s: "hello\n"),
        "ca_der": _pem(CA, lambda s: bytes.fromhex("3082010a") + b"\x00" * 20),
        "ca_is_key": _pem(CA, lambda s: s.credentials.client.key),
        "ca_truncated": _pem(CA, lambda s: s.credentials.ca.pem[:200]),
        "ca_broken_inside": _pem(
            CA, lambda s: "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n"
        ),
        "ca_broken_then_good": _pem(
            CA,
            lambda s: "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n" + s.credentials.ca.pem,
        ),
        "ca_self_signed_leaf": _pem(CA, lambda s: issue("x", hosts=(HOST,)).pem),
        "client_other": _client("other_client"),
        "client_expired": _client("expired_client"),
        "client_not_yet": _client("future_client"),
        "client_server_usage": _client("server_usage_client"),
        "client_bare": _client("bare_client"),
        "client_is_ca": _client("ca"),
        "client_key_other": _pem(KEY, lambda s: s.credentials.other_client.key),
        "client_key_sec1": _pem(KEY, lambda s: s.credentials.client.ec_key),
        "client_key_encrypted": _pem(KEY, lambda s: s.credentials.client.encrypted_key),
        "client_key_is_certificate": _pem(KEY, lambda s: s.credentials.client.pem),
        "client_key_empty": _pem(KEY, lambda s: ""),
        "client_swapped": both(
            _pem(KEY, lambda s: s.credentials.client.pem), _pem(CERT, lambda s: s.credentials.client.key)
        ),
        "client_one_file": both(
            _pem(CERT, lambda s: s.credentials.client.key + s.credentials.client.pem),
            _user(client_key=CERT),
        ),
        "client_with_chain": _pem(CERT, lambda s: s.credentials.client.pem + s.credentials.ca.pem),
        "client_chain_reversed": _pem(CERT, lambda s: s.credentials.ca.pem + s.credentials.client.pem),
        "client_absent": lambda s: s.files.pop(CERT, None),
    }
)
