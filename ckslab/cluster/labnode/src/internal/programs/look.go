// Package programs finds programs by the PATH that a child will have.
package programs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Look finds a program by the environment's PATH, not by ours.
func Look(name string, env []string) (string, error) {
	if strings.Contains(name, "/") {
		return name, nil
	}
	path := ""
	for _, entry := range env {
		if value, is := strings.CutPrefix(entry, "PATH="); is {
			path = value
		}
	}
	for _, folder := range filepath.SplitList(path) {
		candidate := filepath.Join(folder, name)
		if info, err := os.Stat(candidate); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return candidate, nil
		}
	}
	return "", fmt.Errorf("%s: no such program in PATH=%s", name, path)
}
