"""Actions as validated become steps: with name and line, and with the files of the pack read in."""

from __future__ import annotations

from collections.abc import Sequence

from ckslab.kubernetes.yaml.objects import objects_in
from ckslab.kubernetes.yaml.text import YamlProblem
from ckslab.scenario.actions import Action, Apply, Step, Write
from ckslab.scenario.loading.pack import Pack, PackError
from ckslab.scenario.loading.source import Place, Problem, Source


class Placer:
    """Makes the steps of one file; what is wrong with the files that they name is added to `problems`."""

    def __init__(self, source: Source, pack: Pack, problems: list[Problem]) -> None:
        self._source, self._pack, self._problems = source, pack, problems

    def step(self, name: str, action: Action, at: Place) -> Step:
        """The step that stands at `at`."""
        return Step(name, self._filled(action, at), self._source.file, self._source.line(*at))

    def steps(self, name: str, actions: Sequence[Action], at: Place) -> tuple[Step, ...]:
        """Steps of a list without names: `NAME 1`, `NAME 2` and so on."""
        return tuple(self.step(f"{name} {i + 1}", action, (*at, i)) for i, action in enumerate(actions))

    def _filled(self, action: Action, at: Place) -> Action:
        try:
            if isinstance(action, Write) and action.from_ is not None:
                return action.model_copy(update={"content": self._pack.text(action.from_), "from_": None})
            if isinstance(action, Apply) and action.file is not None:
                return action.model_copy(update={"apply": objects_in(self._pack.text(action.file))})
        except PackError as problem:
            key = "from" if isinstance(action, Write) else "apply"
            self._problems.append(self._source.problem((*at, key), str(problem)))
        except YamlProblem as problem:
            assert isinstance(action, Apply)
            self._problems.append(
                Problem(str(self._pack.folder / str(action.file)), problem.line or 1, problem.reason)
            )
        return action
