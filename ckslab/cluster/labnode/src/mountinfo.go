// The places where a container sees files of the node: its mounts without those that every container has.
package main

import (
	"slices"
	"strconv"
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

// mountPoints reads mountinfo (proc(5): the fifth field is the mount point, spaces and the like in octal).
func mountPoints(mountinfo string) []string {
	var points []string
	for line := range strings.Lines(mountinfo) {
		fields := strings.Fields(line)
		if len(fields) < 5 {
			continue
		}
		point := unescapeMount(fields[4])
		if !slices.Contains(points, point) {
			points = append(points, point)
		}
	}
	return points
}

func isOrdinary(point string) bool {
	if slices.Contains(ordinaryFiles, point) {
		return true
	}
	return slices.ContainsFunc(ordinaryTrees, func(tree string) bool {
		return point == tree || strings.HasPrefix(point, tree+"/")
	})
}

func unescapeMount(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+4 <= len(text) {
			if value, err := strconv.ParseUint(text[i+1:i+4], 8, 8); err == nil {
				out.WriteByte(byte(value))
				i += 3
				continue
			}
		}
		out.WriteByte(text[i])
	}
	return out.String()
}
