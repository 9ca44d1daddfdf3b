"""What is in the lab's images runs: in a namespace of its own, with the image's files as its root."""

from __future__ import annotations

import gzip
import io
import platform
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ckslab.cluster import shipped
from ckslab.cluster.image_archive import pack
from ckslab.cluster.lab_images import LabImage, made
from ckslab.cluster.lab_images.alpine.installed import MACHINES
from ckslab.cluster.lab_images.alpine.releases import release_of
from ckslab.cluster.lab_images.alpine.repository import Package, repository

try:
    ARCHITECTURE = shipped.architecture(platform.machine())
except Exception:
    ARCHITECTURE = ""

INSIDE = ("unshare", "--user", "--map-root-user", "--net", "--mount", "--pid", "--fork")


def usable() -> bool:
    if not ARCHITECTURE or shutil.which("unshare") is None:
        return False
    return subprocess.run([*INSIDE, "true"], capture_output=True, check=False).returncode == 0


pytestmark = pytest.mark.skipif(
    not usable(), reason="needs a user namespace and programs of this machine's architecture"
)

PACKAGES = [
    Package(
        "curl",
        "8.5.0-r0",
        {"/usr/bin/curl": (b"#!/bin/sh\necho curl 8.5.0\n", 0o755), "/etc/curlrc": (b"#\n", 0o644)},
    ),
    Package("curl", "8.11.0-r2", {"/usr/bin/curl": (b"#!/bin/sh\necho curl 8.11.0\n", 0o755)}),
    Package("curl-doc", "8.5.0-r0", {"/usr/share/doc/curl": (b"read me\n", 0o644)}),
    Package("openssl", "3.1.4-r6", {"/usr/bin/openssl": (b"#!/bin/sh\necho 3.1.4\n", 0o755)}),
    Package("libssl3", "3.1.8-r0", {"/usr/lib/libssl.so.3": (b"lib", 0o755)}),
]


class Root:
    """An image unpacked."""

    def __init__(self, folder: Path, image: LabImage) -> None:
        self.folder = folder
        for layer in pack(made(image, ARCHITECTURE), ARCHITECTURE).layers:
            with tarfile.open(fileobj=io.BytesIO(layer.read())) as tar:
                for one in tar:
                    one.uid = one.gid = 0
                tar.extractall(folder, filter="fully_trusted")

    def run(self, script: str, prepare: str = "") -> subprocess.CompletedProcess[str]:
        """A shell script in it, with a loopback device; both outputs together."""
        whole = f"export PATH=/usr/sbin:/usr/bin:/sbin:/bin; ip link set lo up; {prepare}\n{script}"
        words = [*INSIDE, "--root", str(self.folder), "/bin/sh", "-c", whole]
        return subprocess.run(
            words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=False, env={}
        )

    def said(self, script: str) -> str:
        """What a script prints that ends well."""
        done = self.run(script)
        assert done.returncode == 0, done.stdout
        return done.stdout


@pytest.fixture
def alpine(tmp_path: Path) -> Root:
    """An alpine with a server of packages."""
    root = Root(tmp_path, LabImage("a:1", "alpine", release="3.19.1", packages={"openssl": "3.1.4-r1"}))
    for name, data in repository(PACKAGES, "3.19", MACHINES[ARCHITECTURE]).items():
        path = tmp_path / "srv" / "alpine" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (tmp_path / "etc" / "hosts").write_text("127.0.0.1 localhost packages.lab.local\n")
    return root


SERVE = "httpd -p 127.0.0.1:80 -h /srv"


PINNED = " ".join(f"{name}={version}" for name, version in release_of("3.19").packages.items() if name != "zlib")


PROC = "mount -t proc proc /proc"


def apk(root: Root, script: str) -> tuple[int, str]:
    done = root.run(script, SERVE)
    return done.returncode, done.stdout


def test_shell_knows_the_tools_of_a_dockerfile(tmp_path: Path) -> None:
    root = Root(tmp_path, LabImage("a:1", "busybox"))
    said = root.said(
        "addgroup -S app && adduser -S -D -H -G app -u 10001 app && id app && grep app /etc/passwd;"
        "echo '127.0.0.1 a.lab' >/etc/hosts; mkdir -p /srv/w; echo hi >/srv/w/index.html; chmod 640 /srv/w/index.html;"
        "httpd -p 127.0.0.1:8080 -h /srv/w; wget -qO- http://a.lab:8080/; stat -c %a /srv/w/index.html;"
        "su app -s /bin/sh -c id; busybox | head -1"
    )
    assert "uid=10001(app)" in said
    assert "\nhi\n640\n" in said
    assert "BusyBox v1.35.0" in said


def test_images_that_wait_end_at_once(tmp_path: Path) -> None:
    root = Root(tmp_path, LabImage("a:1", "alpine"))
    (tmp_path / "wait").write_text(made(LabImage("a:1", "alpine"), ARCHITECTURE).config.cmd[2])
    (tmp_path / "dev" / "null").touch()  # what runs beside has it as its input
    said = root.said("sh /wait & sleep 1; kill -TERM $!; wait $!; echo ended $?")
    assert said.strip() == "ended 0"


def test_compiler_makes_static_programs_that_run(tmp_path: Path) -> None:
    root = Root(tmp_path, LabImage("a:1", "gcc"))
    (tmp_path / "tmp" / "a.c").write_text(
        "#include <stdio.h>\n#include <math.h>\n#include <stdlib.h>\n#include <string.h>\n"
        "struct big { char text[200]; };\n"
        "static struct big copy(struct big b) { return b; }\n"
        'int main(int c, char **v) { struct big b; memset(&b, 0, sizeof b); strcpy(b.text, "hello");\n'
        ' printf("%s %.3f %Lg\\n", copy(b).text, sqrt(atof(v[1])), 2.5L); return 0; }\n'
    )
    said = root.said(
        "cd /tmp; gcc -O2 -Wall -Wextra -std=c11 -s -o a a.c -lm && ./a 2; cc -c a.c && cc -o b a.o && ./b 9"
    )
    assert said == "hello 1.414 2.5\nhello 3.000 2.5\n"
    broken = root.run("cd /tmp; echo 'int main() { return x; }' >b.c; gcc -o c b.c")
    assert broken.returncode == 1
    assert "b.c:1: error: 'x' undeclared" in broken.stdout
    assert "stand-in made by ckslab" in root.said("gcc --version; cc --version")


def test_apk_installs_the_version_that_is_asked_for(alpine: Root) -> None:
    code, said = apk(alpine, "apk add --no-cache curl=8.5.0-r0 && curl; grep -c . /etc/apk/world; apk info -e curl")
    assert code == 0, said
    assert "(1/1) Installing curl (8.5.0-r0)\n" in said
    assert "OK: 17 packages\ncurl 8.5.0\n" in said
    listed = (alpine.folder / "lib/apk/db/installed").read_text().split("\n\n")
    (curl,) = [one for one in listed if "\nP:curl\n" in one]
    assert "\nV:8.5.0-r0\n" in curl
    assert "F:usr/bin\nR:curl" in curl


def test_apk_without_a_version_takes_the_newest(alpine: Root) -> None:
    _, said = apk(alpine, "apk add -q curl openssl; curl; openssl; apk list -I 'curl*'; apk add -q curl; echo $?")
    assert said == f"curl 8.11.0\n3.1.4\ncurl-8.11.0-r2 {MACHINES[ARCHITECTURE]} {{curl}} [installed]\n0\n"
    assert (alpine.folder / "lib/apk/db/installed").read_text().count("P:openssl\n") == 1


def test_apk_knows_a_version_by_its_beginning(alpine: Root) -> None:
    assert apk(alpine, "apk add -q curl~8.5; curl; apk add -q curl=~8.1 2>&1")[1].startswith(
        "curl 8.5.0\nERROR: unable"
    )


def test_apk_says_what_it_cannot_select(alpine: Root) -> None:
    code, said = apk(alpine, "apk add --no-cache curl=1.2 nosuch openssl")
    assert code == 2
    assert said.endswith(
        "ERROR: unable to select packages:\n"
        "  curl-8.11.0-r2:\n    breaks: world[curl=1.2]\n"
        "  nosuch (no such package):\n    required by: world[nosuch]\n"
    )
    assert not (alpine.folder / "usr/bin/openssl").exists()


def test_apk_without_a_repository_says_so(alpine: Root) -> None:
    done = alpine.run("apk update; echo $?; apk add curl; echo $?; apk add zlib && apk del nosuch")
    assert "temporary error (try again later)\n" in done.stdout
    assert "curl (no such package)" in done.stdout
    assert "ERROR: No such package: nosuch" in done.stdout
    assert done.returncode == 1


def test_apk_deletes_and_upgrades(alpine: Root) -> None:
    code, said = apk(
        alpine,
        "apk add -q curl=8.5.0-r0 curl-doc; apk upgrade; apk del curl; ls /usr/bin/curl /usr/share/doc/curl; apk info | wc -l",
    )
    assert "Upgrading curl" not in said  # the world holds it
    assert "Upgrading libssl3 (3.1.4-r5 -> 3.1.8-r0)" in said
    assert "Purging curl (8.5.0-r0)\nOK: 17 packages\n" in said
    assert "/usr/bin/curl: No such file" in said
    assert "\n/usr/share/doc/curl\n17\n" in said
    assert code == 0


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("apk add tini=1.2-r9 zlib=1.3.1-r0; apk list tini", []),
        (f"apk add -q {PINNED} tini=1.2-r9 && apk upgrade", ["zlib (1.3.1-r1)"]),
        ("apk add -q tini >/dev/null 2>&1; true", ["tini (1.2-r10)"]),
        ("apk add 'tini~1.2' && apk del tini", ["tini (1.2-r10)"]),
        ("echo tini ssl_client | xargs timeout 9 apk add", ["tini (1.2-r10)", "ssl_client (1.36.1-r16)"]),
    ],
)
def test_apk_of_a_later_day_tells_the_build_of_what_is_newer(tmp_path: Path, script: str, told: list[str]) -> None:
    root = Root(tmp_path, LabImage("a:1", "alpine", release="3.19.1", available={"tini": "1.2-r9"}))
    (tmp_path / "dev" / "null").touch()
    today = root.said(script)
    assert "later" not in today
    (tmp_path / "etc" / "hosts").write_text("127.0.0.1 later.packages.lab.local\n")
    said = root.said(f"{PROC}; {script}")
    marks = [line.partition(": ")[2] for line in said.splitlines() if line.startswith("apk of a later day: ")]
    assert list(dict.fromkeys(marks)) == told


def test_apk_of_a_later_day_fails_where_the_build_cannot_be_told(tmp_path: Path) -> None:
    root = Root(tmp_path, LabImage("a:1", "alpine", release="3.19.1", available={"tini": "1.2-r9"}))
    (tmp_path / "dev" / "null").touch()
    (tmp_path / "etc" / "hosts").write_text("127.0.0.1 later.packages.lab.local\n")
    for script in ("apk add tini >/dev/null 2>&1", "exec >/dev/null 2>&1; apk add tini || exit 1"):
        assert root.run(f"{PROC}; {script}").returncode == 1
        assert "\nV:1.2-r10\n" in (tmp_path / "lib/apk/db/installed").read_text()
        root.said("apk del tini")
    assert root.run(f"{PROC}; apk add tini=1.2-r9 >/dev/null 2>&1").returncode == 0


def test_apk_says_that_it_is_a_stand_in_and_what_it_does_not_know(alpine: Root) -> None:
    assert "stand-in made by ckslab" in alpine.said("apk --version")
    assert apk(alpine, "apk fix")[1] == "ERROR: 'fix' is not a command that this stand-in for apk knows\n"
    assert apk(alpine, "apk add 'curl>8'")[0] == 99
    assert apk(alpine, "apk add ';reboot'")[0] == 99
    assert apk(alpine, "apk --nonsense add curl")[0] == 1


def test_package_is_in_the_index_it_is_listed_in() -> None:
    made_of = repository(PACKAGES, "3.19", "x86_64")
    assert sorted(made_of) == sorted(
        [
            "v3.19/main/x86_64/APKINDEX.tar.gz",
            *(f"v3.19/main/x86_64/{one.name}-{one.version}.apk" for one in PACKAGES),
        ]
    )
    assert b"P:curl-doc\n" in gzip.decompress(made_of["v3.19/main/x86_64/APKINDEX.tar.gz"])
    assert made_of == repository(PACKAGES, "3.19", "x86_64")


@pytest.fixture(autouse=True)
def _removable(tmp_path: Path) -> Iterator[None]:
    yield
    subprocess.run(["chmod", "-R", "u+rwX", tmp_path], check=False, capture_output=True)
