"""Who refused a request to the API server, and in which words."""
