"""The image scanner: a webhook backend for ImagePolicyWebhook, which demands a client certificate."""

from __future__ import annotations

from ckslab.certificates import Authority
from ckslab.needs.service import ServiceFact
from ckslab.services.image_scanner.plan import plan
from ckslab.services.image_scanner.running import RunningScanner
from ckslab.services.image_scanner.settings import ImageScanner
from ckslab.services.kind import PlannedService, ServiceKind


class ImageScannerKind(ServiceKind[ImageScanner]):
    """See `ckslab.services.kind`."""

    name = "image-scanner"
    settings = ImageScanner
    values = frozenset({"ca", "certificate", "client-ca"})

    def plan(self, name: str, settings: ImageScanner, authority: Authority) -> PlannedService:
        """A program of labnode with certificates of the lab's own."""
        return plan(name, settings, authority)

    def running(self, fact: ServiceFact) -> RunningScanner:
        """By the control socket of the program."""
        return RunningScanner(fact.name)
