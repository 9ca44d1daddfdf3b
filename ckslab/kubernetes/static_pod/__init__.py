"""Static pods as the kubelet reads them: manifests, flags, mounts, and what a container sees of the node."""
