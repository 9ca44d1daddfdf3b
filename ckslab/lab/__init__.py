"""The use cases: what the commands do."""
