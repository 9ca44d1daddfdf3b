"""The admission plugins of kube-apiserver v1.35.4: on by default, known, made before ours, on with some flags."""

from __future__ import annotations

from ckslab.kubernetes.static_pod.flags import Flags, entries

ENABLE_FLAG = "enable-admission-plugins"
DISABLE_FLAG = "disable-admission-plugins"
ONLY_FLAG = "admission-control"
"""Deprecated: it names all that are on, and stands beside neither of the other two."""
PLUGIN_FLAGS = frozenset((ENABLE_FLAG, DISABLE_FLAG, ONLY_FLAG))

DEFAULT = frozenset(
    (
        "NamespaceLifecycle",
        "LimitRanger",
        "ServiceAccount",
        "TaintNodesByCondition",
        "PodSecurity",
        "Priority",
        "DefaultTolerationSeconds",
        "DefaultStorageClass",
        "StorageObjectInUseProtection",
        "PersistentVolumeClaimResize",
        "RuntimeClass",
        "CertificateApproval",
        "CertificateSigning",
        "ClusterTrustBundleAttest",
        "CertificateSubjectRestriction",
        "DefaultIngressClass",
        "PodTopologyLabels",
        "NodeDeclaredFeatureValidator",
        "MutatingAdmissionPolicy",
        "MutatingAdmissionWebhook",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionWebhook",
        "ResourceQuota",
    )
)
"""On without a flag (kube-apiserver --help)."""

KNOWN = DEFAULT | {
    "AlwaysAdmit",
    "AlwaysDeny",
    "AlwaysPullImages",
    "DenyServiceExternalIPs",
    "EventRateLimit",
    "ExtendedResourceToleration",
    "ImagePolicyWebhook",
    "LimitPodHardAntiAffinityTopology",
    "NamespaceAutoProvision",
    "NamespaceExists",
    "NodeRestriction",
    "OwnerReferencesPermissionEnforcement",
    "PodNodeSelector",
    "PodTolerationRestriction",
}
"""All that the flags may name."""

BEFORE = frozenset(
    (
        "AlwaysAdmit",
        "NamespaceAutoProvision",
        "NamespaceLifecycle",
        "NamespaceExists",
        "LimitPodHardAntiAffinityTopology",
        "LimitRanger",
        "ServiceAccount",
        "NodeRestriction",
        "TaintNodesByCondition",
        "AlwaysPullImages",
    )
)
"""Those that are made before ImagePolicyWebhook (pkg/kubeapiserver/options/plugins.go)."""


def enabled_plugins(flags: Flags) -> frozenset[str]:
    """What is on with these flags, misspelled names included (the API server does not start with those).

    computePluginNames of pkg/kubeapiserver/options and enabledPluginNames of k8s.io/apiserver: one that both flags
    name would be on, but is refused before.
    """
    if ONLY_FLAG in flags:
        return frozenset(entries(flags[ONLY_FLAG]))
    off = entries(flags.get(DISABLE_FLAG, ()))
    return (DEFAULT - set(off)) | set(entries(flags.get(ENABLE_FLAG, ())))


def why_off(flags: Flags, plugin: str) -> tuple[str, str]:
    """The flag that keeps a plugin off, and how, in words."""
    if ONLY_FLAG in flags:
        return ONLY_FLAG, f"--{ONLY_FLAG} switches off all that it does not name"
    if plugin in entries(flags.get(DISABLE_FLAG, ())):
        return DISABLE_FLAG, f"--{DISABLE_FLAG} names it"
    return ENABLE_FLAG, f"--{ENABLE_FLAG} does not name it"
