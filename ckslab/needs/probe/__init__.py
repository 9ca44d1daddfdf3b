"""One request to the API server as a probe."""
