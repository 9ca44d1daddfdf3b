"""Backends: what gives a lab its cluster, behind one protocol."""
