"""Keeps the logs of API servers that are gone, which the kubelet removes: what they ended of is asked for later."""

from __future__ import annotations

KEPT = "/var/log/ckslab"

KUBELET_LOGS = ("/var/log/kubelet.log", "/var/log/kubelet-log.log")
"""The kubelet's words; on kind a copy of its journal."""

LOGS = (f"{KEPT}/*", *KUBELET_LOGS)
"""What holds the words of the API server and of the kubelet."""

# A hard link is the log itself, and stays when the kubelet removes the name that it knows. A static pod that comes
# back as it was has the uid that it had, and counts its containers from 0 again.
_SCRIPT = f"""\
mkdir -p {KEPT}
while :; do
    for log in /var/log/pods/kube-system_kube-apiserver-*/kube-apiserver/*.log; do
        pod=${{log%/*/*}}
        kept={KEPT}/${{pod##*_}}-${{log##*/}}
        [ ! -f "$log" ] || [ "$log" -ef "$kept" ] || ln --backup=numbered "$log" "$kept" || true
    done
    sleep 1
done
"""

ARGV = ("/bin/sh", "-c", _SCRIPT)
"""What runs on the node."""
