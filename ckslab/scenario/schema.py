"""The JSON Schemas of scenario.yaml and answers.yaml: completion and checking in an author's editor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from ckslab.scenario.answers.document import AnswersDocument
from ckslab.scenario.document import CheckDocument, ScenarioDocument
from ckslab.scenario.kinds import Kinds

_DRAFT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(kinds: Kinds) -> dict[str, Any]:
    """Two schemas, under the names of the files: `scenario.yaml` and `answers.yaml`."""
    return {"scenario.yaml": scenario_schema(kinds), "answers.yaml": answers_schema()}


def scenario_schema(kinds: Kinds) -> dict[str, Any]:
    """scenario.yaml with all that the kinds take: one type a check, one kind a service, any add-ons."""
    params = {name: kinds.checks[name].params for name in sorted(kinds.checks)}
    services = {name: kinds.services[name].settings for name in sorted(kinds.services)}
    add_ons = {name: kinds.add_ons[name].settings for name in sorted(kinds.add_ons)}
    below = [*params.values(), *services.values(), *add_ons.values()]
    models: list[type[BaseModel]] = [ScenarioDocument, CheckDocument, *dict.fromkeys(below)]
    by_model, joint = models_json_schema([(model, "validation") for model in models], by_alias=True)
    definitions = joint["$defs"]

    def of(named: Mapping[str, type[BaseModel]]) -> dict[str, Any]:
        return {name: by_model[model, "validation"] for name, model in named.items()}

    check = _definition(definitions, by_model[CheckDocument, "validation"])
    check["properties"] |= of(params)
    if params:
        check["oneOf"] = [{"required": [name]} for name in params]
    whole = _definition(definitions, by_model[ScenarioDocument, "validation"])
    whole["properties"]["checks"]["items"] = by_model[CheckDocument, "validation"]
    one_service = {"type": "object", "properties": of(services), "minProperties": 1, "maxProperties": 1}
    whole["properties"]["services"]["additionalProperties"] = {**one_service, "additionalProperties": False}
    setup = definitions["SetupDocument"]["properties"]
    setup["add-ons"] = {"type": "object", "properties": of(add_ons), "additionalProperties": False}
    return {"$schema": _DRAFT, **whole, "title": "scenario.yaml of ckslab", "$defs": definitions}


def answers_schema() -> dict[str, Any]:
    """answers.yaml."""
    return {
        "$schema": _DRAFT,
        **AnswersDocument.model_json_schema(by_alias=True),
        "title": "answers.yaml of ckslab",
    }


def _definition(definitions: dict[str, Any], reference: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = definitions[reference["$ref"].rpartition("/")[2]]
    return found
