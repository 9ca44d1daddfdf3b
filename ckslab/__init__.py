"""ckslab: a practice lab for the supply-chain part of the CKS exam."""

__version__ = "0.1.0"
