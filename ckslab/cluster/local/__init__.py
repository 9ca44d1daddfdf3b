"""The embedded node: a real control plane in a user namespace, without an engine and without root."""
