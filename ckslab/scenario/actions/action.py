"""The closed set of actions, told apart by the one key that names their kind; a step is one of them, named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Tag
from pydantic_core import PydanticCustomError

from ckslab.errors import ScenarioError, nearest
from ckslab.scenario.actions.on_cluster import Apply, Delete, Patch, Run, Wait
from ckslab.scenario.actions.on_files import Checksums, Copy, Edit, Remove, Replace, Write
from ckslab.scenario.actions.static_pod import StaticPod
from ckslab.strict import Strict

KINDS: dict[str, type[Strict]] = {
    "write": Write,
    "edit": Edit,
    "static-pod": StaticPod,
    "replace": Replace,
    "copy": Copy,
    "remove": Remove,
    "checksums": Checksums,
    "apply": Apply,
    "patch": Patch,
    "delete": Delete,
    "run": Run,
    "wait": Wait,
}
"""By the key that names the kind. Where two could match (edit and remove), the earlier one does."""


def kind_of(value: Any) -> str | None:
    """The kind of a step as written, or of a model; None if it is no step."""
    if isinstance(value, Strict):
        return next((kind for kind, model in KINDS.items() if isinstance(value, model)), None)
    return next((kind for kind in KINDS if kind in value), None) if isinstance(value, dict) else None


def _tag(value: Any) -> str | None:
    kind = kind_of(value)
    return None if kind is None else f"<{kind}>"


def _is_a_step(value: Any) -> Any:
    if kind_of(value) is None:
        wrong = next(iter(value), "") if isinstance(value, dict) else ""
        hint = nearest(str(wrong), KINDS)
        raise PydanticCustomError("step", "a step is a mapping with one of {kinds}{hint}", {
            "kinds": ", ".join(KINDS), "hint": hint if "did you mean" in hint else ""
        })  # fmt: skip
    return value


Action = Annotated[
    Annotated[Write, Tag("<write>")]
    | Annotated[Edit, Tag("<edit>")]
    | Annotated[StaticPod, Tag("<static-pod>")]
    | Annotated[Replace, Tag("<replace>")]
    | Annotated[Copy, Tag("<copy>")]
    | Annotated[Remove, Tag("<remove>")]
    | Annotated[Checksums, Tag("<checksums>")]
    | Annotated[Apply, Tag("<apply>")]
    | Annotated[Patch, Tag("<patch>")]
    | Annotated[Delete, Tag("<delete>")]
    | Annotated[Run, Tag("<run>")]
    | Annotated[Wait, Tag("<wait>")],
    Discriminator(_tag),
    BeforeValidator(_is_a_step),
]
"""Any step's action."""

CLUSTER_ACTIONS = (Apply, Patch, Delete, Run, Wait)
"""What needs a running node; all else is done to its files."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step. name: its own in the answers, or `FAULT steps`/`FAULT repair` with a number from 1."""

    name: str
    action: Action
    file: str
    line: int

    def error(self, message: str, *, advice: str = "", details: str = "") -> ScenarioError:
        """The error of this step, with the author's file and line."""
        return ScenarioError(
            f"{self.file}:{self.line}: step {self.name!r}: {message}", advice=advice, details=details
        )
