"""`registry-secret`: a Secret lets the kubelet pull from a registry of the lab, and nobody else has it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ckslab.errors import few
from ckslab.evidence import CheckType, Evidence, Finding, Need, Params, Where, failed, passed
from ckslab.kubernetes.node_file import FileFact, kind_text
from ckslab.kubernetes.pull_secret import KUBELET_FILES, Login, NoLogins, logins_in, logins_of
from ckslab.needs.files import FileNeed
from ckslab.needs.objects import ObjectNeed
from ckslab.needs.service import ServiceFact, ServiceNeed

SECRETS, ACCOUNTS = ObjectNeed("v1", "Secret"), ObjectNeed("v1", "ServiceAccount")
TYPE = "kubernetes.io/dockerconfigjson"


class RegistrySecretParams(Params):
    """namespace, name: the Secret. service: the lab's registry whose credentials it holds. image: for which of its
    repositories, with the registry's address.

    only_service_account: that one, of the same namespace, pulls with it, and no other pulls with any Secret that
    holds these credentials, for whichever of the registry's repositories; nor has the kubelet them for every pod.
    """

    service: str
    namespace: str
    name: str
    image: str
    only_service_account: str | None = None


class RegistrySecret(CheckType[RegistrySecretParams]):
    """Reads Secrets as the kubelet does; see `ckslab.kubernetes.pull_secret`."""

    name = "registry-secret"
    params = RegistrySecretParams

    def needs(self, params: RegistrySecretParams) -> Iterable[Need]:
        """The registry and all Secrets; where one account is to have it, all accounts, and what the kubelet has."""
        others = [ACCOUNTS, *map(FileNeed, KUBELET_FILES)] if params.only_service_account else []
        return [_service(params), SECRETS, *others]

    def expected(self, params: RegistrySecretParams) -> str:
        """The statement in words."""
        whole = f"{params.namespace}/{params.name}"
        if params.only_service_account:
            return f"ServiceAccount {params.only_service_account} pulls with the Secret {whole}, and no other does"
        return f"the Secret {whole} is of the type {TYPE} and holds the registry's user and password"

    def judge(self, params: RegistrySecretParams, evidence: Evidence) -> Finding:
        """What is wrong with it, in the order in which the kubelet meets it."""
        registry = evidence.of(_service(params))
        if params.only_service_account:
            return self._who(params, registry, evidence)
        expected = self.expected(params)
        secret = _named(evidence, SECRETS, params.namespace, params.name)
        if secret is None:
            elsewhere = [one for one in _namespaces_of(evidence, params.name) if one != params.namespace]
            there = f"it is in {few(elsewhere)}: a pod takes Secrets of its own namespace only" if elsewhere else ""
            return failed(expected, "there is no such Secret", message=there)
        if secret.get("type") != TYPE:
            return failed(expected, f"it is of the type {secret.get('type')}", message=_HOW)
        try:
            logins = logins_of(secret)
        except NoLogins as none:
            return failed(expected, str(none), message=_HOW)
        return _judged(expected, logins, params.image, registry)

    def _who(self, params: RegistrySecretParams, registry: ServiceFact, evidence: Evidence) -> Finding:
        expected, account = self.expected(params), params.only_service_account
        assert account is not None
        found = _named(evidence, ACCOUNTS, params.namespace, account)
        if found is None:
            return failed(expected, f"there is no ServiceAccount {params.namespace}/{account}")
        if params.name not in _pull_secrets(found):
            other = f"; its imagePullSecrets are {few(_pull_secrets(found))}" if _pull_secrets(found) else ""
            listed = params.name in _names(found.get("secrets"))
            why = (
                "`secrets` of a ServiceAccount are no imagePullSecrets: nothing is pulled with them"
                if listed
                else ""
            )
            return failed(expected, f"{account} does not name it in imagePullSecrets{other}", message=why)
        holding = {
            (one["metadata"].get("namespace"), one["metadata"]["name"])
            for one in evidence.of(SECRETS).items
            if _holds(one, params.image, registry)
        } | {(params.namespace, params.name)}
        for one in evidence.of(ACCOUNTS).items:
            whose = (one["metadata"].get("namespace"), one["metadata"]["name"])
            if whose == (params.namespace, account):
                continue
            had = [name for name in _pull_secrets(one) if (whose[0], name) in holding]
            if had:
                return failed(expected, f"ServiceAccount {whose[0]}/{whose[1]} pulls with {few(had)}, too")
        for path, key in KUBELET_FILES.items():
            if why := _had_by_all(evidence.of(FileNeed(path)), key, params.image, registry):
                return failed(expected, why, Where(path), message="The kubelet tries what is there for every pod.")
        return passed()


_HOW = "`kubectl create secret docker-registry` makes one of the right type."


def _judged(expected: str, logins: tuple[Login, ...], image: str, registry: ServiceFact) -> Finding:
    serving = [one for one in logins if one.serves(image)]
    if not serving:
        keys = few([one.key for one in logins]) or "nothing"
        return failed(expected, f"it is for {keys}", message=f"The image is {image}, port and all.")
    if any(_right(one, registry) for one in serving):
        return passed()
    if all(one.user != registry.value("user") for one in serving):
        return failed(expected, f"its user is {serving[0].user!r}")
    return failed(expected, "its password is another one than the registry's")


def _right(login: Login, registry: ServiceFact) -> bool:
    return (login.user, login.password) == (registry.value("user"), registry.value("password"))


def _pulled(logins: Iterable[Login], image: str, registry: ServiceFact) -> bool:
    """Whether something of the image's registry, be it another repository, could be pulled with them."""
    return any(one.knows(image) and _right(one, registry) for one in logins)


def _holds(secret: Mapping[str, Any], image: str, registry: ServiceFact) -> bool:
    """Whether pods could pull with it."""
    try:
        return _pulled(logins_of(secret), image, registry)
    except NoLogins:
        return False


def _had_by_all(file: FileFact, key: str, image: str, registry: ServiceFact) -> str:
    """Why every pod could pull by a file of the kubelet's own; "" where none can."""
    if file.text is None:  # what is no UTF-8, or large, may be JSON to the kubelet all the same
        return f"{file.path}: {kind_text(file)}" if file.kind in ("file", "too-large") else ""
    try:
        found = _pulled(logins_in(file.text, key), image, registry)
    except NoLogins:
        return ""
    return f"{file.path} holds the registry's user and password" if found else ""


def _named(evidence: Evidence, need: ObjectNeed, namespace: str, name: str) -> Mapping[str, Any] | None:
    """The object, unless it is being deleted: a finalizer keeps one of those as long as it likes."""
    for one in evidence.of(need).items:
        metadata = one["metadata"]
        if (metadata.get("namespace"), metadata["name"]) == (namespace, name):
            return None if metadata.get("deletionTimestamp") else one
    return None


def _namespaces_of(evidence: Evidence, name: str) -> list[str]:
    found = (one["metadata"] for one in evidence.of(SECRETS).items if one["metadata"]["name"] == name)
    return [str(metadata.get("namespace")) for metadata in found]


def _pull_secrets(account: Mapping[str, Any]) -> list[str]:
    return _names(account.get("imagePullSecrets"))


def _names(references: Any) -> list[str]:
    listed = references if isinstance(references, list | tuple) else ()
    return [str(one["name"]) for one in listed if isinstance(one, Mapping) and "name" in one]


def _service(params: RegistrySecretParams) -> ServiceNeed:
    return ServiceNeed(params.service, ("user", "password"))
