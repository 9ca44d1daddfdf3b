"""The running API server's flags, where one runs and can be asked."""

from __future__ import annotations

from collections.abc import Sequence

from ckslab.evidence import Evidence, NotAvailable
from ckslab.kubernetes.logs.fatal_line import fatal_message
from ckslab.kubernetes.static_pod.flags import FlagValue, entries, process_flags
from ckslab.needs.api_server import ApiServerNeed

API_SERVER = "kube-apiserver"


def running_flags(evidence: Evidence) -> dict[str, list[FlagValue]] | None:
    """The flags of the live process; None if none runs or (graded from files alone) it cannot be known."""
    try:
        server = evidence.of(ApiServerNeed())
    except NotAvailable:
        return None
    return process_flags(server.argv) if server.argv else None


def last_words(evidence: Evidence) -> str:
    """What the log of an API server that is down says it ended of; "" where one runs or nothing is known."""
    try:
        server = evidence.of(ApiServerNeed())
    except NotAvailable:
        return ""
    return fatal_message(server.log) if server.state == "down" else ""


def plugin_enabled(flags: dict[str, list[FlagValue]], plugin: str) -> bool:
    """Whether --enable-admission-plugins names the plugin and --disable-admission-plugins does not."""
    settings: Sequence[FlagValue] = flags.get("enable-admission-plugins", ())
    off = entries(flags.get("disable-admission-plugins", ()))
    return plugin in entries(settings) and plugin not in off
