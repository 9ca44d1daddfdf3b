"""The table of base images: a new one is a line here and a file beside it."""

from __future__ import annotations

from collections.abc import Mapping

from ckslab.cluster.lab_images import busybox, distroless, gcc, static
from ckslab.cluster.lab_images.alpine import image as alpine
from ckslab.cluster.lab_images.base_image import Base

BASES: Mapping[str, Base] = {
    base.name: base for base in (static.BASE, busybox.BASE, alpine.BASE, gcc.BASE, distroless.BASE)
}
