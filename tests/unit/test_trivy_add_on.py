"""Trivy as an add-on: what lies on the node for the learner, and what every command there finds."""

from __future__ import annotations

from pathlib import Path

from ckslab.add_ons.lab_add_ons import lab_add_ons
from ckslab.add_ons.trivy.settings import Trivy
from ckslab.cluster.node.environment import ENVIRONMENT, environment_of, keep_environment
from ckslab.scanning import database

ADD_ONS = lab_add_ons({"trivy": Trivy()})


def test_the_databases_lie_where_root_s_trivy_looks() -> None:
    laid = {file.path: file.data for file in ADD_ONS.files}
    for path, data in database.cache_files().items():
        assert laid[f"/root/.cache/trivy/{path}"] == data


def test_the_program_is_a_tool_of_its_layer_and_layers_can_be_told_apart() -> None:
    (layer,) = ADD_ONS.layers
    assert layer.tools == {"trivy": "trivy"}
    assert len({ADD_ONS.layers, lab_add_ons({"trivy": Trivy()}).layers, ()}) == 2


def test_what_an_add_on_adds_every_command_on_its_node_finds(tmp_path: Path) -> None:
    keep_environment(tmp_path, ADD_ONS.environment)
    found = environment_of(tmp_path)
    assert found["CONTAINERD_NAMESPACE"] == "k8s.io"
    assert ENVIRONMENT.items() <= found.items()
    keep_environment(tmp_path, {})
    assert environment_of(tmp_path) == ENVIRONMENT


def test_a_lab_that_kept_nothing_has_what_all_have(tmp_path: Path) -> None:
    assert environment_of(tmp_path) == ENVIRONMENT


def test_nothing_forbids_what_people_are_taught_to_begin_with() -> None:
    # trivy image --download-db-only with TRIVY_SKIP_DB_UPDATE is an error
    assert not [name for name in ADD_ONS.environment if "SKIP_DB_UPDATE" in name]
