// Log files that are appended to and never grow without end: a full one becomes FILE.1.
package main

import (
	"os"
	"path/filepath"
	"sync"
)

// openAppend opens a log for appending, moving it aside first when it holds more than limit bytes.
func openAppend(path string, limit int64) (*os.File, error) {
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

// boundedLog writes whole lines and looks at the size before each.
type boundedLog struct {
	path  string
	limit int64
	mu    sync.Mutex
}

func (l *boundedLog) writeLine(line []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	file, err := openAppend(l.path, l.limit) // opened each time: a learner may remove or truncate it
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = file.Write(append(line, '\n'))
	return err
}
