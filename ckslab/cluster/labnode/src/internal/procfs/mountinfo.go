package procfs

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// MountPoints reads mountinfo (proc(5): the fifth field is the mount point, spaces and the like in octal).
func MountPoints(mountinfo string) []string {
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

// podFolder is the kubelet's folder of one pod, and of one container in it, as a part of a path.
var podFolder = regexp.MustCompile(`/kubelet/pods/([0-9A-Za-z-]{1,64})/(?:containers/([0-9a-z-]{1,63})/)?`)

// PodContainer is the pod, by its uid, and the container in it, by its name, whose folders the kubelet has mounted
// into a container (proc(5): the fourth field is the folder of the file system that is mounted); "" where there is none.
//
// Each container has such mounts: its termination log, and mostly /etc/hosts (pkg/kubelet/kubelet_pods.go, v1.35).
func PodContainer(mountinfo string) (uid, name string) {
	for line := range strings.Lines(mountinfo) {
		fields := strings.Fields(line)
		if len(fields) < 5 {
			continue
		}
		found := podFolder.FindStringSubmatch(unescapeMount(fields[3]))
		switch {
		case found == nil:
		case uid == "":
			uid, name = found[1], found[2]
		case uid == found[1] && name == "":
			name = found[2]
		}
	}
	return uid, name
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
