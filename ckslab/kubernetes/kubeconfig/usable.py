"""Whether a webhook's kubeconfig can be used: clientcmd's ConfirmUsable, then client-go's transport."""

from __future__ import annotations

from collections.abc import Callable

from ckslab.kubernetes.certificates.pem import certificates, pair_problem
from ckslab.kubernetes.kubeconfig.client import Client, Pem
from ckslab.kubernetes.kubeconfig.decode import Kubeconfig
from ckslab.kubernetes.kubeconfig.server_url import parse_server
from ckslab.kubernetes.node_file import Where
from ckslab.kubernetes.static_pod.container_files import ContainerFiles
from ckslab.kubernetes.v1_35.refusal import Cause, Refusal

_CLUSTER_FILES = ("certificate-authority",)
_USER_FILES = ("client-certificate", "client-key", "tokenFile")

EMPTY_CONFIG = (
    "invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER environment variable"
)
"""clientcmd's words for a kubeconfig, or none, that names no cluster."""


def build_client(config: Kubeconfig, files: ContainerFiles) -> Client:
    """Follows webhook.LoadKubeconfig and rest.UnversionedRESTClientFor of v0.35.4."""
    client = Client(config, refusals=list(config.refusals))
    if client.refusals:
        return client
    _Builder(client, files).build()
    return client


class _Builder:
    """Fills one Client; refusals come in the order in which the API server meets them."""

    def __init__(self, client: Client, files: ContainerFiles) -> None:
        self.client = client
        self.config = client.kubeconfig
        self.files, self.open = files, files.open
        self.cluster = self.config.cluster.fields if self.config.cluster else {}
        self.user = self.config.user.fields if self.config.user else {}

    def refuse(self, cause: Cause, reason: str, where: Where) -> None:
        self.client.refusals.append(Refusal(cause, reason, where))

    def build(self) -> None:
        named = (*map(self.cluster.get, _CLUSTER_FILES), *map(self.user.get, _USER_FILES))
        self.files.ask(self.config.resolve(str(path)) for path in named if path)
        self._confirm_context()
        self._confirm_user()
        self._confirm_cluster()
        client, server = self.client, self.cluster.get("server") or ""
        client.url = parse_server(server) if server else None
        client.proxy = self.cluster.get("proxy-url") or ""
        client.server_name = self.cluster.get("tls-server-name") or (client.url.host if client.url else "")
        client.insecure = bool(self.cluster.get("insecure-skip-tls-verify"))
        client.ca = self._pem(self.cluster, "certificate-authority", self.config.cluster_place)
        if self._named(self.user, "client-certificate"):
            client.certificate = self._pem(self.user, "client-certificate", self.config.user_place)
            client.key = self._pem(self.user, "client-key", self.config.user_place)
        if server and client.url is None:
            reason = f'host must be a URL or a host:port pair: "{server}"'
            self.refuse("server", reason, self.config.cluster_place("server"))
        if client.url and client.url.scheme == "https":
            self._transport()

    def _confirm_context(self) -> None:
        config = self.config
        if config.current_context and config.context is None:
            reason = f"context was not found for specified context: {config.current_context}"
            self.refuse("context", reason, config.place("current-context"))

    def _confirm_user(self) -> None:
        user, config = self.user, self.config
        name = self._name("users")
        place = config.user_place
        if self._named(user, "client-certificate"):
            self._one_form(user, "client-certificate", "client-cert", name, "user")
            self._one_form(user, "client-key", "client-key", name, "user")
            if not self._named(user, "client-key"):
                reason = f"client-key-data or client-key must be specified for {name} to use the clientCert"
                reason += " authentication method"
                self.refuse("user", reason, place("client-key"))
            self._openable(user, "client-certificate", "client-cert", name, place)
            self._openable(user, "client-key", "client-key", name, place)
        if user.get("token") and (user.get("username") or user.get("password")):
            reason = f"more than one authentication method found for {name}; found [token basicAuth]"
            self.refuse("user", reason, place("token"))
        if not user.get("as") and (user.get("as-uid") or user.get("as-groups") or user.get("as-user-extra")):
            self.refuse(
                "user",
                f"requesting uid, groups or user-extra for {name} without impersonating a user",
                place("as"),
            )
        self._confirm_exec(name)

    def _confirm_exec(self, name: str) -> None:
        run = self.user.get("exec")
        if run is None:
            return
        place = self.config.user_place("exec")
        for key, word in (
            ("command", "command"),
            ("apiVersion", "apiVersion"),
            ("interactiveMode", "interactiveMode"),
        ):
            if not run.get(key):
                self.refuse("user", f"{word} must be specified for {name} to use exec authentication plugin", place)

    def _confirm_cluster(self) -> None:
        config, cluster = self.config, self.cluster
        name = self._name("clusters")
        if config.cluster is None:
            if self.client.refusals:
                self.refuse("cluster", "cluster has no server defined", config.place("clusters"))
            else:
                self._empty_config()
            return
        if not cluster.get("server"):
            reason = f'no server found for cluster "{name}"' if name else "default cluster has no server defined"
            self.refuse("cluster", reason, config.cluster_place("server"))
        proxy = cluster.get("proxy-url") or ""
        if proxy and proxy.partition(":")[0].lower() not in ("http", "https", "socks5"):
            reason = f'invalid \'proxy-url\' "{proxy}" for cluster "{name}"'
            self.refuse("cluster", reason, config.cluster_place("proxy-url"))
        self._one_form(cluster, "certificate-authority", "certificate-authority", name, "cluster")
        self._openable(cluster, "certificate-authority", "certificate-authority", name, config.cluster_place)

    def _empty_config(self) -> None:
        config = self.config
        reason = EMPTY_CONFIG
        if config.context is None:
            where = config.place("current-context")
            self.refuse("empty-config", f"{reason} (the kubeconfig has no current-context)", where)
            return
        where = config.place("contexts", config.context.index, "context", "cluster")
        self.refuse("empty-config", f"{reason} (the context's cluster does not exist)", where)

    def _transport(self) -> None:
        """transport.TLSConfigFor and tls.X509KeyPair; only an https server brings them in."""
        client, config = self.client, self.config
        token_file = self.user.get("tokenFile")
        if token_file and not self.user.get("token"):
            seen = self.open(config.resolve(token_file))
            if not seen.readable:
                self.refuse("user", seen.error, config.user_place("tokenFile"))
        if self.user.get("auth-provider"):
            provider = self.user["auth-provider"].get("name") or ""
            reason = f'no Auth Provider found for name "{provider}"'
            if provider in ("gcp", "azure"):
                reason = f"The {provider} auth plugin has been removed."
            self.refuse("user", reason, config.user_place("auth-provider"))
        if self._named(self.cluster, "certificate-authority") and client.insecure:
            reason = "specifying a root certificates file with the insecure flag is not allowed"
            self.refuse("insecure", reason, config.cluster_place("insecure-skip-tls-verify"))
        if client.ca is not None and client.ca.text and not certificates(client.ca.text):
            reason = "unable to load root certificates: unable to parse bytes as PEM block"
            self.refuse("ca", reason, client.ca.where)
        pair = client.certificate, client.key
        if pair[0] is None or pair[1] is None or pair[0].reread:
            return
        if problem := pair_problem(pair[0].text, pair[1].text):
            self.refuse("key-pair", problem, pair[0].where)

    def _one_form(self, fields: dict[str, object], name: str, word: str, owner: str, cause: Cause) -> None:
        if fields.get(name) and fields.get(f"{name}-data"):
            place = self.config.cluster_place if cause == "cluster" else self.config.user_place
            self.refuse(cause, f"{word}-data and {word} are both specified for {owner}", place(name))

    def _openable(
        self, fields: dict[str, object], name: str, word: str, owner: str, place: Callable[[str], Where]
    ) -> None:
        path = fields.get(name)
        if not path:
            return
        seen = self.open(self.config.resolve(str(path)))
        if seen.readable:
            return
        # clientcmd only opens the file; that it is a directory shows when the transport reads it.
        reason = f"unable to read {word} {seen.container_path} for {owner} due to {seen.error}"
        self.refuse("certificate-unreadable", reason, place(name))

    def _pem(self, fields: dict[str, object], name: str, place: Callable[[str], Where]) -> Pem | None:
        """Data wins over a path; a pair that is given by paths alone is read again at handshakes."""
        data, path = fields.get(f"{name}-data"), fields.get(name)
        if isinstance(data, bytes) and data:
            return Pem(data.decode("utf-8", "replace"), place(f"{name}-data"))
        if not path:
            return None
        seen = self.open(self.config.resolve(str(path)))
        if not seen.readable:
            return None
        text = seen.file.text if seen.file else None
        both = self.user.get("client-key") if name == "client-certificate" else self.user.get("client-certificate")
        other = "client-key-data" if name == "client-certificate" else "client-certificate-data"
        reread = name != "certificate-authority" and bool(both) and not self.user.get(other)
        return Pem(text if text is not None else "\ufffd", seen.where, reread, seen)

    def _named(self, fields: dict[str, object], name: str) -> bool:
        return bool(fields.get(name) or fields.get(f"{name}-data"))

    def _name(self, group: str) -> str:
        context = self.config.context
        if context is None:
            return ""
        return context.fields.get("user" if group == "users" else "cluster") or ""
