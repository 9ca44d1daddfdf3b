"""Why kube-apiserver v1.35.4 does not start with its command line: pflag's reasons, and files that flags name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from ckslab.kubernetes.node_file import Read, Where
from ckslab.kubernetes.static_pod.flags import FlagValue, csv_record, misread
from ckslab.kubernetes.static_pod.manifest import StaticPod
from ckslab.kubernetes.static_pod.mounts import clean
from ckslab.kubernetes.v1_35.apiserver_flags import DURATIONS, FILES, KNOWN, LISTS, NUMBERS, SWITCHES
from ckslab.kubernetes.v1_35.refusal import Refusal

# strconv.ParseBool, strconv.ParseInt with base 0, time.ParseDuration.
_SWITCH = re.compile(r"1|t|T|TRUE|true|True|0|f|F|FALSE|false|False")
_NUMBER = re.compile(r"[+-]?(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO]?[0-7_]*|[1-9][0-9_]*)")
_DURATION = re.compile(r"[+-]?(?:0|(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h))+)")
_SHORT = re.compile(r"-v=?[0-9]+")


def command_line_refusals(pod: StaticPod) -> list[Refusal]:
    """What pflag and cobra refuse."""
    found = [
        Refusal("flag", reason, Where(pod.path, setting.line or pod.line("command"), f"--{name}"))
        for name, settings in pod.flags.items()
        for setting in settings
        if (reason := _refused(pod, name, setting))
    ]
    others = [each for each in pod.command_line.others if each.text and not _SHORT.fullmatch(each.text)]
    for each in others[:1]:
        short = each.text.startswith("-") and each.text != "-"
        reason = f'"kube-apiserver" does not take any arguments, got ["{each.text}"]'
        if short:
            reason = f"unknown shorthand flag: '{each.text[1]}' in {each.text}"
        found.append(Refusal("flag", reason, Where(pod.path, each.line)))
    return [*found, *_missing(pod)]


# By --flag: what is said where none of the flags is set, seen on v1.35.4.
_REQUIRED = {
    ("etcd-servers",): "--etcd-servers must be specified",
    ("service-account-issuer",): "service-account-issuer is a required flag",
    ("service-account-signing-key-file", "service-account-signing-endpoint"): (
        "--service-account-signing-key-file, --service-account-issuer, and --api-audiences should be specified "
        "together"
    ),
    ("service-account-key-file", "service-account-signing-endpoint"): (
        "either `--service-account-key-file` or `--service-account-signing-endpoint` must be set"
    ),
}
# Two flags of which one makes no sense without the other, and what is said then.
_TOGETHER = {
    ("tls-cert-file", "tls-private-key-file"): "missing filename for serving cert",
    ("etcd-certfile", "etcd-keyfile"): "KeyFile and CertFile must both be present",
}


def _missing(pod: StaticPod) -> Iterator[Refusal]:
    """Flags without which there is no start."""
    has = {
        name
        for name, settings in pod.flags.items()
        if any(each.unknown or each.value for each in (settings if name in LISTS else settings[-1:]))
    }
    for names, reason in _REQUIRED.items():
        if has.isdisjoint(names):
            yield Refusal("flag-missing", reason, Where(pod.path, pod.line("command"), f"--{names[0]}"))
    for pair, reason in _TOGETHER.items():
        if len(has.intersection(pair)) == 1:
            [absent] = set(pair) - has
            yield Refusal(
                "flag", f"{reason}: --{absent} is not set", Where(pod.path, pod.line("command"), f"--{absent}")
            )


def _refused(pod: StaticPod, name: str, setting: FlagValue) -> str:
    if not name or name.startswith("-"):
        return f"bad flag syntax: --{name}" if name else f"bad flag syntax: --={setting.value}"
    if name not in KNOWN:
        odd = misread(pod.flags, name.split(" ", 1)[0])
        return f"unknown flag: --{name}" + (f" ({odd[0]})" if odd and " " in name else "")
    if setting.unknown:
        return ""
    if setting.bare:
        return "" if name in SWITCHES else f"flag needs an argument: --{name}"
    takes = next((takes for names, takes in _TAKES if name in names), None)
    if takes is None or takes(setting.value) or (name == "version" and setting.value == "raw"):
        return ""
    return f'invalid argument "{setting.value}" for "--{name}" flag'


_TAKES: tuple[tuple[frozenset[str], Callable[[str], object]], ...] = (
    (SWITCHES, _SWITCH.fullmatch),
    (NUMBERS, _NUMBER.fullmatch),
    (DURATIONS, _DURATION.fullmatch),
    (LISTS, lambda value: csv_record(value) is not None),
)


def hidden_files(pod: StaticPod, read: Read) -> Iterator[Refusal]:
    """Files that flags name and that the mounts hide: without them there is no start.

    A file that is mounted where it lies on the node is taken to be there, and keys are never read: where a mount
    shows another place, the names in its folder tell.
    """
    for name in (name for name in pod.flags if name in FILES):
        for setting in pod.flags[name]:
            if setting.unknown or not setting.value:
                continue
            path = clean(setting.value)
            mapped = pod.node_path(path)
            if mapped.node_path == path:
                continue
            reason = mapped.reason
            if mapped.node_path is not None:
                folder, _, base = mapped.node_path.rpartition("/")
                if base in read(folder or "/").entries:
                    continue
                reason = f"the mount shows {mapped.node_path} of the node there"
            words = f"--{name}: open {path}: no such file or directory ({reason})"
            yield Refusal("flag-file", words, Where(pod.path, mapped.line, "volumeMounts"))
