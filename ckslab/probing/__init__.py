"""Probes of admission: what is sent, and whether what came back is what was wanted."""
