"""Names, addresses and ports inside the node: the same in every lab, each has a network of its own."""

HOSTNAME = "controlplane"
ADDRESS = "172.30.1.2"
PORT = 6443
READYZ = f"https://{ADDRESS}:{PORT}/readyz"
POD_SUBNET = "10.244.0.0/24"
SERVICE_SUBNET = "10.96.0.0/16"
CONTROL_PLANE = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
CONTAINERD_SOCKET = "/run/containerd/containerd.sock"
