#!/bin/sh
# The snapshot to standard output: the node's files and etcd's data as kind made them.
set -eu
export KUBECONFIG=/etc/kubernetes/admin.conf
mkdir -p /root/.kube
cp /etc/kubernetes/admin.conf /root/.kube/config
[ -e /root/.kubectl-completion ] || kubectl completion bash >/root/.kubectl-completion
# the controller manager makes them some seconds after kind is done; before, no pod can be made
tries=0
until [ "$(kubectl get serviceaccounts -A --no-headers 2>/dev/null | grep -c '[[:space:]]default[[:space:]]')" -ge 4 ]; do
    tries=$((tries + 1))
    [ $tries -lt 200 ] || { echo "the cluster makes no service accounts" >&2; exit 1; }
    sleep 0.2
done
mkdir -p /etc/ckslab
# the names in the store, each with its digest: REF TYPE DIGEST ...
ctr --namespace k8s.io images ls | tail -n +2 | while read -r name type digest rest; do
    echo "$name $digest"
done >/etc/ckslab/images
find /var/lib -mindepth 1 -maxdepth 1 >/etc/ckslab/var-lib
# A new controller manager or scheduler waits 15 s for the one that a lease names, however old the lease is: the
# snapshot has none. These are stopped meanwhile, so that none is made again.
leaders=$(pgrep -f '^[^ ]*kube-(controller-manager|scheduler) ')
# A process that is stopped leaves its files as a crash would, which etcd is made to survive.
etcd=$(pgrep -x etcd)
trap 'kill -CONT $etcd $leaders' EXIT
kill -STOP $leaders
kubectl --namespace kube-system delete lease kube-controller-manager kube-scheduler --ignore-not-found >&2
kill -STOP $etcd
cd /
# etcd's log is 64 MB of zeros with a little in it, and 0.tmp is only the next one, made in advance.
tar --create --gzip --sparse --hole-detection=raw --exclude=var/lib/etcd/member/wal/0.tmp --file=- \
    $(cat /lab/bin/kept) var/lib/etcd
