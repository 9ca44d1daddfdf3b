"""What a scenario lays down before the learner comes: services, certificates, files, objects, images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, model_validator

from ckslab.scenario.actions.action import Action
from ckslab.scenario.actions.command import Run, Wait
from ckslab.scenario.actions.objects import Apply, Delete, Patch
from ckslab.strict import FileMode, Flag, Identifier, NodePath, PackPath, Strict


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


class SetupDocument(Strict):
    """What lies on the node before the learner comes.

    files: a folder of the scenario, laid over the node's root (text files; `${nonce}` is replaced).
    modes: octal permissions for some of them ("0600"). objects: YAML files of API objects, applied in
    order. images: references for which the node's store holds a tiny runnable image. steps: file steps,
    played after files and certificates were laid (a control plane that is configured already).
    add-ons: what the node has beside a plain cluster, by name with settings; there before the objects.
    """

    former_keys: ClassVar[Mapping[str, str]] = {"gatekeeper": "add-ons: {gatekeeper: ...}"}

    files: PackPath | None = None
    modes: dict[NodePath, FileMode] = Field(default_factory=dict)
    certificates: tuple[Certificate, ...] = ()
    objects: tuple[PackPath, ...] = ()
    images: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    steps: tuple[Action, ...] = ()
    add_ons: dict[Identifier, dict[str, Any] | None] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _steps_on_files(self) -> Self:
        if any(isinstance(step, Apply | Patch | Delete | Run | Wait) for step in self.steps):
            raise ValueError("set-up's steps are played before the node boots: only steps on files")
        return self
