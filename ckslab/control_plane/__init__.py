"""A running control plane: one look at it, and waiting until it is settled."""
