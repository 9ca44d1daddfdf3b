"""The image scanner: the webhook backend that the API server asks about images."""
