"""Mutations of what lies between a manifest and its process: links, variables, keys that stand twice, mounts, lists."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import Any

from tests.tools.fidelity.mutation import Mutation, both
from tests.tools.fidelity.setup import FOLDER, KUBECONFIG, OUTER, PKI, Setup

NODE: dict[str, Mutation] = {}

_ENABLE = "--enable-admission-plugins=NodeRestriction,ImagePolicyWebhook"


def _arguments(change: Mapping[str, list[str]]) -> Mutation:
    """Each argument that begins so is replaced by these."""

    def apply(setup: Setup) -> None:
        for old, new in change.items():
            found = [index for index, text in enumerate(setup.command) if text.startswith(old)]
            for index in found[-1:]:
                setup.command[index : index + 1] = new

    return apply


def _more(*arguments: str) -> Mutation:
    return lambda setup: setup.command.extend(arguments)


# --- links ----------------------------------------------------------------------------------------------


def _moved(name: str, place: str, links: Mapping[str, str]) -> Mutation:
    """The file goes to `place`, and these links are made; all paths count from the admission folder."""

    def change(setup: Setup) -> None:
        path = f"{FOLDER}/{name}"
        if path in setup.files:
            setup.write(posixpath.normpath(posixpath.join(FOLDER, place)), setup.files.pop(path))
            setup.links.update({posixpath.join(FOLDER, link): target for link, target in links.items()})

    return change


def _linked_folder(setup: Setup) -> None:
    """The mounted folder itself is a link on the node."""
    for name in [name for name in setup.files if name.startswith(f"{FOLDER}/")]:
        setup.files[name.replace(FOLDER, "/root/real")] = setup.files.pop(name)
    setup.links[FOLDER] = "/root/real"


def _as_config_map(setup: Setup) -> None:
    """Every file is a link through ..data, as the kubelet lays a ConfigMap."""
    for path in [name for name in setup.files if posixpath.dirname(name) == FOLDER]:
        name = posixpath.basename(path)
        setup.files[f"{FOLDER}/..2026/{name}"] = setup.files.pop(path)
        setup.links[path] = f"..data/{name}"
    setup.links[f"{FOLDER}/..data"] = "..2026"


NODE.update(
    {
        "link_absolute": _moved("ca.crt", "ca.pem", {"ca.crt": f"{FOLDER}/ca.pem"}),
        "link_relative": _moved("ca.crt", "ca.pem", {"ca.crt": "./ca.pem"}),
        "link_chain": _moved("kubeconf", "k3", {"kubeconf": "k1", "k1": f"{FOLDER}/k2", "k2": "../admission/k3"}),
        "link_of_configuration": _moved("admission_config.yaml", "a.yaml", {"admission_config.yaml": "a.yaml"}),
        "link_as_config_map": _as_config_map,
        "link_to_certificates": _moved("ca.crt", f"{PKI}/scanner.crt", {"ca.crt": f"{PKI}/scanner.crt"}),
        "link_relative_to_certificates": _moved("ca.crt", f"{PKI}/scanner.crt", {"ca.crt": "../pki/scanner.crt"}),
        "link_climbs_out": _moved("ca.crt", "../ca.crt", {"ca.crt": "../ca.crt"}),
        "link_dangling": _moved("client.key", "gone/../other.key", {"client.key": "no.key"}),
        "link_circle": _moved("client.crt", "other.crt", {"client.crt": "loop", "loop": "client.crt"}),
        "link_circle_of_kubeconfig": _moved("kubeconf", "other", {"kubeconf": "kubeconf"}),
        "link_folder": _moved("ca.crt", "v2/ca.pem", {"now": "v2", "ca.crt": "now/ca.pem"}),
        "link_through_file": _moved("ca.crt", "ca.pem", {"ca.crt": "ca.pem/ca.pem"}),
        "link_of_mounted_folder": _linked_folder,
        "link_only_right_inside": both(
            _linked_folder,
            lambda s: s.links.update({"/root/real/ca2.crt": f"{FOLDER}/ca.crt"}),
            lambda s: s.replace(KUBECONFIG, f"{FOLDER}/ca.crt", f"{FOLDER}/ca2.crt"),
        ),
        "link_only_right_on_node": both(
            _linked_folder,
            lambda s: s.links.update({"/root/real/ca2.crt": "/root/real/ca.crt"}),
            lambda s: s.replace(KUBECONFIG, f"{FOLDER}/ca.crt", f"{FOLDER}/ca2.crt"),
        ),
        "link_twenty": _moved(
            "ca.crt", "l20", {"ca.crt": "l1", **{f"l{number}": f"l{number + 1}" for number in range(1, 20)}}
        ),
    }
)

# --- what the kubelet rewrites --------------------------------------------------------------------------


def _variable(
    text: str, reference: str, env: list[dict[str, Any]], places: tuple[str, ...] = ("command",)
) -> Mutation:
    """The manifest says `reference` where the process gets `text`."""

    def write(pod: dict[str, Any]) -> None:
        container = pod["spec"]["containers"][0]
        container["env"] = env + container.get("env", [])
        written = [each.replace(text, reference) for each in container["command"]]
        container["command"] = written
        if places != ("command",):
            container["command"], container["args"] = written[:1], written[1:]

    return lambda setup: setup.written.append(write)


def _literal(text: str, written: str, process: str) -> Mutation:
    """The manifest says `written`, of which the kubelet makes `process`."""

    def change(setup: Setup) -> None:
        def write(pod: dict[str, Any]) -> None:
            container = pod["spec"]["containers"][0]
            container["command"] = [each.replace(process, written) for each in container["command"]]

        setup.command[:] = [each.replace(text, process) for each in setup.command]
        setup.written.append(write)

    return change


_DIR = {"name": "DIR", "value": FOLDER}

NODE.update(
    {
        "variable": _variable(FOLDER, "$(DIR)", [_DIR]),
        "variable_in_args": _variable(FOLDER, "$(DIR)", [_DIR], ("command", "args")),
        "variable_of_variable": _variable(
            FOLDER, "$(DIR)", [{"name": "ROOT", "value": "/etc/kubernetes"}, {**_DIR, "value": "$(ROOT)/admission"}]
        ),
        "variable_twice": _variable(FOLDER, "$(DIR)", [{**_DIR, "value": "/nowhere"}, _DIR]),
        "variable_whole_flag": _variable(_ENABLE, "$(FLAG)", [{"name": "FLAG", "value": _ENABLE}]),
        "variable_empty": _variable("NodeRestriction", "$(NONE)NodeRestriction", [{"name": "NONE", "value": ""}]),
        "variable_unknown": _literal(FOLDER, "$(GONE)", "$(GONE)"),
        "variable_escaped": both(_variable("/none", "/none", [_DIR]), _literal(FOLDER, "$$(DIR)", "$(DIR)")),
        "variable_of_later": both(
            _variable(
                "/none", "/none", [{"name": "EARLY", "value": "$(LATE)/x"}, {"name": "LATE", "value": "late"}]
            ),
            _literal(OUTER, "$(EARLY)", "$(LATE)/x"),
        ),
        "dollar_alone": _literal("NodeRestriction,", "NodeRestriction$,", "NodeRestriction$,"),
        "dollar_in_braces": _literal(FOLDER, "${DIR}", "${DIR}"),
    }
)

# --- keys that stand twice, and JSON --------------------------------------------------------------------


def _second_mounts(*names: str) -> Mutation:
    """Another `volumeMounts:` behind the first: it alone counts."""

    def change(setup: Setup) -> None:
        lost = [mount for mount in setup.mounts if mount["name"] not in names]
        setup.mounts[:] = [mount for mount in setup.mounts if mount["name"] in names]

        def edit(text: str) -> str:
            items = "".join(f"    - name: {each['name']}\n      mountPath: {each['mountPath']}\n" for each in lost)
            return text.replace("    volumeMounts:\n", f"    volumeMounts:\n{items}    volumeMounts:\n", 1)

        if not setup.as_json:
            setup.edited.append(edit)

    return change


def _doubled(path: str, key: str) -> Mutation:
    """The line of a key stands a second time."""

    def change(setup: Setup) -> None:
        setup.write(path, re.sub(rf"^(.*\b{key}:.*\n)", r"\1\1", setup.text(path), count=1, flags=re.MULTILINE))

    return change


def _as_json(setup: Setup) -> None:
    if not setup.edited:
        setup.as_json = True


NODE.update(
    {
        "second_mounts_without_certificates": _second_mounts("admission"),
        "second_mounts_without_admission": _second_mounts("k8s-certs"),
        "second_mounts_with_all": _second_mounts("admission", "k8s-certs"),
        "doubled_kind": _doubled(OUTER, "kind"),
        "doubled_name": _doubled(OUTER, "apiVersion"),
        "doubled_server": _doubled(KUBECONFIG, "server"),
        "doubled_context": _doubled(KUBECONFIG, "current-context"),
        "json_manifest": _as_json,
    }
)

# --- several mounts -------------------------------------------------------------------------------------


def _files_one_by_one(*names: str) -> Mutation:
    """Each of these files has a mount of its own, the rest of the folder none."""

    def change(setup: Setup) -> None:
        setup.mounts[:] = [mount for mount in setup.mounts if mount["name"] != "admission"]
        setup.volumes[:] = [volume for volume in setup.volumes if volume["name"] != "admission"]
        for number, name in enumerate(names):
            setup.mounts.append({"name": f"file-{number}", "mountPath": f"{FOLDER}/{name}"})
            setup.volumes.append({"name": f"file-{number}", "hostPath": {"path": f"{FOLDER}/{name}"}})

    return change


def _mount(name: str, path: str, source: str, **more: str) -> Mutation:
    def change(setup: Setup) -> None:
        setup.mounts.append({"name": name, "mountPath": path, **more})
        setup.volumes.append({"name": name, "hostPath": {"path": source}})

    return change


_FIVE = ("admission_config.yaml", "kubeconf", "ca.crt", "client.crt", "client.key")

NODE.update(
    {
        "each_file_mounted": _files_one_by_one(*_FIVE),
        "one_file_mounted": _files_one_by_one(*_FIVE[:1]),
        "all_but_the_key_mounted": _files_one_by_one(*_FIVE[:4]),
        "all_but_the_kubeconfig_mounted": _files_one_by_one(_FIVE[0], *_FIVE[2:]),
        "mount_over_a_file": _mount("over", f"{FOLDER}/ca.crt", f"{PKI}/apiserver.key"),
        "mount_inside": both(
            _moved("ca.crt", "/root/certs/ca.pem", {"ca.crt": "certs/ca.pem"}),
            lambda s: s.write(f"{FOLDER}/certs/.keep", ""),
            _mount("inside", f"{FOLDER}/certs", "/root/certs"),
        ),
        "mount_of_sub_path": both(
            _moved("ca.crt", "/root/all/ca.pem", {"ca.crt": "/sub/ca.pem"}),
            _mount("sub", "/sub", "/root", subPath="all"),
        ),
        "mount_beside": _mount("beside", "/srv", "/etc/kubernetes"),
    }
)

# --- lists and flags ------------------------------------------------------------------------------------

NODE.update(
    {
        "disabled_defaults": _more("--disable-admission-plugins=PodSecurity,LimitRanger,ResourceQuota"),
        "disabled_and_enabled_default": _more(
            "--disable-admission-plugins=PodSecurity", "--enable-admission-plugins=PodSecurity"
        ),
        "disabled_two_flags": _more(
            "--disable-admission-plugins=Priority", "--disable_admission_plugins=LimitRanger"
        ),
        "disabled_space": _more("--disable-admission-plugins=Priority, LimitRanger"),
        "disabled_ours_in_second_flag": _more(
            "--disable-admission-plugins=Priority", "--disable-admission-plugins=ImagePolicyWebhook"
        ),
        "disabled_empty": _more("--disable-admission-plugins="),
        "only_list": _arguments(
            {_ENABLE: ["--admission-control=NodeRestriction,ImagePolicyWebhook,ServiceAccount"]}
        ),
        "only_list_without_ours": _arguments({_ENABLE: ["--admission-control=NodeRestriction,ServiceAccount"]}),
        "only_list_beside": _more("--admission-control=ImagePolicyWebhook,ServiceAccount"),
        "only_list_unknown": _arguments({_ENABLE: ["--admission-control=ImagePolicyWebHook"]}),
        "list_quoted_entries": _arguments(
            {_ENABLE: ['--enable-admission-plugins="NodeRestriction","ImagePolicyWebhook"']}
        ),
        "list_quote_missing": _arguments(
            {_ENABLE: ['--enable-admission-plugins="NodeRestriction,ImagePolicyWebhook']}
        ),
        "list_quote_inside": _arguments(
            {_ENABLE: ['--enable-admission-plugins=NodeRestriction,Image"Policy"Webhook']}
        ),
        "list_newline": _arguments({_ENABLE: ["--enable-admission-plugins=NodeRestriction,ImagePolicyWebhook\nx"]}),
        "flag_and_value_in_one_item": _arguments({_ENABLE: [_ENABLE.replace("=", " ")]}),
        "flag_unknown": _more("--enable-admission-plugin=ImagePolicyWebhook"),
        "flag_removed": _more("--insecure-port=0"),
        "flag_one_dash": _arguments({_ENABLE: [_ENABLE[1:]]}),
        "flag_three_dashes": _arguments({_ENABLE: [f"-{_ENABLE}"]}),
        "flag_without_value": _more("--admission-control-config-file"),
        "flag_takes_a_flag": _arguments({_ENABLE: ["--enable-admission-plugins", "--profiling=false"]}),
        "flag_not_a_switch": _more("--profiling=maybe"),
        "flag_switch_apart": _more("--profiling", "false"),
        "flag_not_a_number": _more("--max-requests-inflight=many"),
        "flag_not_a_duration": _more("--request-timeout=60"),
        "flag_good_values": _more(
            "--profiling", "--max-requests-inflight=0x190", "--request-timeout=1m0.5s", "-v=2"
        ),
        "argument_alone": _more("ImagePolicyWebhook"),
        "argument_after_the_end": _more("--", "--enable-admission-plugins=Nobody"),
        "argument_empty": _more(""),
        "config_flag_quoted": _arguments(
            {"--admission-control-config": [f'--admission-control-config-file="{OUTER}"']}
        ),
    }
)
