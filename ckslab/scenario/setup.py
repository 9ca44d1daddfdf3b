"""What a scenario lays down before the learner comes: services, certificates, files, objects, images."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from ckslab.scenario.actions.action import Action
from ckslab.scenario.actions.command import Run, Wait
from ckslab.scenario.actions.objects import Apply, Delete, Patch
from ckslab.strict import FileMode, Flag, Identifier, NodePath, PackPath, Strict


class DenyRule(Strict):
    """An image pattern (`*` any characters, `?` one) that the scanner refuses, and its reason."""

    image: str = Field(min_length=1)
    reason: str = Field(min_length=1)


class ImageScanner(Strict):
    """The webhook backend behind `https://HOST:PORT/PATH`: TLS, client certificate demanded."""

    host: str = Field("scanner.lab", pattern=r"^[a-z0-9]([a-z0-9.-]{0,62}[a-z0-9])?$")
    port: Annotated[int, Field(strict=True, ge=1024, le=65535)] = 8443
    path: str = Field("/review", pattern=r"^/[A-Za-z0-9._/-]*$")
    deny: tuple[DenyRule, ...] = Field(min_length=1)


class Service(Strict):
    """One service of the lab; exactly one kind."""

    image_scanner: ImageScanner


class Certificate(Strict):
    """A certificate that set-up makes and lays into the node, unlike any other lab's.

    ca-of SERVICE: the CA that signed the service's certificate. client-of SERVICE: a client certificate
    the service accepts. unrelated: a CA, or a client pair (`key` given), that nothing trusts.
    `mismatched`: the key laid down is not the certificate's.
    """

    ca_of: Identifier | None = None
    client_of: Identifier | None = None
    unrelated: Flag = False
    cert: NodePath
    key: NodePath | None = None
    mismatched: Flag = False

    @property
    def service(self) -> str | None:
        """The service it belongs to, if any."""
        return self.ca_of or self.client_of

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if [self.ca_of is not None, self.client_of is not None, self.unrelated].count(True) != 1:
            raise ValueError("say what it is, in one way: `ca-of`, `client-of` or `unrelated: true`")
        if self.ca_of is not None and self.key is not None:
            raise ValueError("the key of a service's CA is not given to a node: leave `key` out")
        if self.key is None and (self.client_of is not None or self.mismatched):
            raise ValueError("missing key 'key': where its private key is laid")
        return self


class Gatekeeper(Strict):
    """Gatekeeper on the node, one of: installed and running before the learner comes; or `manifest`: its
    manifest lies at that path, its image in the node's store, and nothing is installed.
    """

    installed: Flag = False
    manifest: NodePath | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.installed == (self.manifest is not None):
            raise ValueError("say how it is there, in one way: `installed: true` or `manifest: PATH`")
        return self


class Setup(Strict):
    """What lies on the node before the learner comes.

    files: a folder of the scenario, laid over the node's root (text files; `${nonce}` is replaced).
    modes: octal permissions for some of them ("0600"). objects: YAML files of API objects, applied in
    order. images: references for which the node's store holds a tiny runnable image. steps: file steps,
    played after files and certificates were laid (a control plane that is configured already).
    gatekeeper: see Gatekeeper; it is there before the objects.
    """

    files: PackPath | None = None
    modes: dict[NodePath, FileMode] = Field(default_factory=dict)
    certificates: tuple[Certificate, ...] = ()
    objects: tuple[PackPath, ...] = ()
    images: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    steps: tuple[Action, ...] = ()
    gatekeeper: Gatekeeper | None = None

    @model_validator(mode="after")
    def _steps_on_files(self) -> Self:
        if any(isinstance(step, Apply | Patch | Delete | Run | Wait) for step in self.steps):
            raise ValueError("set-up's steps are played before the node boots: only steps on files")
        return self
