"""The step that edits a static pod's manifest as an administrator does: flags, arguments, mounts."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from ckslab.matching.value_path import ValuePlace
from ckslab.strict import Flag, Many, NodePath, Strict

FlagName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$", description="a flag's name without --")]
Argument = Annotated[str, Field(min_length=1)]


class Mount(Strict):
    """A host path made visible in the container: a hostPath volume and its volumeMount.

    path: in the container. host-path: on the node, the same path unless given. name: of the volume, made
    from the path unless given. type: of the hostPath; none is written unless given.
    """

    path: NodePath
    host_path: NodePath | None = None
    name: str | None = Field(None, pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")
    type: Literal["Directory", "DirectoryOrCreate", "File", "FileOrCreate"] | None = None
    read_only: Flag | None = None

    @property
    def volume(self) -> str:
        """The volume's name."""
        return self.name or self.path.strip("/").replace("/", "-").replace("_", "-").replace(".", "-").lower()[-63:]


class StaticPod(Strict):
    """Edit /etc/kubernetes/manifests/NAME.yaml. Several keys are done in the order in which they stand here.

    remove-flag: every argument of these flags. set-flag: the flag's one value (added if absent).
    add-to-flag: values joined to a comma-separated list. append-arg: arguments put last, unexamined.
    unmount: the volumeMount of that path, and its volume unless another uses it. mount: see Mount.
    set, remove, append: any other field by its path, as in the edit step.
    """

    static_pod: str = Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")
    remove_flag: Many[FlagName] = ()
    set_flag: dict[FlagName, str] = Field(default_factory=dict)
    add_to_flag: dict[FlagName, Many[Argument]] = Field(default_factory=dict)
    append_arg: Many[Argument] = ()
    unmount: NodePath | None = None
    mount: Mount | None = None
    remove: tuple[ValuePlace, ...] = ()
    set: dict[ValuePlace, Any] = Field(default_factory=dict)
    append: dict[ValuePlace, Any] = Field(default_factory=dict)

    @property
    def manifest(self) -> str:
        """The manifest's path on the node."""
        return f"/etc/kubernetes/manifests/{self.static_pod}.yaml"

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        given = set(self.model_fields_set) - {"static_pod"}
        if not any(getattr(self, name) for name in given):
            names = sorted(key.replace("_", "-") for key in set(StaticPod.model_fields) - {"static_pod"})
            raise ValueError(f"say what to edit: {', '.join(names)}")
        return self
