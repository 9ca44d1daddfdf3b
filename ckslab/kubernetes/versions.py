"""The Kubernetes that labs run and whose behaviour is graded; what depends on its minor is in v1_35."""

KUBERNETES = "v1.35.4"
ETCD_IMAGE = "registry.k8s.io/etcd:3.6.6-0"
"""The etcd of kubeadm v1.35."""
PAUSE_IMAGE = "registry.k8s.io/pause:3.10.1"
"""The sandbox image of kubeadm v1.35."""
