"""What a fatal message in the log of kube-apiserver v1.35 means, and what to do about it.

Each message was read from the sources of k8s.io/apiserver and k8s.io/client-go; most were seen on the
real v1.35.4.
"""

from __future__ import annotations

from ckslab.kubernetes.v1_35.message_row import Row, row
from ckslab.kubernetes.v1_35.refusal import Refusal

ETCD = row(
    "etcd",
    r"dial tcp \S+:23\d\d: |context deadline exceeded|failed to create storage",
    "the API server cannot reach etcd",
    "Compare the --etcd- flags with the manifest as it was, and look whether etcd runs.",
)

LISTENER = row(
    "listener",
    r"failed to listen on (?P<text>\S+): .*address already in use",
    "another process listens on the API server's port",
    "Look for a second manifest of an API server, and compare --secure-port with the manifest as it was.",
)
OTHER_FILE = row(
    "other-file",
    r"(?:open|stat|read) (?P<path>/[^\s:\]\"]+): "
    r"(?:no such file or directory|is a directory|not a directory|permission denied|too many levels of symbolic)",
    "the API server cannot open a file that it was told to read",
    "Make the path, the volumeMount and the volume's hostPath fit together.",
    "certificate-unreadable",
    "flag-file",
    "user",
)

CONTAINER_ROWS = (
    row(
        "config-file",
        r'unable to read admission control configuration from "(?P<path>[^"]+)"',
        "the API server cannot open the file that --admission-control-config-file names",
        "Make the path in the flag, the volumeMount and the volume's hostPath fit together.",
        "config-unreadable",
    ),
    row(
        "plugin-path",
        r"Couldn't open admission plugin configuration (?P<path>[^\s:]+)",
        "the API server cannot open the file that the plugin's path: names",
        "A relative path counts from the folder of the admission configuration.",
        "plugin-path",
    ),
    row(
        "kubeconfig-file",
        r"(?<!\w)stat (?P<path>[^\n:]+): (?:no such file|not a dir|too many levels of symbolic)"
        r'|error loading config file "(?P<text>[^"]+)": (?:open|read) ',
        "the API server cannot open the file that kubeConfigFile names",
        "kubeConfigFile is the path of a file inside the container.",
        "kubeconfig-unreadable",
        "kubeconfig-invalid",
    ),
    row(
        "certificate-file",
        r"unable to read (?P<text>client-key|client-cert|certificate-authority)\S* "
        r"(?P<path>\S+) for \S+ due to",
        "the API server cannot open a certificate or key that the webhook's kubeconfig names",
        "A relative path counts from the kubeconfig's folder, and the container must see every file.",
        "certificate-unreadable",
    ),
    row(
        "ttl-type",
        r"cannot unmarshal \w+(?: \S+)? into Go struct field \S*?imagePolicy\.(?P<text>\w+) of type",
        "a setting below imagePolicy has the wrong type",
        "TTLs and retryBackoff are plain numbers, defaultAllow is true or false without quotes.",
        "type",
    ),
    row(
        "wrong-type",
        r"cannot unmarshal \w+(?: \S+)? into Go (?:struct field|value)",
        "a field of a configuration file has the wrong type",
        "Compare the field with the documentation's example.",
        "type",
        "kubeconfig-invalid",
    ),
    row(
        "range",
        r"valid value is between \S+ and \S+, got",
        "a setting below imagePolicy is out of range",
        "allowTTL and denyTTL are seconds (1 to 1800), retryBackoff is milliseconds (1 to 300000).",
        "range",
    ),
    row(
        "kind",
        r'no kind "(?P<text>[^"]*)" is registered for version|'
        r'no version "(?P<version>[^"]*)" has been registered|'
        r"Object '(?:Kind|apiVersion)' is missing|unexpected GroupVersion string",
        "a configuration file has an apiVersion or kind that does not exist",
        "The admission configuration is apiserver.config.k8s.io/v1, kind AdmissionConfiguration.",
        "kind",
        "kubeconfig-invalid",
    ),
    row(
        "duplicate-key",
        r'(?:line (?P<line>\d+): key|duplicate field) "(?P<text>[^"]*)"',
        "a key stands twice in the admission configuration",
        "Remove one of the two.",
        "strict",
    ),
    row(
        "unknown-key",
        r'strict decoding error:.*unknown field "(?P<text>[^"]*)"',
        "the admission configuration has a key that does not exist",
        "Settings stand in a plugin's configuration: or in a file that its path: names.",
        "strict",
    ),
    row(
        "no-config",
        r"no config specified",
        "ImagePolicyWebhook is enabled, but the API server was given no settings for it",
        "Set --admission-control-config-file, and call the entry in plugins exactly ImagePolicyWebhook.",
        "no-config",
    ),
    row(
        "empty-config",
        r'no configuration has been provided|"ImagePolicyWebhook": EOF',
        "the webhook's kubeconfig is empty in effect: kubeConfigFile or current-context is missing",
        "The settings must stand below imagePolicy with kubeConfigFile, the kubeconfig needs current-context.",
        "empty-config",
        "context",
    ),
    row(
        "context",
        r"context was not found for specified context: (?P<text>\S+)",
        "current-context of the webhook's kubeconfig names no context",
        "Set it to the name of an entry of contexts.",
        "context",
    ),
    row(
        "cluster",
        r'no server found for cluster "(?P<text>[^"]*)"|cluster "(?P<other>[^"]*)" does not exist',
        "the webhook's kubeconfig has no server for its cluster",
        "Set clusters[].cluster.server, and let the context name that cluster.",
        "cluster",
    ),
    row(
        "server",
        r'host must be a URL or a host:port pair: "(?P<text>[^"]*)"',
        "the server in the webhook's kubeconfig is no URL",
        "Write it as https://HOST:PORT/PATH.",
        "server",
    ),
    row(
        "cluster-settings",
        r"certificate-authority-data and certificate-authority are both|invalid '(?P<text>proxy-url)'",
        "the webhook's kubeconfig has a cluster whose settings contradict each other, or are not valid",
        "Keep one of certificate-authority and certificate-authority-data; leave proxy-url out.",
        "cluster",
    ),
    row(
        "base64",
        r"illegal base64 data",
        "a field of the webhook's kubeconfig that ends in -data is not base64",
        "Name the file in the field without -data, or write what `base64 -w0 FILE` prints.",
        "kubeconfig-invalid",
    ),
    row(
        "duplicate-name",
        r'duplicate name "(?P<text>[^"]*)" in list',
        "two entries of one list in the webhook's kubeconfig have the same name",
        "Give each a name of its own, or remove one.",
        "kubeconfig-invalid",
    ),
    row(
        "user",
        r'auth info "(?P<text>[^"]*)" does not exist|invalid configuration:.*(?:user|auth info)'
        r"|client-(?:cert|key)-data and client-(?:cert|key) are both|must be specified for"
        r"|more than one authentication method|auth plugin has been removed|no Auth Provider found",
        "the context of the webhook's kubeconfig names no user, or the user is not valid",
        "Let the context name an entry of users, which has client-certificate and client-key and nothing else.",
        "user",
    ),
    row(
        "insecure",
        r"specifying a root certificates file with the insecure flag is not allowed",
        "insecure-skip-tls-verify stands beside a CA",
        "Remove insecure-skip-tls-verify.",
        "insecure",
    ),
    row(
        "key-pair",
        r"tls: (?:private key does not match public key|failed to find any PEM data)",
        "the webhook's client certificate and key do not belong together, or are not PEM",
        "Use the certificate and the key of the same pair.",
        "key-pair",
    ),
    row(
        "ca",
        r"unable to load root certificates|data does not contain any valid RSA or ECDSA certificates",
        "the webhook's CA is not a certificate",
        "Name the CA file of the scanner.",
        "ca",
    ),
    row(
        "plugin-name",
        r'(?P<flag>(?:enable|disable)-admission-plugins|admission-control) plugin "(?P<text>[^"]*)" is unknown',
        "an admission plugin is misspelled, or there is a space after a comma",
        "Write the names with commas and without spaces.",
        "plugin-name",
    ),
    row(
        "plugin-overlap",
        r"in (?P<flag>enable-admission-plugins) and (?P<beside>disable-admission-plugins) overlapped",
        "an admission plugin is both enabled and disabled",
        "Name it in one of the two flags.",
        "plugin-name",
    ),
    row(
        "plugin-lists",
        r"(?P<flag>admission-control) and (?P<name>enable-admission-plugins)/(?P<beside>disable-admission-plugins) "
        r"flags are",
        "the deprecated list of all plugins stands beside a list of some",
        "Name plugins in --enable-admission-plugins and --disable-admission-plugins alone.",
        "plugin-name",
    ),
    row(
        "flag-missing",
        r"--etcd-servers must be specified|service-account-issuer is a required flag|should be specified together"
        r"|either `--service-account-key-file` or|missing filename for serving cert"
        r"|KeyFile and CertFile must both be",
        "a flag is missing without which kube-apiserver does not start",
        "Put it back as it was: nothing of the kind was to be changed.",
        "flag-missing",
    ),
    row(
        "json",
        r"json parse error: (?!json: )|invalid character '(?P<text>[^']+)' (?:looking|after|in )",
        "a configuration file that begins with a brace is not valid JSON",
        "JSON has no comments and no comma after the last entry, and all its keys stand in double quotes.",
        "yaml",
    ),
    row(
        "yaml",
        r"(?:(?<![./\w])yaml: |error converting YAML to JSON|did not find expected|invalid character"
        r"|unsupported value: [+-]?(?:Inf|NaN)|unsupported map key)"
        r"(?:.*?line (?P<line>\d+))?",
        "a configuration file is not valid YAML",
        "Indent with spaces, never with tabs.",
        "yaml",
        "kubeconfig-invalid",
    ),
    row(
        "unknown-flag",
        r"(?:unknown (?:shorthand )?flag: (?:'.' in )?|bad flag syntax: )-{1,2}(?P<flag>[\w-]+)",
        "kube-apiserver has no such flag",
        "Compare the spelling with `kube-apiserver --help`, and begin it with two dashes.",
        "flag",
    ),
    row(
        "flag-value",
        r"flag needs an argument: --(?P<flag>[\w-]+)|"
        r"invalid argument .* for \"(?:-\w, )?--(?P<name>[\w-]+)\" flag",
        "a flag's value is missing or not valid",
        "Write --flag=value.",
        "flag",
    ),
    row(
        "argument",
        r'does not take any arguments, got \["(?P<text>[^"]*)"',
        "an argument is neither a flag nor the value of one",
        "Write --flag=value; a switch such as --profiling takes its value only behind `=`.",
        "flag",
    ),
    ETCD,
    LISTENER,
    OTHER_FILE,
)
"""Rows for the container's log; the first that matches counts, so the specific come first."""

OTHER = row(
    "other",
    r".",
    "the API server ends at its start",
    "Read the log line, and compare the manifest's flags with those at the start.",
)
"""For what no row knows; what it says is shown, and nobody loses points by it unless it names a changed flag."""


def row_of(cause: Refusal) -> Row:
    """The row that tells what the API server's refusal to start is called in its log."""
    return next((row for row in CONTAINER_ROWS if cause.cause in row.causes), OTHER)
