"""scenario.yaml as an author writes it; checks, services and add-ons stay plain until their kinds are known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self, get_args

from pydantic import Field, field_validator, model_validator

from ckslab.curriculum import BulletId
from ckslab.matching.pattern import Pattern, matches
from ckslab.scenario.actions import CLUSTER_ACTIONS, Action
from ckslab.scenario.draws import Draw, placeholders_of
from ckslab.scenario.image_document import MAX_IMAGES, SetupImage
from ckslab.strict import FileMode, Flag, Identifier, NodePath, PackPath, Strict

Topic = Literal[
    "images",
    "digests",
    "binaries",
    "scanning",
    "image-policy-webhook",
    "gatekeeper",
    "validating-admission-policy",
    "registries",
    "sbom",
    "signing",
    "static-analysis",
]
TOPICS: tuple[str, ...] = get_args(Topic)

Difficulty = Literal["easy", "medium", "hard"]

Capability = Literal["static-pods", "running-pods", "services", "many-ids", "image-builds"]
"""What a scenario may ask of a backend. static-pods: a control plane whose manifests may be edited;
running-pods: ordinary pods run; services: Service addresses work; many-ids: pods with runAsUser;
image-builds: builds whose files have owners."""
CAPABILITIES: tuple[str, ...] = get_args(Capability)

Text = Annotated[str, Field(min_length=1)]

MAX_STEPS = 100
"""Of one list: a step may make a file of 1 MiB."""


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
    order. images: of the lab's own, see `ckslab.scenario.image_document.ImageDocument`. steps: file steps,
    played after files and certificates were laid (a control plane that is configured already).
    add-ons: what the node has beside a plain cluster, by name with settings; there before the objects.
    """

    former_keys: ClassVar[Mapping[str, str]] = {"gatekeeper": "add-ons: {gatekeeper: ...}"}

    files: PackPath | None = None
    modes: dict[NodePath, FileMode] = Field(default_factory=dict)
    certificates: tuple[Certificate, ...] = ()
    objects: tuple[PackPath, ...] = ()
    images: tuple[SetupImage, ...] = Field((), max_length=MAX_IMAGES)
    steps: tuple[Action, ...] = Field((), max_length=MAX_STEPS)
    add_ons: dict[Identifier, dict[str, Any] | None] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _steps_on_files(self) -> Self:
        if any(isinstance(step, CLUSTER_ACTIONS) for step in self.steps):
            raise ValueError("set-up's steps are played before the node boots: only steps on files")
        return self


class FaultDocument(Strict):
    """One fault: see `ckslab.scenario.model.Fault`."""

    id: Identifier
    steps: tuple[Action, ...] = Field(min_length=1, max_length=MAX_STEPS)
    repair: tuple[Action, ...] = Field(min_length=1, max_length=MAX_STEPS)
    signatures: tuple[Pattern, ...] = Field(min_length=1)
    example: Text
    not_with: tuple[Identifier, ...] = ()

    @model_validator(mode="after")
    def _example_is_one(self) -> Self:
        if not any(matches(pattern, self.example) for pattern in self.signatures):
            raise ValueError(f"the example of fault {self.id!r} matches none of its signatures")
        return self


class FaultsDocument(Strict):
    """A pool of faults."""

    draw: Annotated[int, Field(strict=True, ge=1, le=4)] = 2
    choices: tuple[FaultDocument, ...] = Field(min_length=1, max_length=20)


class CheckDocument(Strict):
    """The keys that every check has; the one that remains is its type with its parameters.

    title: a whole statement that is true when the check passes. hints: from vague to explicit.
    """

    id: Identifier
    title: Text
    points: Annotated[int, Field(strict=True, ge=1, le=100)]
    after: tuple[Identifier, ...] = ()
    guard: Flag = False
    with_: tuple[Identifier, ...] = Field((), alias="with")
    hints: tuple[Text, ...] = ()


class ScenarioDocument(Strict):
    """The whole file. Only `bullet`, `setup`, `services`, `requires`, `draws` and `faults` may be left out.

    bullet: of the curriculum that it trains; lint demands it.
    draws: words that each lab draws by its seed; they stand as `${NAME}` wherever `${nonce}` may.
    """

    id: Identifier
    title: Text
    topic: Topic
    bullet: BulletId | None = None
    difficulty: Difficulty
    minutes: Annotated[int, Field(strict=True, ge=1, le=120)]
    requires: tuple[Capability, ...] = ()
    services: dict[Identifier, dict[str, Any]] = Field(default_factory=dict)
    draws: tuple[Draw, ...] = Field((), max_length=10)
    setup: SetupDocument = SetupDocument()
    faults: FaultsDocument | None = None
    checks: tuple[dict[str, Any], ...] = Field(min_length=1)

    @field_validator("draws")
    @classmethod
    def _one_meaning(cls, given: tuple[Draw, ...]) -> tuple[Draw, ...]:
        names = placeholders_of(given)
        if doubled := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"{doubled} is drawn twice")
        return given

    @field_validator("requires", mode="before")
    @classmethod
    def _no_former_capability(cls, given: Any) -> Any:
        if isinstance(given, list) and "gatekeeper" in given:
            raise ValueError("'gatekeeper' is a word of an earlier version: an add-on requires what it needs")
        return given
