// Replaces a file in one step: a reader sees the old content or the new, never half of it.

package nodefile

import (
	"os"
	"path/filepath"
)

// Replace keeps the mode of a file that is there.
func Replace(path string, data []byte) error {
	mode := os.FileMode(0o644)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-")
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if chmod := file.Chmod(mode); err == nil {
		err = chmod
	}
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		os.Remove(file.Name())
	}
	return err
}
