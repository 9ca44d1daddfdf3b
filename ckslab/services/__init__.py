"""Services of a lab: one folder a kind, which holds all that the kind needs."""
