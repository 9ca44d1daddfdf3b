"""Scenarios: the model, loading with file and line, the rules an author is held to, the JSON Schema."""
