"""The base `gcc`: a small C compiler that makes static programs, under the names of the big one."""

from __future__ import annotations

from pathlib import Path

from ckslab.cluster.image_archive import Entry, ImageConfig, Layer
from ckslab.cluster.lab_images import programs
from ckslab.cluster.lab_images.accounts import SYSTEM, account_files
from ckslab.cluster.lab_images.base_image import PATH, Base, Wanted
from ckslab.cluster.lab_images.busybox import shell_files

_SCRIPT = Path(__file__).with_name("gcc.sh")


def _layers(wanted: Wanted) -> tuple[Layer, ...]:
    compiler = (
        *programs.compiler(wanted.architecture),
        Entry("/usr/bin/gcc", _SCRIPT.read_bytes(), 0o755),
        Entry.link("/usr/bin/cc", "gcc"),
    )
    return (*shell_files(wanted.architecture), *account_files(SYSTEM)), compiler


BASE = Base(
    "gcc",
    "a stand-in for docker.io/library/gcc, with tcc 0.9.27 and musl 1.2.3, which make static programs.",
    _layers,
    ImageConfig(cmd=("sh",), env={"PATH": PATH}),
    has_shell=True,
)
