"""The client that a webhook's kubeconfig makes."""

from __future__ import annotations

from dataclasses import dataclass, field

from ckslab.kubernetes.kubeconfig.decode import Kubeconfig
from ckslab.kubernetes.kubeconfig.server_url import ServerUrl
from ckslab.kubernetes.node_file import Where
from ckslab.kubernetes.static_pod.container_files import Seen
from ckslab.kubernetes.v1_35.refusal import Refusal


@dataclass(frozen=True)
class Pem:
    """PEM text as the API server has it, and where it comes from.

    reread: it is read again at handshakes (transport.Config.ReloadTLSFiles). seen: its file, if it is one.
    """

    text: str
    where: Where
    reread: bool = False
    seen: Seen | None = None


@dataclass
class Client:
    """What the webhook's client works with, as far as it is known.

    refusals: why there is no client. url: None if the server cannot be read. ca, certificate, key: None
    where there is none, or it cannot be read.
    """

    kubeconfig: Kubeconfig
    url: ServerUrl | None = None
    server_name: str = ""
    insecure: bool = False
    ca: Pem | None = None
    certificate: Pem | None = None
    key: Pem | None = None
    proxy: str = ""
    refusals: list[Refusal] = field(default_factory=list)
