"""The admission plugins of kube-apiserver v1.35.4 (its --help): on by default, known, made before ours."""

from __future__ import annotations

DEFAULT = frozenset(
    """NamespaceLifecycle LimitRanger ServiceAccount TaintNodesByCondition PodSecurity Priority
    DefaultTolerationSeconds DefaultStorageClass StorageObjectInUseProtection PersistentVolumeClaimResize
    RuntimeClass CertificateApproval CertificateSigning ClusterTrustBundleAttest CertificateSubjectRestriction
    DefaultIngressClass PodTopologyLabels NodeDeclaredFeatureValidator MutatingAdmissionPolicy
    MutatingAdmissionWebhook ValidatingAdmissionPolicy ValidatingAdmissionWebhook ResourceQuota""".split()
)

KNOWN = DEFAULT | frozenset(
    """AlwaysAdmit AlwaysDeny AlwaysPullImages DenyServiceExternalIPs EventRateLimit
    ExtendedResourceToleration ImagePolicyWebhook LimitPodHardAntiAffinityTopology NamespaceAutoProvision NamespaceExists NodeRestriction
    OwnerReferencesPermissionEnforcement PodNodeSelector PodTolerationRestriction""".split()
)

BEFORE = frozenset(
    """AlwaysAdmit NamespaceAutoProvision NamespaceLifecycle NamespaceExists LimitPodHardAntiAffinityTopology
    LimitRanger ServiceAccount NodeRestriction TaintNodesByCondition AlwaysPullImages""".split()
)
"""Those that are made before ImagePolicyWebhook (kubeapiserver/options/plugins.go)."""
