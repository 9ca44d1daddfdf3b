"""The kubelet of every node: the settings that decide how soon it takes up what somebody has saved or made."""

from __future__ import annotations

FILE_CHECK_SECONDS = 5
"""fileCheckFrequency, 20 on a stock node: how often it reads the whole manifests folder. A manifest that is saved
it takes up at once (inotify); one that cannot be used ends its pod at the next of these readings."""

CRASH_LOOP_SECONDS = 2
"""crashLoopBackOff.maxContainerRestartPeriod, 300 on a stock node: how long it waits at most before it starts a
container again that has ended."""

SYNC_SECONDS = 10
"""syncFrequency, 60 on a stock node: how often it looks at a running pod, and shows it a Secret that was filled
after the pod began, such as the certificate that Gatekeeper makes for itself."""
