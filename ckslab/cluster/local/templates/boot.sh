#!/bin/sh
# First thing on the node, as root, before containerd and the kubelet: network, keys, the lab's files.
set -eu
mount -t proc proc /proc # bubblewrap leaves /proc/sys read-only
ip link set lo up
if ! ip link show eth0 >/dev/null 2>&1; then
    ip link add eth0 type veth peer name eth0p
    ip link set eth0p up
    ip addr add @ADDRESS@/24 dev eth0
    ip link set eth0 up
    ip route add default dev eth0
fi
echo 1 >/proc/sys/net/ipv4/ip_forward
mkdir -p /run/ckslab /run/containerd /var/log/pods
chmod 1777 /tmp

# Keys are the lab's own: made at its first boot; a reset makes new ones.
kubeadm=/lab/bin/kubeadm
if [ ! -f /etc/kubernetes/admin.conf ]; then
    $kubeadm init phase certs all --config /lab/conf/kubeadm.yaml
    $kubeadm init phase kubeconfig all --config /lab/conf/kubeadm.yaml
    mkdir -p /root/.kube
    cp /etc/kubernetes/admin.conf /root/.kube/config
fi
if [ ! -d /etc/kubernetes/manifests ]; then # only where the template is being made
    $kubeadm init phase etcd local --config /lab/conf/kubeadm.yaml
    $kubeadm init phase control-plane all --config /lab/conf/kubeadm.yaml
fi
if [ -f /lab/conf/overlay.tar ] && [ ! -f /var/lib/ckslab/laid ]; then
    tar --no-same-owner --same-permissions -C / -xf /lab/conf/overlay.tar
    while IFS= read -r path; do rm -rf -- "$path"; done </lab/conf/removed
    mkdir -p /var/lib/ckslab
    : >/var/lib/ckslab/laid
fi
