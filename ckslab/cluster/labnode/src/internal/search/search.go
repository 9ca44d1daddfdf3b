// Package search is `labnode search`: whether files with given contents lie anywhere in a folder of the node.
package search

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"time"

	"ckslab.invalid/labnode/internal/command"
	"ckslab.invalid/labnode/internal/nodefile"
)

const (
	maxTime  = 12 * time.Second
	maxDepth = 2000 // folders inside one another, of each of which a descriptor is open
	batch    = 1000 // names read at once
)

// Content is what is looked for: only files of its size are read.
type Content struct {
	Size   int64  `json:"size"`
	Sha256 string `json:"sha256"`
}

// Request names contents and the folder that is searched, at any depth; links are not followed.
type Request struct {
	Folder   string    `json:"folder"`
	Contents []Content `json:"contents"`
}

// Answer: of each content that was found the first path, by its digest; why not all was looked at, "" where it was.
type Answer struct {
	Found  map[string]string `json:"found"`
	Unread string            `json:"unread"`
}

// Run is the subcommand.
func Run(args []string) error {
	if len(args) != 0 {
		return command.Usage("search: labnode search <request.json >answer.json")
	}
	var request Request
	if err := json.NewDecoder(os.Stdin).Decode(&request); err != nil {
		return fmt.Errorf("the request: %w", err)
	}
	return command.PrintJSON(Of(request, maxTime))
}

// Of searches for so long at most.
func Of(request Request, limit time.Duration) Answer {
	w := walk{sizes: map[int64]bool{}, wanted: map[string]bool{}, end: time.Now().Add(limit)}
	w.Found = map[string]string{}
	for _, content := range request.Contents {
		w.sizes[content.Size], w.wanted[content.Sha256] = true, true
	}
	top := nodefile.Raw(request.Folder)
	w.folder(top+"/.", strings.TrimRight(top, "/"), 0, 0) // "/.": the folder itself may be a link
	if w.late {
		w.Unread = fmt.Sprintf("there is more in %s than can be searched in %s", request.Folder, limit)
	}
	return w.Answer
}

type walk struct {
	Answer
	sizes  map[int64]bool
	wanted map[string]bool
	end    time.Time
	late   bool
}

// folder searches one. open: what it is opened by, which is short however deep it lies; path: where it lies; device:
// of the folder around it.
func (w *walk) folder(open, path string, device uint64, depth int) {
	if depth > maxDepth {
		w.miss(path, fmt.Errorf("it lies more than %d folders deep", maxDepth))
		return
	}
	folder, err := os.OpenFile(open, os.O_RDONLY|syscall.O_DIRECTORY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		w.miss(path, err)
		return
	}
	defer folder.Close()
	var info syscall.Stat_t
	if err := syscall.Fstat(int(folder.Fd()), &info); err != nil {
		w.miss(path, err)
		return
	}
	if info.Dev != device && holdsNobodysFiles(folder, info.Uid) {
		return
	}
	inside := fmt.Sprintf("/proc/self/fd/%d/", folder.Fd())
	for {
		entries, err := folder.ReadDir(batch)
		for _, entry := range entries {
			if w.late = w.late || time.Now().After(w.end); w.late {
				return
			}
			switch name := entry.Name(); {
			case entry.IsDir():
				w.folder(inside+name, path+"/"+name, info.Dev, depth+1)
			case entry.Type().IsRegular():
				w.file(inside+name, path+"/"+name, entry)
			}
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				w.miss(path, err)
			}
			return
		}
	}
}

// file compares one with what is wanted.
func (w *walk) file(open, path string, entry os.DirEntry) {
	info, err := entry.Info()
	if err != nil {
		w.miss(path, err)
		return
	}
	if !w.sizes[info.Size()] {
		return
	}
	file, err := os.OpenFile(open, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOFOLLOW|syscall.O_NOCTTY, 0)
	if err != nil {
		w.miss(path, err)
		return
	}
	defer file.Close()
	if now, err := file.Stat(); err != nil || !now.Mode().IsRegular() { // a pipe has taken its place, say
		return
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, io.LimitReader(file, info.Size()+1)); err != nil {
		w.miss(path, err)
		return
	}
	digest, text := hex.EncodeToString(sum.Sum(nil)), nodefile.Text(path)
	if first, known := w.Found[digest]; w.wanted[digest] && (!known || text < first) {
		w.Found[digest] = text
	}
}

// miss notes what could not be looked at. What was moved away meanwhile was a moment ago elsewhere; and the node's root
// may read whatever somebody on the node may write, so that what root may not read is nobody's on the node.
func (w *walk) miss(path string, err error) {
	for _, harmless := range []error{syscall.ENOENT, syscall.ENOTDIR, syscall.ELOOP, syscall.EACCES, syscall.EPERM} {
		if errors.Is(err, harmless) {
			return
		}
	}
	if w.Unread == "" {
		var bare *os.PathError
		if errors.As(err, &bare) {
			err = bare.Err // its path is ours, by a descriptor
		}
		w.Unread = fmt.Sprintf("%s: %v", nodefile.Text(path), err)
	}
}

// withoutFiles are file systems in which the kernel shows itself (include/uapi/linux/magic.h), and one in which looking mounts.
var withoutFiles = map[int64]bool{
	0x9fa0:     true, // proc
	0x62656572: true, // sysfs
	0x27e0eb:   true, // cgroup
	0x63677270: true, // cgroup2
	0x1cd1:     true, // devpts
	0x64626720: true, // debugfs
	0x74726163: true, // tracefs
	0x73636673: true, // securityfs
	0x62656570: true, // configfs
	0x6165676c: true, // pstore
	0x0187:     true, // autofs
}

const nobody = 65534 // /proc/sys/kernel/overflowuid: what an id is that the node does not have

// holdsNobodysFiles tells of a file system that nobody on the node keeps files in: the kernel's own, and what is the
// machine's and only shown, as the embedded node's /usr is, which may be large.
func holdsNobodysFiles(folder *os.File, owner uint32) bool {
	var info syscall.Statfs_t
	if syscall.Fstatfs(int(folder.Fd()), &info) != nil {
		return false
	}
	const readOnly = 1 // ST_RDONLY
	return withoutFiles[int64(info.Type)] || (info.Flags&readOnly != 0 && owner == nobody)
}
