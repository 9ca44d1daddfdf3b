// Digests of the files below a container's mounts, read through the container and never leaving its root.

package watch

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path"
	"strings"
	"syscall"
)

const (
	maxDigestFiles = 500
	maxDigestDepth = 6
	maxDigestSize  = 1 << 20
)

// digests maps container paths to `sha256hex`, or to `-> target` for a symbolic link.
type digests struct {
	root    *os.Root
	files   map[string]string
	partial bool // something was there and could not be read, or there was too much
}

// digestMounts reads below the given absolute paths as seen from root (a container's, by /proc/PID/root).
func digestMounts(rootPath string, points []string) (map[string]string, bool) {
	root, err := os.OpenRoot(rootPath)
	if err != nil {
		return map[string]string{}, true
	}
	defer root.Close()
	d := &digests{root: root, files: map[string]string{}}
	for _, point := range points {
		d.visit(strings.TrimPrefix(path.Clean(point), "/"), 0)
	}
	return d.files, d.partial
}

func (d *digests) visit(name string, depth int) {
	if _, seen := d.files["/"+name]; seen {
		return
	}
	info, err := d.root.Lstat(name)
	if err != nil {
		d.partial = true
		return
	}
	switch {
	case len(d.files) >= maxDigestFiles:
		d.partial = true
	case info.Mode()&os.ModeSymlink != 0:
		if target, err := d.root.Readlink(name); err == nil {
			d.files["/"+name] = "-> " + target
		}
	case info.IsDir() && depth < maxDigestDepth:
		d.visitFolder(name, depth)
	case info.Mode().IsRegular() && info.Size() <= maxDigestSize:
		d.digestFile(name)
	}
}

func (d *digests) visitFolder(name string, depth int) {
	folder, err := d.root.Open(name)
	if err != nil {
		d.partial = true
		return
	}
	entries, err := folder.Readdirnames(4 * maxDigestFiles)
	folder.Close()
	if err != nil && err != io.EOF {
		d.partial = true
	}
	for _, entry := range entries {
		d.visit(name+"/"+entry, depth+1)
	}
}

func (d *digests) digestFile(name string) {
	// Not blocking: what was a file a moment ago may be a pipe now.
	file, err := d.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOFOLLOW, 0)
	if err != nil {
		d.partial = true
		return
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, io.LimitReader(file, maxDigestSize+1)); err != nil {
		d.partial = true
		return
	}
	d.files["/"+name] = hex.EncodeToString(hash.Sum(nil))
}
