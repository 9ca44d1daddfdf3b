"""kind as a backend: the same labs on a real kind cluster, in a container of Docker or Podman."""
