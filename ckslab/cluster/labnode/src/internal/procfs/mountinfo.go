package procfs

import (
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
