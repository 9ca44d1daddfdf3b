"""Who refused a request to the API server, and how: denials by kind, never by one string."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, Protocol

By = Literal[
    "image-policy-webhook",
    "validating-admission-policy",
    "admission-webhook",
    "pod-security",
    "rbac",
    "service-account",
    "quota",
    "validation",
    "other",
]
Kind = Literal["denied", "unreachable", "tls", "protocol"]
"""denied: it was asked and said no. The others: it could not be asked, and so the request was refused."""


class Answer(Protocol):
    """The API server's answer to one request, as far as it tells who refused it.

    outcome: "admitted", "denied" (a 4xx answer), "failed" (no answer, or a 5xx). code: HTTP status (0: no
    answer). message: of the Status object. warnings: the Warning headers.
    """

    @property
    def outcome(self) -> str:
        """Whether it was let in, refused, or not answered."""

    @property
    def code(self) -> int:
        """The HTTP status."""

    @property
    def message(self) -> str:
        """The message of the Status object."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """The Warning headers."""


@dataclass(frozen=True, slots=True)
class Denial:
    """A refused request. name: of the policy or webhook. reason: what it said."""

    by: By
    kind: Kind
    reason: str
    name: str = ""


# plugin/pkg/admission/imagepolicy/admission.go; old releases misspell it `webook`.
_BACKEND = re.compile(r"image policy (?:webhook|webook) backend denied one or more images: (.*)", re.DOTALL)
_BACKEND_SILENT = re.compile(r"one or more images rejected by webhook backend")
# The URL of the failed call; `failed calling webhook` is an admission webhook's, which has its own row.
_CALL = re.compile(r'is forbidden: (Post "https?://.*)', re.DOTALL)
_POLICY = re.compile(r"ValidatingAdmissionPolicy '([^']*)' with binding '[^']*' denied request: ?(.*)", re.DOTALL)
_WEBHOOK = re.compile(r'admission webhook "([^"]*)" denied the request(?:: ?(.*)| without explanation)', re.DOTALL)
_WEBHOOK_FAILED = re.compile(r'failed calling webhook "([^"]*)": ?(.*)', re.DOTALL)
_TLS = re.compile(
    r"\btls: |\bx509: |remote error: tls|server gave HTTP response to HTTPS client|certificate required"
)
_NETWORK = re.compile(
    r"dial tcp|no such host|connection refused|connection reset|broken pipe|\bEOF\b|i/o timeout|"
    r"context deadline exceeded|Client\.Timeout|network is unreachable|no route to host|server misbehaving|"
    r"proxyconnect|request canceled|TLS handshake timeout"
)


def classify(answer: Answer) -> Denial | None:
    """The denial that a request met; None if it was admitted or nobody can say (no answer, other 5xx)."""
    text = answer.message
    if answer.outcome == "admitted":
        return None
    if failed_call := _WEBHOOK_FAILED.search(text):  # a 500 of the API server, but about somebody else
        return Denial("admission-webhook", failure_kind(text), failed_call[2], failed_call[1])
    if answer.outcome == "failed":
        return None
    if found := _BACKEND.search(text):
        return Denial("image-policy-webhook", "denied", found[1].strip())
    if _BACKEND_SILENT.search(text):
        return Denial("image-policy-webhook", "denied", "")
    if found := _POLICY.search(text):
        return Denial("validating-admission-policy", "denied", found[2], found[1])
    if found := _WEBHOOK.search(text):
        return Denial("admission-webhook", "denied", found[2] or "", found[1])
    if found := _CALL.search(text):
        return Denial("image-policy-webhook", failure_kind(found[1]), found[1])
    return _built_in(answer)


def failure_kind(text: str) -> Kind:
    """How a call failed: by TLS, by the network, or after an answer that could not be used."""
    # A plain HTTP request to a TLS port is answered by a reset, or (a Go server) by 400: the first is a
    # matter of the network, the second of the protocol.
    if "TLS handshake timeout" not in text and _TLS.search(text):
        return "tls"
    return "unreachable" if _NETWORK.search(text) else "protocol"


def _built_in(answer: Answer) -> Denial:
    text = answer.message
    by: By = "other"
    if "error looking up service account" in text or "no API token found for service account" in text:
        by = "service-account"
    elif re.search(r"violates PodSecurity ", text):
        by = "pod-security"
    elif "exceeded quota" in text:
        by = "quota"
    elif answer.code == 401 or re.search(r'User "[^"]*" cannot ', text):
        by = "rbac"
    elif answer.code in (400, 422):
        by = "validation"
    elif _protocol_text(text):
        return Denial("image-policy-webhook", "protocol", text)
    return Denial(by, "denied", text)


def _protocol_text(text: str) -> bool:
    """What the plugin says of a non-2xx or undecodable reply of its backend.

    imagepolicy: `Error contacting webhook: 400`. client-go's rest.Request: `an error on the server
    ("...") has prevented the request from succeeding`, `the server
    could not find the requested resource`, `unknown (post ...)`; decoding: `couldn't get version/kind`.
    """
    return "is forbidden: " in text and bool(
        re.search(
            r"Error contacting webhook|an error on the server|"
            r"the server could not find the requested resource|"
            r"couldn't get version/kind|the server rejected our request|cannot unmarshal|"
            r"invalid character|the server responded with the status code|unexpected object|no kind \"",
            text,
        )
    )
