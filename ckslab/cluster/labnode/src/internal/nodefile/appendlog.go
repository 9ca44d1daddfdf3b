// Log files that are appended to and never grow without end: a full one becomes FILE.1.

package nodefile

import (
	"os"
	"path/filepath"
	"sync"
)

// OpenAppend opens a log for appending, moving it aside first when it holds more than limit bytes.
func OpenAppend(path string, limit int64) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Size() > limit {
		if err := os.Rename(path, path+".1"); err != nil {
			return nil, err
		}
	}
	return os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640)
}

// BoundedLog writes whole lines and looks at the size before each.
type BoundedLog struct {
	Path  string
	Limit int64
	mu    sync.Mutex
}

// WriteLine appends the line and its end.
func (l *BoundedLog) WriteLine(line []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	file, err := OpenAppend(l.Path, l.Limit) // opened each time: a learner may remove or truncate it
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = file.Write(append(line, '\n'))
	return err
}
