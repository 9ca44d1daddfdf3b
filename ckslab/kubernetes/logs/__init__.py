"""The log lines of API server and kubelet: which of them say why something does not run."""
