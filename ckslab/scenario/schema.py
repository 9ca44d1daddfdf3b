"""The JSON Schemas of scenario.yaml and answers.yaml: completion and checking in an author's editor."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from ckslab.scenario.answers_document import AnswersDocument
from ckslab.scenario.check_entry import CheckTypes
from ckslab.scenario.document import CheckDocument, ScenarioDocument

_DRAFT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(check_types: CheckTypes) -> dict[str, Any]:
    """Two schemas, under the names of the files: `scenario.yaml` and `answers.yaml`."""
    return {"scenario.yaml": scenario_schema(check_types), "answers.yaml": answers_schema()}


def scenario_schema(check_types: CheckTypes) -> dict[str, Any]:
    """scenario.yaml, with the parameters of every check type; exactly one type a check."""
    params = {name: check_types[name].params for name in sorted(check_types)}
    models: list[type[BaseModel]] = [ScenarioDocument, CheckDocument, *dict.fromkeys(params.values())]
    by_model, joint = models_json_schema([(model, "validation") for model in models], by_alias=True)
    definitions = joint["$defs"]
    check = _definition(definitions, by_model[CheckDocument, "validation"])
    check["properties"] |= {name: by_model[model, "validation"] for name, model in params.items()}
    if params:
        check["oneOf"] = [{"required": [name]} for name in params]
    whole = _definition(definitions, by_model[ScenarioDocument, "validation"])
    whole["properties"]["checks"]["items"] = by_model[CheckDocument, "validation"]
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
