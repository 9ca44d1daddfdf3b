// The places where a container sees files of the node: its mounts without those that every container has.

package watch

import (
	"slices"
	"strings"
)

var (
	ordinaryTrees = []string{
		"/proc", "/sys", "/dev", "/run/secrets", "/var/run/secrets", "/usr/share/ca-certificates",
		"/usr/local/share/ca-certificates", "/etc/ssl/certs", "/etc/ca-certificates",
	}
	ordinaryFiles = []string{"/", "/etc/resolv.conf", "/etc/hosts", "/etc/hostname"}
)

// nodeMounts gives the mount points that show the node's files.
func nodeMounts(points []string) []string {
	return slices.DeleteFunc(slices.Clone(points), isOrdinary)
}

func isOrdinary(point string) bool {
	if slices.Contains(ordinaryFiles, point) {
		return true
	}
	return slices.ContainsFunc(ordinaryTrees, func(tree string) bool {
		return point == tree || strings.HasPrefix(point, tree+"/")
	})
}
