package nodefile

import (
	"errors"
	"io"
	"os"
	"syscall"
	"time"
)

const maxEntries = 20_000

// ReadRegular reads a file of at most limit bytes, and never waits for one that is a pipe.
func ReadRegular(path string, limit int64) ([]byte, error) {
	file, size, err := OpenRegular(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if size > limit {
		return nil, errors.New(path + " is too large")
	}
	return io.ReadAll(io.LimitReader(file, limit))
}

// OpenRegular opens a file and gives its size; what is no file is refused at once.
func OpenRegular(path string) (*os.File, int64, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, 0, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New(path + " is not a regular file")
	}
	if err != nil {
		file.Close()
		return nil, 0, err
	}
	return file, info.Size(), nil
}

// Entries are what lies in a folder, in no order; none where it cannot be read.
func Entries(path string) []os.DirEntry {
	folder, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer folder.Close()
	entries, _ := folder.ReadDir(maxEntries)
	return entries
}

// Version tells two contents of a file apart without reading it.
type Version struct {
	mtime time.Time
	size  int64
	inode uint64
}

// VersionOf is the version that was found.
func VersionOf(info os.FileInfo) Version {
	version := Version{mtime: info.ModTime(), size: info.Size()}
	if stat, is := info.Sys().(*syscall.Stat_t); is {
		version.inode = stat.Ino
	}
	return version
}
