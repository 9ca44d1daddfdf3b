// Unix sockets that only their owner may use; the file that a killed process left behind is replaced.

package control

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// maxSocketPath is what fits sockaddr_un beside its closing NUL; beyond it the kernel only says EINVAL.
const maxSocketPath = 107

// ListenUnix listens, in a folder that is made when missing.
func ListenUnix(path string) (net.Listener, error) {
	if len(path) > maxSocketPath {
		return nil, fmt.Errorf("socket path %s has %d bytes; at most %d fit", path, len(path), maxSocketPath)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	if err := removeStaleSocket(path); err != nil {
		return nil, err
	}
	// The mask, not a later chmod: no moment in which others may connect. Only called before children start.
	before := syscall.Umask(0o177)
	defer syscall.Umask(before)
	return net.Listen("unix", path)
}

func removeStaleSocket(path string) error {
	info, err := os.Lstat(path)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode()&os.ModeSocket == 0 {
		return fmt.Errorf("%s is there and is no socket", path)
	}
	if SocketAnswers(path) {
		return fmt.Errorf("%s is served by another process", path)
	}
	return os.Remove(path)
}

// SocketAnswers says whether somebody listens.
func SocketAnswers(path string) bool {
	conn, err := net.DialTimeout("unix", path, time.Second)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}
