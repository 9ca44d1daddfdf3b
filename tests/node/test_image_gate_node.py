"""A learner's script on the real node: it sees what it would see, is bounded, and leaves nothing behind."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ckslab.checks import CHECK_TYPES
from ckslab.errors import LabError
from ckslab.evidence import Evidence, Fact
from ckslab.lab import Wanted, find_lab, initial_scans, start_lab, stop_lab
from ckslab.lab.catalogue import scenario_roots
from ckslab.lab.model import Lab
from ckslab.needs.collect import collect
from ckslab.needs.image_gate import GateNeed, NotRun, Probe, Run, run
from ckslab.needs.scan import ScanNeed
from ckslab.progress import Silent
from ckslab.scanning.selection import Selection
from tests.support.node_fixtures.home import Home

pytestmark = pytest.mark.node

PATH = "/opt/lab/ci/scan.sh"
OLD = json.dumps({"name": "a/b:1", "base": "alpine", "os": "3.18.2", "packages": {"busybox": "1.36.1-r0"}})
BARE = json.dumps({"name": "a/b:1"})
SCAN = 'trivy image -q --input "$1" --severity CRITICAL --ignore-unfixed --exit-code 1'
FIXABLE = Selection(severities=("CRITICAL",), fixed=True)


@pytest.fixture(scope="module")
def lab(library_home: Home) -> Iterator[Lab]:
    start_lab(Wanted("trivy-report-json", scenario_roots(), "local"), Silent())
    yield find_lab("trivy-report-json")
    stop_lab(find_lab("trivy-report-json"), Silent())


def shell(lab: Lab, script: str, stdin: str = "") -> str:
    done = lab.running().node.run(["bash", "-c", script], stdin=stdin.encode(), timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


def tried(lab: Lab, script: str, *images: str, mode: str = "755") -> list[Fact]:
    """What became of it on each of these images, which lie in one place one after another."""
    shell(lab, f"cat >{PATH} && chmod {mode} {PATH}", script)
    needs = [GateNeed(PATH, Probe(image, "image.tar")) for image in images or (BARE,)]
    facts = collect(lab.running().sources(None))(frozenset(needs))
    return [facts[need] for need in needs]


def one(lab: Lab, script: str) -> Run:
    (fact,) = tried(lab, script)
    assert isinstance(fact, Run), fact
    return fact


def codes(facts: list[Fact]) -> list[int]:
    assert all(isinstance(fact, Run) for fact in facts), facts
    return [fact.code for fact in facts if isinstance(fact, Run)]


@pytest.mark.parametrize(
    "script",
    [
        f"#!/bin/bash\nexec {SCAN}\n",
        f"#!/bin/sh\n{SCAN} >/dev/null 2>&1 </dev/tty || [ $? = 2 ] && {SCAN}\n",
        f"{SCAN}\n",
        f"#!/usr/bin/env bash\nset -euo pipefail\n{SCAN} | tee /tmp/scan.log >scan.log\n",
        f"#!/bin/bash\nrm -rf /opt/lab/ci/out && mkdir /opt/lab/ci/out && {SCAN} --output /opt/lab/ci/out/table\n",
        f"#!/bin/bash\nhead -c 30000000 /dev/zero | tr '\\0' x\n{SCAN}\n",
    ],
)
def test_scripts_that_are_right_find_what_they_find_in_a_shell(lab: Lab, script: str) -> None:
    assert codes(tried(lab, script, OLD, BARE)) == [1, 0]


def test_it_runs_as_root_in_another_folder_with_the_lab_s_variables_and_nothing_to_read(lab: Lab) -> None:
    script = 'id -u; pwd; echo "$#"; echo "$1"; echo "$CONTAINERD_NAMESPACE"; command -v trivy; cat; tty\n'
    said = one(lab, script).said.split()
    assert said[0] == "0"
    assert said[1].startswith("/tmp/")
    assert said[2] == "1"
    assert said[3].endswith("/images/image.tar")
    assert said[4:] == ["k8s.io", "/lab/bin/trivy", "not", "a", "tty"]


def test_what_cannot_be_run_is_told_apart(lab: Lab) -> None:
    assert tried(lab, "#!/bin/sh\n", mode="644") == [NotRun("mode")]
    shell(lab, f"rm {PATH}")
    need = GateNeed(PATH, Probe(BARE, "image.tar"))
    assert GateNeed.collect([need], lab.running().sources(None))[need] == NotRun("absent")
    shell(lab, f"mkdir {PATH}")
    assert GateNeed.collect([need], lab.running().sources(None))[need] == NotRun("folder")
    shell(lab, f"rmdir {PATH}")
    assert one(lab, "#!/bin/bash\nexit 77\n").code == 77
    assert one(lab, "#!/no/such/shell\n").code in (126, 127)
    assert one(lab, "#!/bin/bash\nkill -9 $$\n").code == 137


def test_neither_files_nor_processes_nor_images_of_it_stay(lab: Lab) -> None:
    shell(lab, "echo mine >/opt/lab/ci/report.json; echo mine >/root/mine; head -c 40000000 /dev/zero >/root/large")
    shell(lab, "cd /opt/lab; mkdir -p ci/exported; cp /root/large ci/exported/large; echo mine >ci/exported/list")
    before = shell(lab, "cd /; find opt/lab root home srv tmp var/tmp | sort; ctr -n k8s.io images ls -q | sort")
    script = """#!/bin/bash
        echo other | tee /opt/lab/ci/exported/list >/opt/lab/ci/report.json; rm /root/mine; touch /tmp/left /srv/left /home/left /var/tmp/left here
        setsid sleep 4242 & (sleep 4243 & disown); nohup sleep 4244 >/dev/null 2>&1 &
        ctr -n k8s.io images import "$1" || exit 9
        cat /root/large /opt/lab/ci/exported/large | wc -c
    """
    run = one(lab, script)
    assert run.code == 0, run
    assert run.said.split()[-1] == "80000000"
    assert shell(lab, "cat /opt/lab/ci/report.json /root/mine /opt/lab/ci/exported/list") == "mine\n" * 3
    after = shell(lab, "cd /; find opt/lab root home srv tmp var/tmp | sort; ctr -n k8s.io images ls -q | sort")
    assert set(after.split()) - {"opt/lab/ci/scan.sh"} == set(before.split()) - {"opt/lab/ci/scan.sh"}
    assert (
        shell(lab, "ls /proc/[0-9]*/cmdline | xargs cat 2>/dev/null | tr '\\0' ' ' | grep -c 'sleep 42[4]' || true")
        == "0\n"
    )
    shell(lab, "rm -r /root/large /opt/lab/ci/exported")


def test_what_one_run_remembers_the_next_one_finds(lab: Lab) -> None:
    script = f'#!/bin/bash\nknown=/tmp/$(echo "$1" | tr / -)\n[ -e "$known" ] || {{ {SCAN}; echo $? >"$known"; }}\nexit $(cat "$known")\n'
    first, second = codes(tried(lab, script, OLD, BARE))
    assert first == second


@pytest.mark.parametrize(
    "script",
    [
        "b() { b | b & }; b; sleep 100",
        'for i in 1 2 3 4 5; do (x=$(head -c 300000000 /dev/zero | tr "\\0" x); sleep 100) & done; wait',
        "for i in $(seq 400); do sleep 100 & done; wait",
        "for i in 1 2 3 4; do head -c 200M /dev/zero >/tmp/$i; done; for i in $(seq 400); do sleep 100 & done; wait",
    ],
    ids=["forks", "many large processes", "many processes", "many processes and no room left"],
)
def test_what_takes_the_machine_is_ended(lab: Lab, script: str) -> None:
    # on a machine that is too slow to have so much of it in 60 s, for that
    assert one(lab, f"#!/bin/bash\n{script}\n").killed in ("processes", "memory", "time")
    assert one(lab, "#!/bin/bash\nexit 5\n").code == 5


def test_one_process_gets_no_more_memory_or_is_ended(lab: Lab) -> None:
    run = one(lab, "#!/bin/bash\nset -o pipefail\nhead -c 5G /dev/zero | tail >/dev/null\n")
    assert run.killed in ("memory", "time") or run.code == 1, run


def test_no_room_left_for_the_next_image_is_the_script_s_doing(lab: Lab) -> None:
    fill = "for i in 1 2 3 4 5; do head -c 100M /dev/zero >/tmp/$i; done 2>/dev/null; exit 3"
    facts = tried(lab, f"#!/bin/bash\n{fill}\n", OLD, BARE)
    # the second image has room where it is smaller than the first
    assert [fact.code == 3 or fact.killed == "room" for fact in facts if isinstance(fact, Run)] == [True, True]


def test_files_have_a_size(lab: Lab) -> None:
    run = one(
        lab, "#!/bin/bash\nfor i in 1 2 3 4; do head -c 200M /dev/zero >/tmp/$i; done; du -sm /tmp | cut -f1\n"
    )
    assert int(run.said.split()[-1]) < 400


def test_what_never_ends_is_ended_and_after_some_such_runs_no_further_one_is_begun(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "SECONDS", 3)
    assert one(lab, "#!/bin/bash\ntrap '' TERM INT HUP\nwhile :; do sleep 1; done\n").killed == "time"
    assert one(lab, "#!/bin/bash\nkill -STOP $$\n").killed == "time"
    monkeypatch.setattr(run, "SLOW", 1)
    facts = tried(lab, "#!/bin/bash\nsleep 60\n", OLD, BARE)
    assert {fact.killed for fact in facts if isinstance(fact, Run)} == {"time", "late"}


def test_a_processor_s_time_is_bounded_that_of_what_has_ended_too_and_waiting_takes_none(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "PROCESSOR_SECONDS", 3)
    assert one(lab, "#!/bin/bash\nwhile :; do :; done\n").killed == "time"
    many = "while :; do timeout 0.2 bash -c 'while :; do :; done'; done"
    assert one(lab, f"#!/bin/bash\n{many}\n").killed == "time"
    # a name that looks like the rest of what /proc says of a process
    named = "printf 'x) R 1 1 1 1\n1 1' >/proc/$$/comm; while :; do :; done"
    assert one(lab, f"#!/bin/bash\n{named}\n").killed == "time"
    assert one(lab, "#!/bin/bash\nsleep 8\nexit 7\n").code == 7


@pytest.mark.parametrize(
    "mine", ["kill 0", "kill -9 0", "kill -STOP 0", "kill -9 -1; exit 9", "kill -9 $PPID; exit 3"]
)
def test_a_script_that_signals_all_that_it_can_reach_is_told_of(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, mine: str
) -> None:
    monkeypatch.setattr(run, "SECONDS", 5)
    facts = tried(lab, f"#!/bin/bash\nsleep 60 &\n{mine}\n", OLD, BARE)
    assert all(isinstance(fact, Run) and (fact.code or fact.killed == "time") for fact in facts), facts


def test_a_script_may_end_what_it_began_by_its_process_group(lab: Lab) -> None:
    script = f"""#!/bin/bash
        trap 'code=$?; trap "" TERM; kill 0; exit $code' EXIT
        sleep 60 &
        {SCAN}
    """
    assert codes(tried(lab, script, OLD, BARE)) == [1, 0]


def test_a_known_path_is_covered_and_what_lies_there_stays(lab: Lab) -> None:
    shell(lab, f"echo mine >/opt/lab/images/known.tar; printf '#!/bin/bash\n{SCAN}\n' >{PATH}; chmod 755 {PATH}")
    needs = [
        GateNeed(PATH, Probe(OLD, called)) for called in ("/opt/lab/images/known.tar", "/none/x.tar", "a b.tar")
    ]
    facts = collect(lab.running().sources(None))(frozenset(needs))
    assert codes([facts[need] for need in needs]) == [1, 1, 1]
    assert (
        shell(lab, "cat /opt/lab/images/known.tar; rm /opt/lab/images/known.tar; ls -d /none || true") == "mine\n"
    )


def test_a_claim_that_a_scan_contradicts_makes_no_lab(lab: Lab, tmp_path: Path) -> None:
    node = lab.running().node
    shutil.copy(lab.folder / "initial.tar", tmp_path)
    right = [ScanNeed(made=OLD, claim=(FIXABLE, True)), ScanNeed(made=BARE, claim=(FIXABLE, False))]
    initial_scans.capture(node, tmp_path, right, Silent())
    kept = initial_scans.facts(initial_scans.read(tmp_path))
    assert [bool(FIXABLE.of(kept[need.key].found)) for need in right] == [True, False]
    with pytest.raises(LabError, match="that no such findings are in"):
        initial_scans.capture(node, tmp_path, [ScanNeed(made=OLD, claim=(FIXABLE, False))], Silent())
    with pytest.raises(LabError, match="/opt/none cannot be read"):
        initial_scans.capture(node, tmp_path, [ScanNeed(archive="/opt/none")], Silent())


def test_a_whole_grade_says_what_decides(lab: Lab) -> None:
    check = next(check for check in lab.scenario.checks if check.id == "passes")
    kind = CHECK_TYPES["image-gate"]
    shell(lab, f"cat >{PATH} && chmod 755 {PATH}", f"#!/bin/bash\n{SCAN.replace(' --ignore-unfixed', '')}\n")
    facts = collect(lab.running().sources(None))(frozenset(kind.needs(check.params)))
    finding = kind.judge(check.params, Evidence(facts))
    assert finding.outcome == "fail"
    assert "CVE-2023-45853 in its zlib1g has no fix" in finding.message
