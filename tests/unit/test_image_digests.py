"""An image has several digests, and a text that names it by one of them is told from all that only look like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckslab.kubernetes.image_digests import Pin, StoredImage, digest_problem, other_image, read_pin

NAME = "registry.k8s.io/kube-apiserver"


def digest(letter: str) -> str:
    return "sha256:" + letter * 64


MANIFEST, INDEX, CONFIG = digest("a"), digest("b"), digest("c")
ETCD, ETCD_ID, OLDER, NOBODYS = digest("d"), digest("e"), digest("f"), digest("0")
RIGHT = StoredImage(
    (f"{NAME}:v1.35.4", f"{NAME}@{INDEX}", CONFIG), frozenset({MANIFEST, INDEX}), frozenset({CONFIG})
)
STORE = (
    RIGHT,
    StoredImage(
        (f"registry.k8s.io/etcd@{ETCD}", "registry.k8s.io/etcd:3.6.6-0"), frozenset({ETCD}), frozenset({ETCD_ID})
    ),
    StoredImage((f"{NAME}:v1.35.3",), frozenset({OLDER}), frozenset()),
)


@pytest.mark.parametrize(
    ("text", "pin"),
    [
        (f"{NAME}@{MANIFEST}", Pin(NAME, MANIFEST)),
        (f"{NAME}:v1.35.4@{MANIFEST}", Pin(NAME, MANIFEST)),
        (f"{NAME}:nosuchtag@{MANIFEST}", Pin(NAME, MANIFEST)),  # seen on a node: it runs
        (CONFIG, Pin("", CONFIG)),
        (f"nginx@{MANIFEST}", Pin("docker.io/library/nginx", MANIFEST)),
        (f"registry.lab:5000/app@{MANIFEST}", Pin("registry.lab:5000/app", MANIFEST)),
    ],
)
def test_whole_digests_are_pins_with_and_without_a_tag(text: str, pin: Pin) -> None:
    assert read_pin(text) == pin


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f"{NAME}:v1.35.4", "named by its tag alone"),
        (NAME, "neither tag nor digest"),
        (f"{NAME}@{MANIFEST[:19]}", "it is cut: 12 of 64 digits"),
        (f"{NAME}@{MANIFEST[:19]}...", "it is cut: 12 of 64 digits"),
        (f"{NAME}:v1.35.4@{MANIFEST[:-1]}", "it is cut: 63 of 64 digits"),
        (f"{NAME}@{MANIFEST}a", "more than 64 digits"),
        (f"{NAME}@sha256:", "it is cut: 0 of 64 digits"),
        (f"{NAME}@sha256:{'A' * 64}", "written in lower case"),
        (f"{NAME}@SHA256:{'a' * 64}", "by, in lower case"),
        (f"{NAME}@sha512:{'a' * 128}", "sha256 is what a node knows its images by"),
        (f"{NAME}@md5:{'a' * 32}", "sha256 is what a node knows its images by"),
        (f"{NAME}@{'a' * 64}", "sha256: and 64 hexadecimal digits make one"),
        (f"{NAME}@sha256", "sha256: and 64 hexadecimal digits make one"),
        (f"{NAME}@v1.35.4", "sha256: and 64 hexadecimal digits make one"),
        (f"{NAME}@sha256:{'g' * 64}", "hexadecimal digits and nothing else"),
        (f"{NAME}@{MANIFEST} ", "hexadecimal digits and nothing else"),
        (f"{NAME}@{MANIFEST}\n", "hexadecimal digits and nothing else"),
        (f"{NAME}@{MANIFEST}@{MANIFEST}", "hexadecimal digits and nothing else"),
        (f"{NAME}:{'a' * 64}", "the digits are its tag"),
        (f"{NAME}:{MANIFEST}", "takes it for no image"),
        (
            CONFIG[:19],
            "no whole ID of an image: it is cut: 12 of 64 digits",
        ),  # seen on a node: it runs all the same
        (CONFIG[len("sha256:") :], "the kubelet takes digits alone for no image"),
        (CONFIG[len("sha256:") :][:12], "neither tag nor digest"),
        (f"docker-pullable://{NAME}@{MANIFEST}", "takes it for no image"),
        (f" {NAME}@{MANIFEST}", "takes it for no image"),
        (f"Registry.k8s.io/Kube-apiserver@{MANIFEST}", "takes it for no image"),
        (f"@{MANIFEST}", "takes it for no image"),
        ("", "takes it for no image"),
    ],
)
def test_what_is_no_pin_is_told_in_a_sentence(text: str, says: str) -> None:
    told = read_pin(text)
    assert isinstance(told, str)
    assert says in told


@pytest.mark.parametrize("pin", [Pin(NAME, MANIFEST), Pin(NAME, INDEX), Pin("", CONFIG)])
def test_each_digest_of_the_image_leads_to_it_where_it_may_stand(pin: Pin) -> None:
    assert other_image(pin, RIGHT, STORE) == ""


@pytest.mark.parametrize(
    ("pin", "says"),
    [
        (Pin(NAME, CONFIG), "this image's ID"),
        (Pin("", MANIFEST), "the digest of this image's manifest"),
        (Pin("", INDEX), "the digest of this image's manifest"),
        (Pin(NAME, ETCD), "the digest of registry.k8s.io/etcd:3.6.6-0"),
        (Pin("", ETCD_ID), "the ID of registry.k8s.io/etcd:3.6.6-0"),
        (Pin(NAME, OLDER), f"the digest of {NAME}:v1.35.3"),
        (Pin(NAME, NOBODYS), "no image with this digest"),
        (Pin("", NOBODYS), "no image with this digest"),
    ],
)
def test_what_leads_elsewhere_is_told_in_a_sentence(pin: Pin, says: str) -> None:
    assert says in other_image(pin, RIGHT, STORE)


@given(st.text(alphabet="0123456789abcdefABCDEFg.:@/sha256 \n", max_size=90))
def test_any_text_is_a_pin_or_has_its_sentence(text: str) -> None:
    told = read_pin(text)
    if isinstance(told, Pin):
        assert digest_problem(told.digest) == ""
        assert text.endswith(told.digest)
    else:
        assert told


@given(st.text(alphabet="0123456789abcdef", min_size=64, max_size=64), st.integers(0, 63))
def test_no_part_of_a_digest_is_one(digits: str, length: int) -> None:
    assert digest_problem(f"sha256:{digits}") == ""
    assert "cut" in digest_problem(f"sha256:{digits[:length]}")


def test_an_image_is_called_by_its_tag() -> None:
    assert RIGHT.title == f"{NAME}:v1.35.4"
    assert StoredImage((CONFIG,), frozenset(), frozenset({CONFIG})).title == CONFIG
