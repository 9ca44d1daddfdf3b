"""What a learner does with images on a node, in one piece: build, run, push, pull, as it must be on every backend."""

from __future__ import annotations

import re

from tests.support.node_fixtures.home import Ended, Home

LAB = "images-lab"
IMAGE = "registry.lab.local:5000/team/app:1"

BUILD = f"""
mkdir -p /root/b && cd /root/b
cat >Dockerfile <<'EOF'
ARG BASE=busybox:1.36
FROM $BASE AS first
ARG PROGRAM=/bin/busybox
RUN cp $PROGRAM /first && adduser -D -u 10001 app && id app
FROM scratch
COPY --from=first --chown=10001:10001 --chmod=755 /first /busybox
COPY <<END /etc/passwd
app:x:10001:10001::/:/bin/false
END
USER app
ENTRYPOINT ["/busybox", "sleep", "1000"]
EOF
docker build -t {IMAGE} . 2>&1
"""

UP = f"""
kubectl create secret docker-registry registry --docker-server=registry.lab.local:5000 --docker-username=puller \\
    --docker-password="$(sed -n 's/^password: //p' /root/login)"
kubectl patch serviceaccount default --patch '{{"imagePullSecrets": [{{"name": "registry"}}]}}'
kubectl run with --image={IMAGE} --image-pull-policy=Always
kubectl wait --for=condition=Ready pod/with --timeout=60s
"""


def sh(home: Home, script: str, timeout: float = 120.0) -> Ended:
    """Run a script on the lab's node as its learner."""
    return home.run("shell", LAB, "--", "bash", "-c", script, timeout=timeout)


def builds_and_runs(home: Home) -> None:
    """What is built is what docker and the kubelet run, as the user that it names."""
    assert "exporting to image" in sh(home, BUILD).ok().out
    assert re.search(r"team/app\s+1\s", sh(home, "docker images").ok().out)
    # a name of two letters is the shortest that nerdctl takes
    sh(home, f"docker run -d --name web --read-only --cap-drop ALL {IMAGE}").ok()
    assert (
        "10001"
        in sh(home, "for p in $(pgrep -f '^/busybox sleep'); do grep -h ^Uid: /proc/$p/status; done").ok().out
    )
    sh(home, "docker rm -f web").ok()
    run = f"kubectl run built --image={IMAGE} --image-pull-policy=Never"
    assert (
        "condition met" in sh(home, f"{run} && kubectl wait --for=condition=Ready pod/built --timeout=60s").ok().out
    )


def nobody_has_it(home: Home) -> None:
    """A name that nobody knows fails at once, and in the registry's own words without a login."""
    ended = sh(
        home, "printf 'FROM nobody.example/none:1\\n' >/tmp/Dockerfile && docker build -f /tmp/Dockerfile /tmp 2>&1"
    )
    assert ended.code != 0
    assert "no such host" in ended.out
    assert ended.seconds < 15
    denied = sh(home, f"docker push {IMAGE} 2>&1")
    assert denied.code != 0
    assert "no basic auth credentials" in denied.out


def pushes_and_pulls(home: Home) -> None:
    """Pushed with the password, pulled by a pod with a secret, and by no other; a login in /root is the shell's only."""
    login = f"sed -n 's/^password: //p' /root/login | docker login --username puller --password-stdin {IMAGE.split('/')[0]}"
    assert "Login Succeeded" in sh(home, f"{login} && docker push {IMAGE} 2>&1").ok().out
    sh(home, f"docker rmi -f {IMAGE}; kubectl delete pod built --now --ignore-not-found").ok()
    without = "kubectl run without --image={} --image-pull-policy=Always; sleep 4; kubectl describe pod without"
    said = sh(home, without.format(IMAGE)).ok().out
    assert re.search("401 Unauthorized|no basic auth credentials", said), said
    assert "condition met" in sh(home, UP).ok().out
    digest = sh(home, "kubectl get pod with -o jsonpath='{.status.containerStatuses[0].imageID}'").ok().out
    assert re.fullmatch(r"registry\.lab\.local:5000/team/app@sha256:[0-9a-f]{64}", digest)


NAME = "busybox:1.36"
SYNTAX = f"""
mkdir -p /root/s && cd /root/s
printf '# syntax=%s\\nFROM {NAME}\\nCOPY <<E /x\\nhello\\nE\\n%s\\n' "$1" "$2" >Dockerfile
docker build --pull --no-cache --tag syntax . 2>&1
"""


def pulls_public_names(home: Home) -> None:
    """A public name of the lab's is pulled in every way, with the digest of the store; another one is not found."""
    digest = sh(home, "docker images --digests --no-trunc | awk '/^busybox/ {print $3; exit}'").ok().out.strip()
    for name in (NAME, f"docker.io/library/{NAME}@{digest}"):
        sh(home, f"docker rmi -f {NAME}; docker pull {name} 2>&1").ok()
    sh(home, f"docker rmi -f {NAME}; crictl pull {NAME}").ok()
    assert digest in sh(home, "docker images --digests --no-trunc").ok().out
    sh(
        home, f"docker rmi -f {NAME}; kubectl run public --image={NAME} --image-pull-policy=Always -- sleep 1000"
    ).ok()
    sh(home, "kubectl wait --for=condition=Ready pod/public --timeout=60s").ok()
    image = sh(home, "kubectl get pod public -o jsonpath='{.status.containerStatuses[0].imageID}'").ok().out
    # nerdctl has kept the name with tag and digest that it was given, and the status tells one of the names
    assert re.fullmatch(rf"docker\.io/library/busybox(:1\.\d+)?@{digest}", image), image
    sh(home, "kubectl delete pod public --now").ok()
    for name in ("nginx", "busybox:9", "quay.io/a/b:1", f"busybox@sha256:{'1' * 64}"):
        for pull in ("docker", "crictl"):
            ended = sh(home, f"{pull} pull {name} 2>&1")
            assert ended.code != 0
            assert "not found" in ended.out, ended.out
    denied = sh(home, f"docker tag {NAME} busybox:mine; docker push busybox:mine 2>&1")
    assert denied.code != 0
    assert "403 Forbidden" in denied.out


def reads_the_line_about_syntax(home: Home) -> None:
    """Docker's frontend is there, and reads and refuses as BuildKit itself does; another one is not found."""

    def build(syntax: str, line: str) -> Ended:
        return sh(home, f"set -- {syntax} '{line}'{SYNTAX}")

    for syntax in ("docker/dockerfile:1", "docker.io/docker/dockerfile:1.7", "docker/dockerfile"):
        said = build(syntax, "RUN test hello = $(cat /x)").ok().out
        assert "dockerfile parse" not in said
        assert re.search("docker-image://docker.io/docker/dockerfile", said), said
    failed = build("docker/dockerfile:1", "RUN exit 3")
    assert failed.code != 0
    assert re.search(r"6 \| >>> RUN exit 3", failed.out), failed.out
    assert "exit code: 3" in failed.out
    refused = build("docker/dockerfile:1", "COPZ a b")
    assert "unknown instruction: COPZ (did you mean COPY?)" in refused.out
    assert refused.code != 0
    for nobodys in ("nobody/frontend:1", "docker/dockerfile:1-labs", "docker/dockerfile:9"):
        ended = build(nobodys, "RUN true")
        assert ended.code != 0
        assert f"{nobodys}: not found" in ended.out, ended.out


def nothing_is_left(home: Home) -> None:
    """After a reset: no image, no cache, no login, an empty registry and another password.

    The kubelet keeps with whose credentials it pulled an image, and asks for them wherever it is used again.
    """
    before = sh(home, "cat /root/login").ok().out
    pulled = "ls -A /var/lib/kubelet/image_manager/pulled"
    assert sh(home, pulled).ok().out
    home.run("reset", LAB).ok()
    assert sh(home, pulled).ok().out == ""
    assert "team/app" not in sh(home, "docker images; ls -A /root /var/lib/registry-private 2>&1 || true").ok().out
    assert (
        sh(home, "buildctl du | grep -c ^sha || true; test -e /root/.docker || echo none").ok().out.split()[-1]
        == "none"
    )
    assert re.search(r"^Total:\s+0\s*B", sh(home, "buildctl du").ok().out, re.MULTILINE)
    assert sh(home, "cat /root/login").ok().out != before
    login = f"curl -su {before.split()[3]}:{before.split()[5]} --cacert /etc/ckslab/trust/registry-private.crt"
    assert "UNAUTHORIZED" in sh(home, f"{login} https://registry.lab.local:5000/v2/_catalog").ok().out
