"""Gatekeeper as an add-on: its manifest is the release's own, its keys are the lab's."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ckslab.add_ons.gatekeeper import manifest as gatekeeper
from ckslab.add_ons.gatekeeper.manifest import VERSION
from ckslab.add_ons.gatekeeper.settings import Gatekeeper
from ckslab.add_ons.gatekeeper.start import HOST, _keys
from ckslab.cluster import binaries


def test_the_manifest_is_the_modules_own_with_our_settings() -> None:
    documents = [one for one in yaml.safe_load_all(gatekeeper.manifest()) if one]
    deployments = {one["metadata"]["name"]: one["spec"] for one in documents if one["kind"] == "Deployment"}
    assert set(deployments) == {"gatekeeper-controller-manager", "gatekeeper-audit"}
    for spec in deployments.values():
        container = spec["template"]["spec"]["containers"][0]
        assert spec["replicas"] == 1
        assert container["imagePullPolicy"] == "IfNotPresent"
        assert f"docker.io/{container['image']}" == gatekeeper.IMAGE
        assert container["command"] == [gatekeeper.IMAGE_PATH]
    audit = deployments["gatekeeper-audit"]["template"]["spec"]["containers"][0]["args"]
    assert "--audit-interval=10" in audit
    assert binaries.load().version("gatekeeper") == VERSION


def test_its_webhook_configurations_stand_alone() -> None:
    kinds = {one["kind"]: one["webhooks"][0]["name"] for one in gatekeeper.webhook_configurations()}
    assert kinds == {
        "MutatingWebhookConfiguration": "mutation.gatekeeper.sh",
        "ValidatingWebhookConfiguration": "validation.gatekeeper.sh",
    }


def test_the_shipped_file_is_the_modules_byte_for_byte() -> None:
    if shutil.which("go") is None:
        pytest.skip("no Go toolchain to ask for the module")
    module = Path(binaries.__file__).parent / "modules" / "gatekeeper"
    name = "github.com/open-policy-agent/gatekeeper/v3"
    done = subprocess.run(
        ["go", "list", "-mod=readonly", "-m", "-json", name],
        cwd=module, capture_output=True, text=True, check=False,
    )  # fmt: skip
    folder = json.loads(done.stdout or "{}").get("Dir")
    if not folder:
        pytest.skip("the module is not in Go's cache")
    ours = Path(gatekeeper.__file__).with_name(f"gatekeeper-{VERSION}.yaml")
    assert ours.read_bytes() == (Path(folder) / "deploy" / "gatekeeper.yaml").read_bytes()


def test_keys_are_what_gatekeepers_rotation_accepts() -> None:
    files = {name: base64.b64decode(text) for name, text in _keys().items()}
    assert set(files) == {"ca.crt", "ca.key", "tls.crt", "tls.key"}
    authority, server = (x509.load_pem_x509_certificate(files[name]) for name in ("ca.crt", "tls.crt"))
    names = {
        one.subject.rfc4514_string(): one.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        for one in (authority, server)
    }
    assert names["CN=gatekeeper-ca"].get_values_for_type(x509.DNSName) == ["gatekeeper-ca"]
    assert names[f"CN={HOST}"].get_values_for_type(x509.DNSName) == [HOST]
    server.verify_directly_issued_by(authority)
    assert b"BEGIN RSA PRIVATE KEY" in files["ca.key"], "cert-controller reads PKCS 1 only"
    assert load_pem_private_key(files["tls.key"], None)


@pytest.mark.parametrize("given", [{}, {"installed": True, "manifest": "/opt/x.yaml"}])
def test_it_is_there_in_one_way(given: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="in one way"):
        Gatekeeper.model_validate(given)
