#!/bin/bash
# Makes a node of Debian and kind's files, inside a container: units, runtime, the control plane's images.
set -euo pipefail
image_pause=$1 images=$2
rm -f /lib/systemd/system/multi-user.target.wants/* /etc/systemd/system/*.wants/* \
    /lib/systemd/system/local-fs.target.wants/* /lib/systemd/system/basic.target.wants/*
find /lib/systemd/system/sysinit.target.wants -name systemd-tmpfiles-setup.service -delete
echo 'ReadKMsg=no' >>/etc/systemd/journald.conf
mkdir -p /etc/kubernetes/manifests /opt/cni /var/log/journal
ln -sfn /usr/lib/cni /opt/cni/bin
ln -sfn /usr/lib/systemd/systemd /sbin/init
systemctl enable kubelet.service containerd.service undo-mount-hacks.service
systemctl mask systemd-binfmt.service

ctr oci spec |
    jq '.hooks.createContainer += [{path: "/kind/bin/mount-product-files.sh"}] | del(.process.rlimits)' \
        >/etc/containerd/cri-base.json
sed -i "s,sandbox_image = .*,sandbox_image = \"$image_pause\"," /etc/containerd/config.toml
# a container without CAP_SYS_RESOURCE may not lower anybody's oom_score_adj
sed -i 's,restrict_oom_score_adj = false,restrict_oom_score_adj = true,' /etc/containerd/config.toml

containerd >/dev/null 2>&1 &
until ctr version >/dev/null 2>&1; do sleep 0.1; done
for archive in $images; do ctr -n k8s.io images import --no-unpack "$archive" >/dev/null; rm "$archive"; done
kill %1
wait %1 || true
rm -rf /run/containerd /tmp/*
