"""Kubeconfigs as client-go loads and uses them."""
