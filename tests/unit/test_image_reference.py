"""Image references are read as kubelet and containerd read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckslab.kubernetes.image_reference import ImageReference, parse_image_reference

SHA256 = "sha256:" + "a1" * 32
SHA512 = "sha512:" + "b2" * 64

READ = [
    ("nginx", "docker.io", "library/nginx", "", "", "nginx"),
    ("nginx:1.27", "docker.io", "library/nginx", "1.27", "", "nginx"),
    ("bitnami/nginx", "docker.io", "bitnami/nginx", "", "", "bitnami/nginx"),
    ("docker.io/nginx", "docker.io", "library/nginx", "", "", "docker.io/nginx"),
    ("index.docker.io/nginx", "docker.io", "library/nginx", "", "", "index.docker.io/nginx"),
    ("app:80", "docker.io", "library/app", "80", "", "app"),
    ("host:5000/app", "host:5000", "app", "", "", "host:5000/app"),
    ("host:5000/app:5000", "host:5000", "app", "5000", "", "host:5000/app"),
    ("localhost/app", "localhost", "app", "", "", "localhost/app"),
    ("Registry/app", "Registry", "app", "", "", "Registry/app"),
    ("[2001:db8::1]:5000/app:v1", "[2001:db8::1]:5000", "app", "v1", "", "[2001:db8::1]:5000/app"),
    ("quay.io/a/b__c/d---e.f:v1", "quay.io", "a/b__c/d---e.f", "v1", "", "quay.io/a/b__c/d---e.f"),
    (f"nginx@{SHA256}", "docker.io", "library/nginx", "", SHA256, "nginx"),
    (f"nginx:1@{SHA512}", "docker.io", "library/nginx", "1", SHA512, "nginx"),
]

REFUSED = [
    "",
    "NGINX",
    "quay.io/App",
    "nginx:",
    "nginx:-1",
    "nginx:" + "a" * 129,
    "a..b",
    "a___b",
    "-nginx",
    "nginx-",
    "quay.io/",
    "/nginx",
    "a//b",
    " nginx",
    "nginx\n",
    "nginx:1 ",
    "https://quay.io/app",
    "host:port/app",
    "-host.io/app",
    f"nginx@{SHA256[:-1]}",
    f"nginx@{SHA256.upper()}",
    f"nginx@{SHA256}:1",
    "nginx@md5:" + "a" * 32,
    "a" * 64,
    "quay.io/" + "a" * 256,
]


@pytest.mark.parametrize(("text", "registry", "repository", "tag", "digest", "name"), READ)
def test_its_parts(text: str, registry: str, repository: str, tag: str, digest: str, name: str) -> None:
    assert parse_image_reference(text) == ImageReference(registry, repository, tag, digest, name)


@pytest.mark.parametrize("text", REFUSED)
def test_what_the_kubelet_calls_an_invalid_image_name(text: str) -> None:
    assert parse_image_reference(text) is None


COMPONENT = st.from_regex(r"[a-z0-9]{1,8}((\.|_|__|-{1,3})[a-z0-9]{1,8}){0,2}", fullmatch=True)
REGISTRY = st.from_regex(
    r"[a-zA-Z0-9]([a-zA-Z0-9-]{0,6}[a-zA-Z0-9])?(\.[a-z0-9]{1,5}){1,2}(:[0-9]{1,5})?", fullmatch=True
)
TAG = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,12}", fullmatch=True)
DIGEST = st.binary(min_size=32, max_size=32).map(lambda raw: f"sha256:{raw.hex()}")


@given(REGISTRY, st.lists(COMPONENT, min_size=2, max_size=4), st.just("") | TAG, st.just("") | DIGEST)
def test_what_is_put_together_is_taken_apart_again(registry: str, path: list[str], tag: str, digest: str) -> None:
    name = f"{registry}/{'/'.join(path)}"
    text = name + (f":{tag}" if tag else "") + (f"@{digest}" if digest else "")
    found = parse_image_reference(text)
    assert found == ImageReference(registry, "/".join(path), tag, digest, name)
    assert str(found) == text


@given(st.lists(COMPONENT, min_size=1, max_size=3), st.just("") | TAG)
def test_docker_hub_is_meant_where_no_registry_is_named(path: list[str], tag: str) -> None:
    ending = f":{tag}" if tag else ""
    if len(path) > 1 and ("." in path[0] or path[0] == "localhost"):
        path[0] = "team"
    found = parse_image_reference("/".join(path) + ending)
    full = "/".join(path) if len(path) > 1 else f"library/{path[0]}"
    assert found is not None
    assert str(found) == f"docker.io/{full}{ending}"


@given(st.text(alphabet="abzA0.:/@-_ []\n", max_size=40) | st.text())
def test_any_text_is_a_reference_that_reads_the_same_again_or_none(text: str) -> None:
    found = parse_image_reference(text)
    if found is not None:
        again = parse_image_reference(str(found))
        assert again is not None
        assert str(again) == str(found)
