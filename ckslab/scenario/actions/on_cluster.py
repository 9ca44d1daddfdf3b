"""Steps that need the running node: objects of its API, commands, waiting."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag

from ckslab.strict import Many, PackPath, Strict


def _complete(manifest: dict[str, Any]) -> dict[str, Any]:
    metadata = manifest.get("metadata")
    named = isinstance(metadata, dict) and bool(metadata.get("name") or metadata.get("generateName"))
    if not (manifest.get("apiVersion") and manifest.get("kind") and named):
        raise ValueError("an object has apiVersion, kind and metadata.name")
    return manifest


Manifest = Annotated[dict[str, Any], AfterValidator(_complete)]


class ObjectReference(Strict):
    """Names one API object."""

    api_version: str = Field(min_length=1)
    kind: str = Field(min_length=1)
    namespace: str | None = None
    name: str = Field(min_length=1)


def _form(value: Any) -> str:
    return "<file>" if isinstance(value, str) else "<objects>"


class Apply(Strict):
    """Apply objects: those in a YAML file of the scenario's folder, or one object, or a list of them.

    Loading turns the file's name into the objects in it.
    """

    apply: Annotated[
        Annotated[PackPath, Tag("<file>")] | Annotated[Many[Manifest], Tag("<objects>")], Discriminator(_form)
    ]

    @property
    def file(self) -> str | None:
        """The file of the scenario that has the objects, if they are still in one."""
        return self.apply if isinstance(self.apply, str) else None

    @property
    def objects(self) -> tuple[dict[str, Any], ...]:
        """The objects in their order (none where they are still in their file)."""
        return () if isinstance(self.apply, str) else self.apply


class Patch(Strict):
    """Patch an object; `type` as in `kubectl patch --type`. `with`: the patch (a list for type json)."""

    patch: ObjectReference
    with_: Many[dict[str, Any]] = Field(alias="with")
    type: Literal["strategic", "merge", "json"] = "merge"


class Delete(Strict):
    """Delete an object and wait until it is gone."""

    delete: ObjectReference


class Run(Strict):
    """Run a line of shell as root on the node; `timeout` in seconds; another exit code is an error."""

    run: str = Field(min_length=1)
    timeout: Annotated[int, Field(strict=True, ge=1, le=600)] = 60
    exit_code: Annotated[int, Field(strict=True, ge=0, le=255)] = 0


class Wait(Strict):
    """Wait until the control plane is settled: it is ready, or has ended on the files as they are."""

    wait: Literal["ready"]
