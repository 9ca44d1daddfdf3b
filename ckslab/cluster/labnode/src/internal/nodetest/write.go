// Package nodetest makes the files of a node for tests.
package nodetest

import (
	"os"
	"path/filepath"
	"testing"
)

// Write makes a file and the folders above it, and gives its path.
func Write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
