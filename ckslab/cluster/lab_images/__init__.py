"""Images of the lab's own: small stand-ins for well-known public images, and what a scenario makes of them.

They are made without a network, byte for byte the same on every machine of one architecture, and their labels say
what they are.
"""

from __future__ import annotations

from ckslab.cluster.lab_images.bases import BASES
from ckslab.cluster.lab_images.lab_image import LabImage, made
from ckslab.cluster.lab_images.public import PUBLIC

__all__ = ["BASES", "PUBLIC", "LabImage", "made"]
