"""YAML and JSON as Kubernetes reads them: with line numbers, within bounds."""
