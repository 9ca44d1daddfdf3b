"""What a play sends again, because the cluster takes it up a moment later."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from ckslab.add_ons.gatekeeper import GatekeeperAddOn
from ckslab.cluster.api import Answer, Api
from ckslab.cluster.backend import Node
from ckslab.errors import LabError
from ckslab.progress import Silent
from ckslab.steps import cluster_steps

CONSTRAINT = {"apiVersion": "constraints.gatekeeper.sh/v1beta1", "kind": "K8sX", "metadata": {"name": "x"}}
# As Gatekeeper said it, seen once in some hundred plays that apply a constraint right after its template.
REFUSED = Answer(
    403,
    {"message": 'admission webhook "validation.gatekeeper.sh" denied the request: missing ConstraintTemplate: '},
    '{"message": "admission webhook \\"validation.gatekeeper.sh\\" denied the request: missing ConstraintTemplate: "}',
)
TAKEN = Answer(201, {"metadata": {"resourceVersion": "1"}}, "{}")
OTHER = Answer(403, {"message": "no"}, '{"message": "no"}')


@dataclass
class Served:
    """An API server that gives these answers to applies, the last one for good."""

    answers: list[Answer]
    sent: list[str] = field(default_factory=list)

    def path_of(self, *_: Any) -> str:
        return "/x"

    def request(self, method: str, *_: Any, **__: Any) -> Answer:
        if method == "GET":
            return Answer(404, None, "")
        self.sent.append(method)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def played(*answers: Answer) -> tuple[cluster_steps.ClusterSteps, Served]:
    served = Served(list(answers))
    return cluster_steps.ClusterSteps(cast(Node, None), cast(Api, served), Silent(), GatekeeperAddOn().lags), served


def test_a_constraint_is_sent_again_until_gatekeeper_knows_its_template() -> None:
    live, served = played(REFUSED, REFUSED, TAKEN)
    assert live.apply(CONSTRAINT)
    assert len(served.sent) == 3


def test_a_template_that_gatekeeper_never_takes_up_ends_with_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_steps, "SERVED_SECONDS", 0.1)
    live, _ = played(REFUSED)
    with pytest.raises(LabError, match="missing ConstraintTemplate"):
        live.apply(CONSTRAINT)


def test_any_other_refusal_is_told_at_once() -> None:
    live, served = played(OTHER)
    with pytest.raises(LabError, match="could not be applied: no"):
        live.apply(CONSTRAINT)
    assert len(served.sent) == 1
