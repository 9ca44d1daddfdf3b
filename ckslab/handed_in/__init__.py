"""Files that somebody handed in, a folder or an archive, read as a node would and never outside of it."""

from ckslab.handed_in.open import HandedIn, open_handed_in, open_piped

__all__ = ["HandedIn", "open_handed_in", "open_piped"]
