#!/bin/sh
# Lives as long as one life of the kubelet's unit, so that init knows each, and restarts it when init wants that.
if [ -e /run/ckslab/kubelet.again ]; then
    rm -f /run/ckslab/kubelet.again
    systemctl restart kubelet
fi
trap ': >/run/ckslab/kubelet.again; exit 0' TERM
pid=0
while [ "${pid:-0}" = 0 ]; do
    pid=$(systemctl show --property=MainPID --value kubelet)
    if [ "${pid:-0}" = 0 ]; then sleep 0.3 & wait $!; fi
done
tail --pid="$pid" --sleep-interval=0.2 -f /dev/null &
wait $!
