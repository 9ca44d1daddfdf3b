"""Names, addresses and ports inside the node: the same in every lab, each has a network of its own."""

HOSTNAME = "controlplane"
ADDRESS = "172.30.1.2"
READYZ = f"https://{ADDRESS}:6443/readyz"
POD_SUBNET = "10.244.0.0/24"
SERVICE_SUBNET = "10.96.0.0/16"
KUBERNETES = "v1.35.4"
PAUSE_IMAGE = "registry.k8s.io/pause:3.10.1"
ETCD_IMAGE = "registry.k8s.io/etcd:3.6.6-0"
CONTROL_PLANE = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
CONTAINERD_SOCKET = "/run/containerd/containerd.sock"
RUN = "/run/ckslab"
"""Folder of our sockets and records on the node."""
