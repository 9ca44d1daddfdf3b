"""Compares the verdicts of ckslab, from files alone, with a real kube-apiserver on the same files."""
