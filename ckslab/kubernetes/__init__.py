"""What Kubernetes itself says: its formats and words, read as its own programs read them. Pure."""
