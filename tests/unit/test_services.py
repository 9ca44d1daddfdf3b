"""Services of a lab: what is planned for the node, what checks know of it, what is kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography import x509

from ckslab.certificates import Authority
from ckslab.evidence import NotAvailable
from ckslab.lab.services import read_services, running_services, write_services
from ckslab.needs.service import ServiceFact
from ckslab.services import SERVICE_KINDS


def test_every_kind_is_found_under_its_own_name() -> None:
    assert {name: kind.name for name, kind in SERVICE_KINDS.items()} == {name: name for name in SERVICE_KINDS}


def test_a_planned_scanner_shows_a_certificate_of_its_authority_for_its_host() -> None:
    kind = SERVICE_KINDS["image-scanner"]
    settings = kind.settings.model_validate(
        {"host": "scan.lab", "port": 9443, "path": "/v", "deny": [{"image": "*:latest", "reason": "no latest"}]}
    )
    authority = Authority("scan CA")
    planned = kind.plan("scan", settings, authority)
    config = json.loads(planned.node.files["config.json"])
    assert config["deny"] == [{"image": "*:latest", "reason": "no latest"}]
    assert {config[key].rpartition("/")[2] for key in ("cert", "key", "client_ca")} < set(planned.node.files)
    assert planned.node.hosts == ("scan.lab",)
    assert planned.fact.url == "https://scan.lab:9443/v"
    shown = x509.load_pem_x509_certificate(planned.fact.values["certificate"].encode())
    shown.verify_directly_issued_by(x509.load_pem_x509_certificate(authority.certificate))


def test_the_services_of_a_lab_are_kept_in_its_folder(tmp_path: Path) -> None:
    fact = ServiceFact("scanner", "image-scanner", "https://scanner.lab:8443/review", {"ca": "PEM"})
    write_services(tmp_path, [fact])
    assert read_services(tmp_path) == (fact,)
    assert list(running_services(tmp_path)) == ["scanner"]
    assert (tmp_path / "services.json").stat().st_mode & 0o777 == 0o600


def test_a_lab_of_0_1_0_is_read(tmp_path: Path) -> None:
    kept = {"name": "s", "url": "https://s", "ca_pem": "A", "certificate_pem": "B", "client_ca_pem": "C"}
    (tmp_path / "services.json").write_text(json.dumps([kept]))
    values = {"ca": "A", "certificate": "B", "client-ca": "C"}
    assert read_services(tmp_path) == (ServiceFact("s", "image-scanner", "https://s", values),)


def test_what_a_kind_does_not_tell_leaves_who_asks_undecided() -> None:
    fact = ServiceFact("tower", "clock", "file:///run/clock")
    with pytest.raises(NotAvailable, match="tower is of the kind clock, which has no certificate"):
        fact.value("certificate")
