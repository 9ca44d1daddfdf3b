"""What probes are called: names, labels and namespaces as a learner's own, drawn from the lab's nonce and seed.

A policy that spares what the grader sends, by its name or by having no labels, is found out only if nobody can tell
the grader's objects from others. The same lab draws the same at every grade.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

NAMES = (
    *("api", "auth", "backend", "basket", "batch", "billing-api", "blog", "cache", "catalog", "checkout", "chat"),
    *(
        "cron",
        "dashboard",
        "db",
        "demo",
        "docs",
        "events",
        "exporter",
        "feed",
        "frontend",
        "gateway",
        "geo",
        "hello",
    ),
    *("images", "ingest", "inventory", "jobs", "ledger", "login", "mailer", "media", "metrics", "my-app", "nginx"),
    *("notes", "orders", "payments", "portal", "proxy", "queue", "redis", "reports", "rooms", "search", "shell"),
    *("sync", "tasks", "test", "tickets", "ui", "uploads", "users", "vault", "video", "web", "wiki", "worker"),
)
"""Beginnings of the names of pods and workloads."""

NAMESPACES = (
    *(
        "analytics",
        "backoffice",
        "campaign",
        "commerce",
        "data-platform",
        "delivery",
        "discovery",
        "erp",
        "finance",
    ),
    *("fulfilment", "hr-tools", "identity", "insights", "intranet", "labs", "legal", "logistics", "marketing"),
    *(
        "mobile",
        "observability",
        "partners",
        "payroll",
        "playground",
        "pricing",
        "procurement",
        "qa-env",
        "research",
    ),
    *(
        "retail",
        "sales",
        "sandbox-b",
        "staging-two",
        "storefront",
        "studio",
        "support",
        "tenant-seven",
        "warehouse",
    ),
)
LABELS = (
    ("app", NAMES),
    ("app.kubernetes.io/name", NAMES),
    ("component", ("api", "db", "ui", "worker")),
    ("run", NAMES),
    ("tier", ("backend", "frontend", "data")),
    ("version", ("v1", "v2", "v3", "canary")),
)
_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
"""Of the random part of a name (k8s.io/apimachinery, util/rand)."""


@dataclass(frozen=True, slots=True)
class Draw:
    """Draws of one lab. lab: what is unlike in every lab, its nonce and seed."""

    lab: str

    def pod_name(self, probe: str) -> str:
        """The name of this probe's pod or workload."""
        chance = self._chance("name", probe)
        return f"{chance.choice(NAMES)}-{''.join(chance.choice(_LETTERS) for _ in range(5))}"

    def labels(self, probe: str) -> tuple[tuple[str, str], ...]:
        """The labels of this probe's pod: none for half of them, as for pods that learners write by hand."""
        chance = self._chance("labels", probe)
        if chance.random() < 0.5:
            return ()
        return tuple((key, chance.choice(values)) for key, values in sorted(chance.sample(LABELS, 2)))

    def namespace(self, which: str) -> str:
        """The name of a new namespace."""
        return self._chance("namespace", which).choice(NAMESPACES)

    def _chance(self, *what: str) -> random.Random:
        return random.Random("/".join((self.lab, *what)))  # noqa: S311 - nothing is secret, only unlike
