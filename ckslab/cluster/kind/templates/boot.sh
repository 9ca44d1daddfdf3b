#!/bin/sh
# First thing on a kind node, before containerd and the kubelet: the lab's address, names and resolver.
set -eu
mkdir -p /run/ckslab /var/lib/ckslab
rm -f /run/ckslab/kubelet.again
ip address replace @ADDRESS@/32 dev lo

# The engine mounts these files, so that no editor can replace them by rename; from here on they are the node's.
# /run/ckslab/hosts: what every lab's /etc/hosts begins with, and the engine's name for this node.
{
    printf '127.0.0.1 localhost\n@ADDRESS@ @HOSTNAME@\n'
    grep -- '-control-plane$' /etc/hosts || true
} >/run/ckslab/hosts.new
if grep -q ' /etc/hosts ' /proc/self/mounts; then mv /run/ckslab/hosts.new /run/ckslab/hosts; fi
for file in hosts resolv.conf hostname; do
    if grep -q " /etc/$file " /proc/self/mounts; then umount "/etc/$file"; fi
done
if [ ! -s /etc/hosts ]; then cp /run/ckslab/hosts /etc/hosts; fi
# at a later start of the container its address may be another
grep -v -- '-control-plane$' /etc/hosts >/run/ckslab/hosts.new || true
grep -- '-control-plane$' /run/ckslab/hosts >>/run/ckslab/hosts.new || true
cat /run/ckslab/hosts.new >/etc/hosts
printf 'nameserver @ADDRESS@\noptions timeout:1 attempts:1\n' >/etc/resolv.conf
echo @HOSTNAME@ >/etc/hostname
hostname @HOSTNAME@
