"""The wheel: one top-level package, with checks, scenarios and the node's programs, usable from an empty folder."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = out.glob("*.whl")
    return made


def test_the_wheel_installs_one_package_that_holds_everything(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"ckslab"}
    for wanted in (
        "ckslab/checks/static_pod.py",
        "ckslab/scenarios/image-policy-webhook/ipw-complete/scenario.yaml",
        "ckslab/scenarios/image-policy-webhook/ipw-complete/answers.yaml",
        "ckslab/cluster/binaries/pins.json",
        "ckslab/cluster/binaries/modules/kubernetes/go.sum",
        "ckslab/cluster/binaries/modules/registry/main.go",
        "ckslab/cluster/binaries/modules/nerdctl/tigron/go.mod",
        "ckslab/cluster/binaries/modules/nerdctl/tigron/tig/t.go",
        "ckslab/cluster/labnode/bin/labnode-amd64.xz",
        "ckslab/cluster/labnode/bin/labnode-arm64.xz",
        "ckslab/cluster/labnode/bin/pause-amd64",
        "ckslab/cluster/lab_images/alpine/apk.sh",
        "ckslab/cluster/lab_images/gcc.sh",
        "ckslab/cluster/lab_images/programs/bin/busybox-amd64.xz",
        "ckslab/cluster/lab_images/programs/bin/cc-arm64.tar.xz",
        "ckslab/cluster/local/templates/boot.sh",
        "ckslab/needs/image_gate/run.sh",
        "ckslab/scanning/database/bin/SHA256SUMS",
        "ckslab/scanning/database/bin/trivy.db.xz",
        "ckslab/web/static/page.js",
        "ckslab/web/static/xterm/LICENSE-xterm",
        "ckslab/web/static/xterm/xterm.mjs",
        "ckslab/web/templates/page.html",
    ):
        assert wanted in names
    assert not [name for name in names if "__pycache__" in name or name.startswith("ckslab/tests")]


def test_an_installed_ckslab_lists_and_shows_scenarios_from_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    environment, empty = tmp_path / "venv", tmp_path / "empty"
    empty.mkdir()
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)
    site = next(environment.glob("lib/python*/site-packages"))
    zipfile.ZipFile(wheel).extractall(site)
    # the dependencies are those of this environment; ckslab itself must come from the wheel
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    home = {"CKSLAB_HOME": str(tmp_path / "home"), "PATH": os.environ["PATH"], "HOME": str(tmp_path)}

    def run(*words: str) -> str:
        command = [str(environment / "bin/python"), *words]
        done = subprocess.run(command, cwd=empty, env=home, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert str(site) in run("-c", "import ckslab; print(ckslab.__file__)")
    assert "ipw-complete" in run("-m", "ckslab", "list")
    assert "scanner.lab" in run("-m", "ckslab", "show", "ipw-complete")
