"""Remarks on the cluster as it was while it was graded: what explains several checks at once."""

from __future__ import annotations

from datetime import datetime

from ckslab.evidence import Evidence
from ckslab.needs.api_server import ApiServerFact, ApiServerNeed


def remarks(evidence: Evidence) -> tuple[str, ...]:
    """Sentences for the foot of the screen, without markup; none when all is as it should be."""
    fact = evidence.facts.get(ApiServerNeed())
    if not isinstance(fact, ApiServerFact) or fact.state == "ready":
        return ()
    if fact.state == "not-ready":
        return (f"The API server runs and is not ready{_restarted(fact)}.",)
    since = f" since {clock(fact.down_since)}" if fact.down_since else ""
    return (f"The API server is down{since}{_restarted(fact)}.",)


def api_server_down(evidence: Evidence) -> bool:
    """Whether the API server was found down."""
    fact = evidence.facts.get(ApiServerNeed())
    return isinstance(fact, ApiServerFact) and fact.state == "down"


def clock(instant: str) -> str:
    """The local time of day of an RFC 3339 instant; what cannot be read is given back as it is."""
    try:
        return datetime.fromisoformat(instant).astimezone().strftime("%H:%M:%S")
    except (ValueError, OverflowError):
        return instant


def _restarted(fact: ApiServerFact) -> str:
    if not fact.restarts:
        return ""
    return f" (restarted {fact.restarts} time{'s' if fact.restarts > 1 else ''})"
