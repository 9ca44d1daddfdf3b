"""The flags of kube-apiserver v1.35.4, by what they take: those of --help, and deprecated ones."""

from __future__ import annotations


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


SWITCHES = _names("""
    aggregator-reject-forwarding-redirect allow-privileged anonymous-auth audit-log-batch-throttle-enable
    audit-log-compress audit-log-truncate-enabled audit-webhook-batch-throttle-enable
    audit-webhook-truncate-enabled contention-profiling disable-http2-serving emulation-forward-compatible
    enable-aggregator-routing enable-bootstrap-token-auth enable-garbage-collector enable-logs-handler
    enable-priority-and-fairness encryption-provider-config-automatic-reload help log-json-split-stream
    log-text-split-stream permit-address-sharing permit-port-sharing profiling
    runtime-config-emulation-forward-compatible service-account-extend-token-expiration
    service-account-lookup shutdown-send-retry-after version watch-cache
""")
"""Booleans, and --version: without `=` they take no value."""

NUMBERS = _names("""
    apiserver-count audit-log-batch-buffer-size audit-log-batch-max-size audit-log-batch-throttle-burst
    audit-log-maxage audit-log-maxbackup audit-log-maxsize audit-log-truncate-max-batch-size
    audit-log-truncate-max-event-size audit-webhook-batch-buffer-size audit-webhook-batch-max-size
    audit-webhook-batch-throttle-burst audit-webhook-truncate-max-batch-size
    audit-webhook-truncate-max-event-size default-not-ready-toleration-seconds
    default-unreachable-toleration-seconds default-watch-cache-size delete-collection-workers
    http2-max-streams-per-connection kubelet-port kubelet-read-only-port kubernetes-service-node-port
    lease-reuse-duration-seconds max-connection-bytes-per-sec max-mutating-requests-inflight
    max-requests-inflight min-request-timeout secure-port
""")
"""Whole numbers."""

DURATIONS = _names("""
    audit-log-batch-max-wait audit-webhook-batch-initial-backoff audit-webhook-batch-max-wait
    audit-webhook-initial-backoff authentication-token-webhook-cache-ttl
    authorization-webhook-cache-authorized-ttl authorization-webhook-cache-unauthorized-ttl
    coordinated-leadership-lease-duration coordinated-leadership-renew-deadline
    coordinated-leadership-retry-period etcd-compaction-interval etcd-count-metric-poll-period
    etcd-db-metric-poll-interval etcd-healthcheck-timeout etcd-readycheck-timeout event-ttl kubelet-timeout
    livez-grace-period log-flush-frequency request-timeout service-account-max-token-expiration
    shutdown-delay-duration shutdown-watch-termination-grace-period storage-initialization-timeout
""")
"""Such as 1m30s."""

LISTS = _names("""
    admission-control api-audiences authorization-mode cors-allowed-origins disable-admission-plugins
    disabled-metrics emulated-version enable-admission-plugins etcd-servers etcd-servers-overrides
    kubelet-preferred-address-types min-compatibility-version oidc-signing-algs requestheader-allowed-names
    requestheader-extra-headers-prefix requestheader-group-headers requestheader-uid-headers
    requestheader-username-headers strict-transport-security-directives tls-cipher-suites watch-cache-sizes
""")
"""Lists of strings: each setting is one CSV record (pflag's StringSlice), and settings add up."""

FILES = _names("""
    audit-policy-file audit-webhook-config-file authentication-config
    authentication-token-webhook-config-file authorization-config authorization-policy-file
    authorization-webhook-config-file client-ca-file egress-selector-config-file encryption-provider-config
    etcd-cafile etcd-certfile etcd-keyfile kubelet-certificate-authority kubelet-client-certificate
    kubelet-client-key oidc-ca-file proxy-client-cert-file proxy-client-key-file
    requestheader-client-ca-file service-account-key-file service-account-signing-key-file tls-cert-file
    tls-private-key-file token-auth-file tracing-config-file
""")
"""Each names a file that must be there at the start. --peer-ca-file is not read (its feature gate is off), and the
admission configuration has rules of its own."""

_OTHERS = _names("""
    admission-control-config-file advertise-address allow-metric-labels allow-metric-labels-manifest
    audit-log-batch-throttle-qps
    audit-log-format audit-log-mode audit-log-path audit-log-version audit-webhook-batch-throttle-qps
    audit-webhook-mode audit-webhook-version authentication-token-webhook-version
    authorization-webhook-version bind-address cert-dir debug-socket-path endpoint-reconciler-type
    etcd-prefix external-hostname feature-gates goaway-chance log-json-info-buffer-size
    log-text-info-buffer-size logging-format oidc-client-id oidc-groups-claim oidc-groups-prefix
    oidc-issuer-url oidc-required-claim oidc-username-claim oidc-username-prefix peer-advertise-ip
    peer-advertise-port peer-ca-file runtime-config service-account-issuer service-account-jwks-uri
    service-account-signing-endpoint service-cluster-ip-range service-node-port-range
    show-hidden-metrics-for-version storage-backend storage-media-type tls-min-version tls-sni-cert-key v
    vmodule
""")

KNOWN = SWITCHES | NUMBERS | DURATIONS | LISTS | FILES | _OTHERS
