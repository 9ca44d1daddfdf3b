"""Mutations of the API server's command line and mounts."""

from __future__ import annotations

import posixpath

from tests.tools.fidelity.mutation import Mutation, both
from tests.tools.fidelity.setup import FOLDER, OUTER, Setup

MANIFEST: dict[str, Mutation] = {}

_CONFIG = f"--admission-control-config-file={OUTER}"
_ENABLE = "--enable-admission-plugins=NodeRestriction,ImagePolicyWebhook"


def _argument(old: str, *new: str) -> Mutation:
    def change(setup: Setup) -> None:
        if old in setup.command:
            at = setup.command.index(old)
            setup.command[at : at + 1] = new

    return change


def _mount(**fields: object) -> Mutation:
    def change(setup: Setup) -> None:
        for mount in setup.mounts[:1]:
            mount.update(fields)

    return change


def _move_folder(setup: Setup) -> None:
    for name in [name for name in setup.files if name.startswith(FOLDER)]:
        setup.files[name.replace(FOLDER, "/root/admission")] = setup.files.pop(name)


def _host(path: str, kind: str = "") -> Mutation:
    def change(setup: Setup) -> None:
        if setup.volumes:
            setup.volumes[0]["hostPath"] = {"path": path, "type": kind}

    return change


def _link(name: str, target: str) -> Mutation:
    def change(setup: Setup) -> None:
        if f"{FOLDER}/{name}" in setup.files:
            setup.write(posixpath.join(FOLDER, target), setup.files.pop(f"{FOLDER}/{name}"))
            setup.links[f"{FOLDER}/{name}"] = target

    return change


def _drop_mount(name: str) -> Mutation:
    def change(setup: Setup) -> None:
        setup.mounts[:] = [mount for mount in setup.mounts if mount["name"] != name]

    return change


MANIFEST.update(
    {
        "no_config_flag": _argument(_CONFIG),
        "config_flag_empty": _argument(_CONFIG, "--admission-control-config-file="),
        "config_flag_wrong": _argument(_CONFIG, f"--admission-control-config-file={FOLDER}/config.yaml"),
        "config_flag_folder": _argument(_CONFIG, f"--admission-control-config-file={FOLDER}"),
        "config_flag_relative": _argument(_CONFIG, f"--admission-control-config-file={OUTER[1:]}"),
        "config_flag_two_words": _argument(_CONFIG, "--admission-control-config-file", OUTER),
        "config_flag_twice": _argument(_CONFIG, "--admission-control-config-file=/nowhere", _CONFIG),
        "config_flag_twice_last_wrong": _argument(_CONFIG, _CONFIG, "--admission-control-config-file=/nowhere"),
        "config_flag_underscores": _argument(_CONFIG, f"--admission_control_config_file={OUTER}"),
        "plugin_not_enabled": _argument(_ENABLE, "--enable-admission-plugins=NodeRestriction"),
        "plugin_alone": _argument(_ENABLE, "--enable-admission-plugins=ImagePolicyWebhook"),
        "plugin_first": _argument(_ENABLE, "--enable-admission-plugins=ImagePolicyWebhook,NodeRestriction"),
        "plugin_misspelled": _argument(_ENABLE, "--enable-admission-plugins=NodeRestriction,ImagePolicyWebHook"),
        "plugin_space": _argument(_ENABLE, "--enable-admission-plugins=NodeRestriction, ImagePolicyWebhook"),
        "plugin_trailing_comma": _argument(
            _ENABLE, "--enable-admission-plugins=NodeRestriction,ImagePolicyWebhook,"
        ),
        "plugin_twice": _argument(_ENABLE, "--enable-admission-plugins=ImagePolicyWebhook,ImagePolicyWebhook"),
        "plugin_quoted": _argument(_ENABLE, '--enable-admission-plugins="NodeRestriction,ImagePolicyWebhook"'),
        "plugin_two_flags": _argument(
            _ENABLE,
            "--enable-admission-plugins=NodeRestriction",
            "--enable-admission-plugins=ImagePolicyWebhook",
        ),
        "plugin_empty": _argument(_ENABLE, "--enable-admission-plugins="),
        "plugin_no_flag": _argument(_ENABLE),
        "plugin_disabled_too": _argument(_ENABLE, _ENABLE, "--disable-admission-plugins=ImagePolicyWebhook"),
        "other_disabled": _argument(_ENABLE, _ENABLE, "--disable-admission-plugins=Priority"),
        "unknown_disabled": _argument(_ENABLE, _ENABLE, "--disable-admission-plugins=Nobody"),
        "no_mount": _drop_mount("admission"),
        "no_mounts": lambda s: s.mounts.clear(),
        "mount_elsewhere": _mount(mountPath="/etc/kubernetes/admissions"),
        "mount_parent": both(_mount(mountPath="/etc/kubernetes"), _host("/etc/kubernetes")),
        "mount_trailing_slash": _mount(mountPath=f"{FOLDER}/"),
        "mount_writable": _mount(readOnly=False),
        "mount_sub_path": both(_mount(subPath="admission"), _host("/etc/kubernetes")),
        "host_elsewhere": _host("/etc/kubernetes/admisson", "DirectoryOrCreate"),
        "host_trailing_slash": _host(f"{FOLDER}/", "Directory"),
        "mount_single_file": both(_mount(mountPath=OUTER), _host(OUTER, "File")),
        "files_elsewhere_mounted_here": both(_host("/root/admission", "Directory"), _move_folder),
        "no_mounts_of_certificates": _drop_mount("k8s-certs"),
        "certificates_from_elsewhere": lambda s: s.volumes[-1].update(hostPath={"path": "/etc/kubernetes/pki2"}),
        "link_inside": _link("ca.crt", "real/ca.crt"),
        "link_outside": _link("ca.crt", "/root/ca.crt"),
        "link_kubeconfig_outside": _link("kubeconf", "/root/kubeconf"),
        "link_config_outside": _link("admission_config.yaml", "/root/admission_config.yaml"),
    }
)
