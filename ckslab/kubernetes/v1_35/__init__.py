"""What holds for Kubernetes 1.35: how its API server decodes and refuses its files, and in which words."""
