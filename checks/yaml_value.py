"""`yaml-value`: a value in a YAML (or JSON) file on the node."""

from __future__ import annotations

from collections.abc import Iterable

from ckslab.evidence import CheckType, Evidence, Finding, Need, Where, failed, passed
from ckslab.kubernetes.node_file import kind_text
from ckslab.kubernetes.yaml.text import YamlProblem, shared_yaml
from ckslab.matching.matcher import Matcher
from ckslab.matching.value_path import ValuePath, select
from ckslab.needs.files import FileNeed
from ckslab.strict import NodePath


class YamlValueParams(Matcher):
    """path: the file. at: where in it, `a.b[0].c`; with `[*]` every value there must match, and one exist."""

    path: NodePath
    at: ValuePath


class YamlValue(CheckType[YamlValueParams]):
    """The value at a path of a file, whatever its formatting."""

    name = "yaml-value"
    params = YamlValueParams

    def needs(self, params: YamlValueParams) -> Iterable[Need]:
        """The file."""
        return [FileNeed(params.path)]

    def judge(self, params: YamlValueParams, evidence: Evidence) -> Finding:
        """The first value that is wrong."""
        expected = f"{params.at}: {params.expectation()}"
        file = evidence.of(FileNeed(params.path))
        if file.text is None:
            return failed(expected, kind_text(file), Where(params.path))
        try:
            document = shared_yaml(file.text)
        except YamlProblem as problem:
            return failed(expected, f"not valid YAML: {problem.reason}", Where(params.path, problem.line))
        values = select(document.value, params.at)
        for at, value in values:
            wrong = params.wrong(value)
            if wrong:
                return failed(expected, wrong, Where(params.path, document.line(*at), params.at))
        if not values and not params.absent:
            return failed(expected, "it is not set", Where(params.path, document.line(), params.at))
        return passed()
