#!/bin/bash
# Lays a lab over the node. Beside this file: conf/, overlay.tar, removed, hosts, and for a reset its snapshot, golden.tgz.
# $1: "lay" while the control plane runs on, "whole" with its end and a new start.
set -euo pipefail
new=$(dirname "$0")
mode=$1

pods() { find /sys/fs/cgroup -path '*kubepods*' -name cgroup.procs -exec cat {} + 2>/dev/null | sort -u; }

# With cgroup v1 runc freezes a container while it sets its devices, and one that is killed then leaves it frozen:
# no signal reaches it any more, and the node itself could not be stopped.
thaw() {
    find /sys/fs/cgroup -path '*kubepods*' -name freezer.state -exec sh -c 'echo THAWED >"$1"' sh {} \; 2>/dev/null || true
}

# Processes are killed, not tasks deleted: the runtime deletes them itself when they end, and two that do hang.
end_control_plane() {
    systemctl stop ckslab kubelet
    pods | xargs -r kill -KILL 2>/dev/null || true
    thaw
    for _ in $(seq 50); do
        [ -n "$(ctr --namespace k8s.io tasks ls -q 2>/dev/null)" ] || break
        sleep 0.1
    done
    ctr --namespace k8s.io containers ls -q 2>/dev/null | xargs -r ctr --namespace k8s.io containers rm >/dev/null 2>&1 || true
    systemctl stop containerd
    pkill -KILL -f '^[^ ]*containerd-shim-runc-v2 ' || true
    thaw
    pods | xargs -r kill -KILL 2>/dev/null || true
    for namespace in /run/netns/cni-*; do
        [ -e "$namespace" ] || continue
        umount "$namespace" && rm -f "$namespace"
    done
    rm -rf /var/lib/cni/networks/* /run/cni-ipam-state/* /var/log/pods/* /var/log/containers/*
}

restore() { # what is not of the snapshot goes, what is of it comes back
    cd /
    tar --list --gzip --file="$new/golden.tgz" | sed 's,/$,,' | sort >"$new/listed"
    # kind's network daemon writes its configuration some 10 s after kind is done, and again at each of its starts:
    # it stays, so that pods need not wait for it
    find etc root opt home srv \
        \( -path opt/cni -o -path etc/cni/net.d -o -path etc/machine-id -o -path etc/hosts \) -prune -o -print |
        sort >"$new/found"
    comm -13 "$new/listed" "$new/found" | sort -r | while IFS= read -r path; do
        if [ -d "$path" ] && [ ! -L "$path" ]; then rmdir "$path" 2>/dev/null || true; else rm -f -- "$path"; fi
    done
    rm -rf /var/lib/etcd/member /var/lib/ckslab/* /tmp/* /run/ckslab/starts.json
    # whose credentials the kubelet has pulled an image with: it would go on to ask for them, of an image that is laid there
    rm -rf /var/lib/kubelet/image_manager
    if [ -e /etc/ckslab/var-lib ]; then # what the lab's services keep; a cluster of an older ckslab has none
        find /var/lib -mindepth 1 -maxdepth 1 ! -path "$new" | { grep -vxFf /etc/ckslab/var-lib || true; } | xargs -r rm -rf
    fi
    # logs of the kubelet and of the lab's services; the pods' are gone, their folders are the kubelet's
    find /var/log -mindepth 1 -maxdepth 1 ! -name journal ! -name pods ! -name containers -exec rm -rf {} +
    tar --extract --gzip --same-permissions --file="$new/golden.tgz"
    journalctl --rotate --quiet && journalctl --vacuum-time=1s --quiet || true
}

bring_back_names() { # that were taken away, or given to another image; what has no name left is gone
    local name type digest rest
    declare -A has=() by=()
    while read -r name type digest rest; do
        has[$name]=$digest by[$digest]=$name
    done < <(ctr --namespace k8s.io images ls | tail -n +2)
    while read -r name digest; do
        if [ "${has[$name]:-}" != "$digest" ] && [ -n "${by[$digest]:-}" ]; then
            ctr --namespace k8s.io images tag --force "${by[$digest]}" "$name" >/dev/null || true
        fi
    done </etc/ckslab/images
}

forget_images() { # that another lab or its learner brought, and what keeps a builder's cache
    ctr --namespace k8s.io leases ls -q 2>/dev/null | xargs -r ctr --namespace k8s.io leases rm >/dev/null 2>&1 || true
    cut -d' ' -f1 /etc/ckslab/images >"$new/names"
    ctr --namespace k8s.io images ls -q 2>/dev/null | grep -vxFf "$new/names" |
        xargs -r ctr --namespace k8s.io images rm >/dev/null 2>&1 || true
}

if [ "$mode" = whole ]; then end_control_plane; else systemctl stop ckslab; fi
if [ -e "$new/golden.tgz" ]; then restore; fi
rm -rf /lab/conf
cp -r "$new/conf" /lab/conf
tar --no-same-owner --same-permissions --directory=/ --extract --file="$new/overlay.tar"
while IFS= read -r path; do rm -rf -- "$path"; done <"$new/removed"
cat /run/ckslab/hosts "$new/hosts" >/etc/hosts
if [ "$mode" = whole ]; then
    systemctl start containerd ckslab
    if [ -e "$new/golden.tgz" ]; then bring_back_names; forget_images; fi
    systemctl start kubelet
else
    systemctl start ckslab
fi
if [ -e @STORED_IMAGES@ ]; then ctr --namespace k8s.io images import @STORED_IMAGES@ >/dev/null; fi
cd /
rm -rf "$new"
