"""Which causes a real API server's last words name."""

from __future__ import annotations

import re

_CAUSES = {
    "flag": r"unknown (shorthand )?flag|invalid argument|flag needs an argument|bad flag syntax|does not take any arg",
    "flag-file": r"open /etc/kubernetes/pki/[^ ]*: no such|/etc/kubernetes/pki/[^ ]* does not exist",
    "plugin-name": r"admission-(plugins|control) plugin \"?\\?\".*is unknown|overlapped|mutually exclusive",
    "config-unreadable": r"unable to read admission control configuration",
    "strict": r"strict decoding error",
    "kind": r"no kind \\?\".*is registered for version|Object '(Kind|apiVersion)' is missing"
    r"|unexpected GroupVersion string|unexpected type: |is unstructured",
    "type": r"cannot unmarshal|illegal base64",
    "no-config": r"no config specified",
    "plugin-path": r"Couldn't open admission plugin configuration",
    "range": r"valid value is between",
    "kubeconfig-unreadable": r"stat .*: (no such file or|not a) directory",
    "kubeconfig-invalid": r"error loading config file",
    "empty-config": r"no configuration has been provided|: EOF",
    "context": r"context was not found",
    "cluster": r"no server (found|defined)|cluster has no server|certificate-authority-data and"
    r"|invalid 'proxy-url'",
    "user": r"client-cert-data and|client-key-data (and|or)|more than one authentication|requesting uid"
    r"|[Nn]o Auth Provider|auth plugin has been removed"
    r"|must be specified for .* exec|open /nowhere: no such file",
    "server": r"host must be a URL",
    "certificate-unreadable": r"unable to read (client-cert|client-key|certificate-authority)"
    r"|read [^ ]*: is a directory",
    "insecure": r"specifying a root certificates file with the insecure flag",
    "ca": r"unable to load root certificates",
    "key-pair": r"tls: |asn1: |x509: malformed",
    "yaml": r"yaml: |json parse error|invalid character|Yaml document separator|json: offset"
    r"|unsupported map key|json: unsupported value|error converting YAML to JSON",
}


def causes(log: str) -> list[str]:
    """All causes that the error lines of a log name."""
    # A message of several lines follows `err=<`, indented by tabs.
    found = re.findall(r"^(?:E\d{4}.*command failed|F\d{4}|panic:|Error:|error:).*(?:\n\t.*)*", log, re.MULTILINE)
    words = "\n".join(found) or log[-2000:]
    return [cause for cause, pattern in _CAUSES.items() if re.search(pattern, words)]
