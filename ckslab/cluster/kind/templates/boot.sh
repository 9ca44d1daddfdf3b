#!/bin/sh
# First thing on a kind node, before containerd and the kubelet: the lab's address, names and resolver.
set -eu
mkdir -p /run/ckslab /var/lib/ckslab /var/log/scanner
rm -f /run/ckslab/kubelet.again
ip address replace @ADDRESS@/32 dev lo

# The engine mounts these files, so that no editor can replace them by rename; from here on they are the node's.
own=
for file in hosts resolv.conf hostname; do
    grep -q " /etc/$file " /proc/self/mounts || continue
    if [ "$file" = hosts ]; then own=$(grep -v localhost /etc/hosts || true); fi
    umount "/etc/$file"
done
if [ ! -s /etc/hosts ]; then printf '127.0.0.1 localhost\n@ADDRESS@ @HOSTNAME@\n' >/etc/hosts; fi
if [ -n "$own" ]; then # the engine's name for this node, with its present address
    grep -v -- -control-plane /etc/hosts >/run/ckslab/hosts || true
    printf '%s\n' "$own" >>/run/ckslab/hosts
    cat /run/ckslab/hosts >/etc/hosts
fi
printf 'nameserver @ADDRESS@\noptions timeout:1 attempts:1\n' >/etc/resolv.conf
echo @HOSTNAME@ >/etc/hostname
hostname @HOSTNAME@
