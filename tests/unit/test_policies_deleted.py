"""What only a deleted policy denied is asked again until the API server has forgotten the policy."""

from __future__ import annotations

from typing import Any

import pytest

from ckslab.add_ons.gatekeeper.settings import Gatekeeper
from ckslab.add_ons.lab_add_ons import lab_add_ons
from ckslab.cluster.api import Answer
from ckslab.evidence import Fact, Unavailable
from ckslab.kubernetes.denials.policy import policies_named
from ckslab.needs.probe import ProbeFact, ProbeNeed
from ckslab.needs.probe.round import retry_past_deleted_policies

NATIVE = (
    "pods \"p\" is forbidden: ValidatingAdmissionPolicy 'trusted' with binding 'everywhere' denied request: "
    "only ours"
)
GATEKEEPER = 'admission webhook "validation.gatekeeper.sh" denied the request: [one] no\n[two] not trusted image!'
ADMITTED = ProbeFact("admitted", 201, "", "")


def denied(message: str) -> ProbeFact:
    return ProbeFact("denied", 403, "Forbidden", message)


def warned(text: str) -> ProbeFact:
    return ProbeFact("admitted", 201, "", "", warnings=(f'299 - "{text}"',))


@pytest.mark.parametrize(
    ("fact", "names"),
    [
        (ADMITTED, set()),
        (denied(NATIVE), {"trusted/everywhere"}),
        (denied(GATEKEEPER), {"one", "two"}),
        (denied("pods is forbidden: exceeded quota"), set()),
        (denied('failed calling webhook "validation.gatekeeper.sh": EOF'), set()),
        (
            warned("Validation failed for ValidatingAdmissionPolicy 'trusted' with binding 'b': only ours"),
            {"trusted/b"},
        ),
    ],
)
def test_who_spoke(fact: ProbeFact, names: set[str]) -> None:
    assert policies_named(fact) == names


class Cluster:
    """An API server that serves these policies, bindings (name to policy) and constraints."""

    def __init__(self, policies: list[str], bindings: dict[str, str], constraints: list[str]) -> None:
        base = "/apis/admissionregistration.k8s.io/v1"
        self._lists = {
            f"{base}/validatingadmissionpolicies": [self._item(name) for name in policies],
            f"{base}/validatingadmissionpolicybindings": [
                self._item(name, policyName=policy) for name, policy in bindings.items()
            ],
            "/apis/constraints.gatekeeper.sh/v1beta1/kinds": [self._item(name) for name in constraints],
        }

    @staticmethod
    def _item(name: str, **spec: str) -> Any:
        return {"metadata": {"name": name}, "spec": spec}

    def request(self, _method: str, path: str) -> Answer:
        if path == "/apis/constraints.gatekeeper.sh/v1beta1":
            kinds = [{"name": name, "kind": "Kind", "namespaced": False} for name in ("kinds", "kinds/status")]
            return Answer(200, {"resources": kinds}, "")
        return Answer(200, {"kind": "List", "items": self._lists[path]}, "")


NEED = ProbeNeed("{}", "default")
ADD_ONS = lab_add_ons({"gatekeeper": Gatekeeper(installed=True)})


def outlived(cluster: Cluster, first: ProbeFact, *later: ProbeFact) -> tuple[Fact, int]:
    """The fact that is left, and how often it was asked again."""
    answers = list(later)
    asked = []

    def send(needs: Any) -> dict[ProbeNeed, Fact]:
        asked.append(1)
        return dict.fromkeys(needs, answers.pop(0) if len(answers) > 1 else answers[0])

    return retry_past_deleted_policies(cluster, send, {NEED: first}, ADD_ONS)[NEED], len(asked)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "cluster",
    [
        Cluster([], {}, []),
        Cluster(["trusted"], {}, []),
        Cluster([], {"everywhere": "trusted"}, []),
        Cluster(["trusted", "other"], {"everywhere": "other"}, ["everywhere"]),
    ],
    ids=["both gone", "binding gone", "policy gone", "bound to another"],
)
def test_a_verdict_of_what_is_gone_is_asked_again(cluster: Cluster) -> None:
    assert outlived(cluster, denied(NATIVE), denied(NATIVE), ADMITTED) == (ADMITTED, 2)


def test_a_verdict_of_what_is_there_stands() -> None:
    bound = Cluster(["trusted"], {"everywhere": "trusted"}, [])
    assert outlived(bound, denied(NATIVE), ADMITTED) == (denied(NATIVE), 0)
    both = Cluster([], {}, ["one", "two"])
    assert outlived(both, denied(GATEKEEPER), ADMITTED) == (denied(GATEKEEPER), 0)


def test_a_deleted_policy_does_not_count_beside_one_that_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    left = denied('admission webhook "validation.gatekeeper.sh" denied the request: [two] not trusted image!')
    assert outlived(Cluster([], {}, ["two"]), denied(GATEKEEPER), left) == (left, 1)
    monkeypatch.setattr("ckslab.needs.probe.round.DELETED_SECONDS", 0.5)
    fact, _ = outlived(Cluster([], {}, ["two"]), denied(GATEKEEPER), denied(GATEKEEPER))
    assert fact == denied(GATEKEEPER), "a line of the message that looks like a name"


def test_what_is_never_forgotten_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ckslab.needs.probe.round.DELETED_SECONDS", 0.5)
    fact, _ = outlived(Cluster([], {}, []), denied(GATEKEEPER), denied(GATEKEEPER))
    assert fact == Unavailable("one is deleted and still acts")
