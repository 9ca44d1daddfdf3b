"""Probes as they are sent: called as a learner's own objects, as updates, in namespaces that are made for them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from ckslab.cluster.api import Answer
from ckslab.errors import LabError
from ckslab.needs.probe import NONCE, NewNamespace, ProbeNeed
from ckslab.needs.probe.draw import Draw
from ckslab.needs.probe.namespaces import MARK, made_namespaces
from ckslab.needs.probe.requests import drawn_request, send_request

POD = json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {}, "spec": {"containers": []}})
LABELS = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")


class Cluster:
    """An API server that keeps namespaces, and remembers what it was asked."""

    def __init__(self, *names: str, marked: tuple[str, ...] = (), refuses: str = "") -> None:
        self.namespaces: dict[str, dict[str, Any]] = {name: {"name": name} for name in names}
        self.namespaces |= {name: {"name": name, "annotations": {MARK: ""}} for name in marked}
        self.refuses = refuses
        self.asked: list[tuple[str, str, Any]] = []

    def path_of(self, _version: str, kind: str, namespace: str, name: str | None = None) -> str:
        return f"/{namespace}/{kind.lower()}s" + (f"/{name}" if name else "")

    def request(self, method: str, path: str, body: Any = None, **_more: Any) -> Answer:
        self.asked.append((method, path, body))
        if (method, path) == ("GET", "/api/v1/namespaces"):
            items = [{"metadata": metadata} for metadata in self.namespaces.values()]
            return Answer(200, {"kind": "NamespaceList", "items": items}, "")
        if (method, path) == ("POST", "/api/v1/namespaces"):
            if self.refuses:
                return Answer(403, {"message": self.refuses}, self.refuses)
            self.namespaces[body["metadata"]["name"]] = body["metadata"]
        if method == "DELETE":
            self.namespaces[path.rpartition("/")[2]]["deletionTimestamp"] = "now"
        if method == "GET" and path.startswith("/api/v1/namespaces/"):
            name = path.removeprefix("/api/v1/namespaces/")
            there = self.namespaces.get(name)
            return Answer(200 if there else 404, {"metadata": there}, "")
        if method == "GET":
            return Answer(200, {"metadata": {}, "spec": {"containers": [{"name": "c1", "image": "old"}]}}, "")
        return Answer(201, body, "")

    def deleted(self) -> set[str]:
        return {name for name, metadata in self.namespaces.items() if "deletionTimestamp" in metadata}


class TestDraw:
    def test_a_lab_draws_the_same_at_every_grade_and_others_draw_else(self) -> None:
        first, again, other = Draw("kq7wm4/3"), Draw("kq7wm4/3"), Draw("abcdef/3")
        probes = [f"probe {number}" for number in range(40)]
        drawn = [(one.pod_name(probe), one.labels(probe)) for one in (first, again) for probe in probes]
        assert drawn[:40] == drawn[40:]
        assert [other.pod_name(probe) for probe in probes] != [first.pod_name(probe) for probe in probes]
        assert len({first.pod_name(probe) for probe in probes}) == 40

    def test_pods_with_and_without_labels_none_of_which_tells_the_grader(self) -> None:
        draw = Draw("kq7wm4/0")
        labels = [draw.labels(f"probe {number}") for number in range(60)]
        assert 10 < sum(one == () for one in labels) < 50
        assert all(LABELS.fullmatch(value) for one in labels for _, value in one)
        names = [draw.pod_name(f"probe {number}") for number in range(60)]
        assert all(re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", name) for name in names)
        assert not any(word in str((names, labels)) for word in ("probe", "ckslab", "grad"))


class TestRequests:
    def test_a_pod_gets_a_name_and_no_annotation_where_nobody_is_asked_about_images(self) -> None:
        request = drawn_request(ProbeNeed(POD), "shop", Draw("n"), "0123456789abcdef", shown=False)
        assert request.sent.name == request.manifest["metadata"]["name"]
        assert "annotations" not in request.manifest["metadata"]
        asked = drawn_request(ProbeNeed(POD), "shop", Draw("n"), "0123456789abcdef", shown=True)
        assert asked.manifest["metadata"]["annotations"] == {NONCE: "0123456789abcdef"}
        assert asked.sent == request.sent

    def test_what_has_a_name_keeps_it_and_its_labels(self) -> None:
        named = json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "labels": {"b": "c"}}})
        request = drawn_request(ProbeNeed(named), "shop", Draw("n"), "0", shown=False)
        assert (request.sent.name, request.sent.labels) == ("a", (("b", "c"),))

    def test_an_update_is_a_dry_run_patch_of_the_image_of_the_carriers_first_container(self) -> None:
        spec = {"containers": [{"name": "main", "image": "good"}], "update": "bad"}
        pod = json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "till"}, "spec": spec})
        cluster: Any = Cluster()
        send_request(
            cluster, drawn_request(ProbeNeed(pod, "prod", via="update"), "prod", Draw("n"), "0", shown=False)
        )
        patch = {"spec": {"containers": [{"name": "c1", "image": "bad"}]}}
        assert cluster.asked[-1] == ("PATCH", "/prod/pods/till?dryRun=All", patch)

    @pytest.mark.parametrize("via", ["update", "ephemeral"])
    @pytest.mark.parametrize(("status", "said"), [(404, ""), (403, "is gone and cannot be made again: by a quota")])
    def test_a_carrier_whose_namespace_is_gone_is_answered_as_any_pod_there(
        self, via: Any, status: int, said: str
    ) -> None:
        class Empty(Cluster):
            def request(self, method: str, path: str, body: Any = None, **_more: Any) -> Answer:
                self.asked.append((method, path, body))
                return Answer(404 if method == "GET" else status, {}, "by a quota")

        containers = {"containers": [{"name": "main", "image": "good"}], "update": "bad", "ephemeralContainers": []}
        pod = json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "till"}, "spec": containers})
        request = drawn_request(ProbeNeed(pod, "prod", via=via), "prod", Draw("n"), "0", shown=False)
        cluster: Any = Empty()
        if said:
            with pytest.raises(LabError, match=said):
                send_request(cluster, request)
        else:
            assert send_request(cluster, request).status == 404
        assert cluster.asked[-1][:2] == ("POST", "/prod/pods")


class TestNamespaces:
    def test_they_are_there_with_their_labels_and_an_account_and_gone_after(self) -> None:
        cluster: Any = Cluster("default")
        labelled, plain = NewNamespace((("env", "prod"),)), NewNamespace()
        with made_namespaces(cluster, {labelled, plain}, Draw("n")) as names:
            assert len({"default", *names.values()}) == 3
            made = cluster.namespaces[names[labelled]]
            assert made["labels"] == {"env": "prod"}
            assert ("POST", f"/api/v1/namespaces/{names[plain]}/serviceaccounts") in [
                one[:2] for one in cluster.asked
            ]
            assert cluster.deleted() == set()
        assert cluster.deleted() == {str(name) for name in names.values()}

    def test_no_label_tells_that_they_are_made_for_grading(self) -> None:
        cluster: Any = Cluster()
        with made_namespaces(cluster, {NewNamespace()}, Draw("n")) as names:
            made = cluster.namespaces[names[NewNamespace()]]
        assert made["labels"] == {}
        assert made["annotations"] == {MARK: ""}

    def test_they_are_gone_when_grading_ends_in_an_error(self) -> None:
        cluster: Any = Cluster()
        with pytest.raises(KeyError), made_namespaces(cluster, {NewNamespace()}, Draw("n")):
            raise KeyError
        assert len(cluster.deleted()) == 1

    def test_what_a_grading_that_died_left_is_removed_and_nothing_else(self) -> None:
        cluster: Any = Cluster("default", "shop", marked=("left",))
        with made_namespaces(cluster, {NewNamespace()}, Draw("n")):
            assert cluster.deleted() == {"left"}

    def test_a_name_that_is_taken_is_left_alone(self) -> None:
        draw = Draw("n")
        own = draw.namespace("()")
        cluster: Any = Cluster(own)
        with made_namespaces(cluster, {NewNamespace(), NewNamespace((), own)}, draw) as names:
            assert set(names.values()) == {f"{own}-2", f"{own}-3"}
        assert own not in cluster.deleted()

    def test_a_refusal_of_the_namespace_is_the_answer_of_its_probes(self) -> None:
        cluster: Any = Cluster(refuses="denied by somebody")
        with made_namespaces(cluster, {NewNamespace()}, Draw("n")) as names:
            answer = names[NewNamespace()]
        assert isinstance(answer, Answer)
        assert (answer.status, cluster.deleted()) == (403, set())

    def test_nothing_is_asked_where_none_is_wanted(self) -> None:
        cluster: Any = Cluster()
        with made_namespaces(cluster, set(), Draw("n")) as names:
            assert names == {}
        assert cluster.asked == []
