"""The learner's shell on the node: completion without the package bash-completion, the editor's settings, stand-ins."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from ckslab.cluster.labnode import binary
from ckslab.cluster.local.node_programs import STAND_INS, architecture
from ckslab.cluster.node.templates import SHARED

BASHRC = (SHARED / "bashrc").read_text().replace("/usr/share/bash-completion/bash_completion", "/missing")


def words(line: str) -> list[str]:
    """What our function finds when Tab is pressed at the end of `line`: cur, prev, then all words."""
    # bash's own splitting is had by letting bash complete: a completion function prints what it is given
    script = f"""
{BASHRC}
show() {{ local cur prev words cword; _get_comp_words_by_ref -n =: cur prev words cword
    printf '%s\\n' "<$cur>" "<$prev>" "${{words[@]}}" >&2; }}
complete -F show kubectl
"""
    done = subprocess.run(
        [
            "bash",
            "--norc",
            "--noprofile",
            "-i",
            "-c",
            f"{script}\nCOMP_WORDBREAKS=$' \\t\\n\"\\'><=;|&(:'\n{_pressed(line)}",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    return [shown for shown in done.stderr.splitlines() if "job control" not in shown and "ioctl" not in shown]


def _pressed(line: str) -> str:
    """COMP_* as bash sets them (words split at blanks, and at = and : which are words of their own)."""
    import re

    parts = [part for part in re.findall(r"[=:]+|[^\s=:]+|\s+", line) if not part.isspace()]
    if not line or line[-1].isspace() or line[-1] in "=:":
        parts.append("")
    quoted = " ".join(f"'{part}'" for part in parts)
    return f"COMP_LINE='{line}' COMP_POINT={len(line)} COMP_CWORD={len(parts) - 1}; COMP_WORDS=({quoted}); show"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("kubectl get po", ["<po>", "<get>", "kubectl", "get", "po"]),
        ("kubectl get ", ["<>", "<get>", "kubectl", "get", ""]),
        ("kubectl  get   pods -n kube-", ["<kube->", "<-n>", "kubectl", "get", "pods", "-n", "kube-"]),
        (
            "kubectl get pods --namespace=kube-",
            ["<--namespace=kube->", "<pods>", "kubectl", "get", "pods", "--namespace=kube-"],
        ),
        ("kubectl get --namespace=", ["<--namespace=>", "<get>", "kubectl", "get", "--namespace="]),
        (
            "kubectl run a --image=reg:5000/a",
            ["<--image=reg:5000/a>", "<a>", "kubectl", "run", "a", "--image=reg:5000/a"],
        ),
        ("kubectl get --namespace= po", ["<po>", "<--namespace=>", "kubectl", "get", "--namespace=", "po"]),
        ("kubectl", ["<kubectl>", "<>", "kubectl"]),
    ],
)
def test_words_are_found_where_bash_completion_is_missing(line: str, found: list[str]) -> None:
    assert words(line) == found


def test_files_are_offered_where_bash_completion_is_missing() -> None:
    script = f"{BASHRC}\ncur=/etc/host; COMPREPLY=(); _filedir; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    done = subprocess.run(["bash", "--norc", "-c", script], capture_output=True, text=True, check=True)
    assert "/etc/hosts" in done.stdout.split()


def test_nothing_is_printed_and_nothing_of_bash_completion_is_replaced() -> None:
    script = f"_filedir() {{ echo theirs; }}\n{BASHRC}\n_filedir"
    done = subprocess.run(["bash", "--norc", "-c", script], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("theirs\n", "")


@pytest.mark.skipif(shutil.which("vim") is None, reason="missing capability: vim")
def test_the_editor_indents_with_two_spaces() -> None:
    command = ["vim", "-es", "-u", str(SHARED / "vimrc"), "+set expandtab? shiftwidth? tabstop? mouse?", "+q!"]
    done = subprocess.run([*command, "--not-a-term"], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["expandtab", "shiftwidth=2", "tabstop=2", "mouse="]


def run(tmp_path_factory: pytest.TempPathFactory, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Call labnode by another name, as a node does."""
    folder = tmp_path_factory.mktemp("bin")
    program = folder / name
    program.hardlink_to(binary("labnode", architecture(), folder))
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", STAND_INS)
def test_stand_ins_speak_for_themselves(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    call = {
        "crictl": ("exec",),
        "journalctl": ("-u", "sshd"),
        "service": ("sshd", "restart"),
        "systemctl": ("restart", "sshd"),
    }
    done = run(tmp_path_factory, name, *call[name])
    assert done.returncode != 0
    assert "labnode:" not in done.stderr
    said = {
        "crictl": "ps, pods, images, pull, logs, inspect and inspecti",
        "journalctl": "there is no unit sshd.service on this node",
    }
    assert said.get(name, "Unit sshd.service not found.") in done.stderr
