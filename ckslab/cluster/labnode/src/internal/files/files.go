// Package files is `labnode files`: what stands at given paths, as the node's own kernel resolves them.
package files

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sort"
	"syscall"

	"ckslab.invalid/labnode/internal/command"
	"ckslab.invalid/labnode/internal/nodefile"
)

const (
	maxFileSize = 1 << 20
	MaxContent  = 64 << 20 // of all files of one answer together
	maxEntries  = 2000
)

// Fact mirrors ckslab.kubernetes.node_file.FileFact; data is the content of a regular file, target that of a
// symbolic link, whatever lies behind it. Paths and names are texts (nodefile.Text).
type Fact struct {
	Path    string   `json:"path"`
	Target  string   `json:"target"`
	Kind    string   `json:"kind"`
	Real    string   `json:"real"`
	Mode    uint32   `json:"mode"`
	UID     uint32   `json:"uid"`
	Size    int64    `json:"size"`
	Sha256  string   `json:"sha256"`
	Data    []byte   `json:"data"`
	Entries []string `json:"entries"`
	Reason  string   `json:"reason"`
}

// Request names files, and folders whose direct entries are wanted with them.
type Request struct {
	Files   []string `json:"files"`
	Folders []string `json:"folders"`
}

// Run is the subcommand.
func Run(args []string) error {
	if len(args) != 0 {
		return command.Usage("files: labnode files <request.json >facts.json")
	}
	request, err := ReadRequest(os.Stdin)
	if err != nil {
		return err
	}
	return command.PrintJSON(Of(request))
}

// ReadRequest reads one request.
func ReadRequest(from io.Reader) (Request, error) {
	var request Request
	if err := json.NewDecoder(from).Decode(&request); err != nil {
		return request, fmt.Errorf("the request: %w", err)
	}
	return request, nil
}

// Of gives the facts of what is asked for, each by its path.
func Of(request Request) map[string]Fact {
	reader := fileReader{left: MaxContent}
	facts := map[string]Fact{}
	for _, path := range request.Files {
		facts[path] = reader.factOf(path)
	}
	for _, path := range request.Folders {
		folder := reader.factOf(path)
		facts[path] = folder
		for _, name := range folder.Entries {
			inner := path + "/" + name
			facts[inner] = reader.factOf(inner)
		}
	}
	return facts
}

// fileReader reads the files of one answer; left: how many bytes of content it may still read.
type fileReader struct{ left int64 }

var errTooMuch = fmt.Errorf("the files asked for hold more than %d MiB", MaxContent>>20)

func (r *fileReader) factOf(text string) Fact {
	fact, path := Fact{Path: text}, nodefile.Raw(text)
	fact.Target = linkText(path)
	fd, err := syscall.Open(path, nodefile.OPath|syscall.O_CLOEXEC, 0)
	switch {
	case errors.Is(err, syscall.ENOENT), errors.Is(err, syscall.ENOTDIR):
		fact.Kind = "absent"
		return fact
	case errors.Is(err, syscall.ELOOP):
		fact.Kind = "loop"
		return fact
	case err != nil:
		return unreadable(fact, err)
	}
	defer syscall.Close(fd)
	var info syscall.Stat_t
	if err := syscall.Fstat(fd, &info); err != nil {
		return unreadable(fact, err)
	}
	self := fmt.Sprintf("/proc/self/fd/%d", fd)
	fact.Real = linkText(self)
	fact.Mode, fact.UID, fact.Size = info.Mode&0o7777, info.Uid, info.Size
	switch info.Mode & syscall.S_IFMT {
	case syscall.S_IFREG:
		return r.withContent(fact, self)
	case syscall.S_IFDIR:
		return withEntries(fact, self)
	case syscall.S_IFIFO:
		fact.Kind = "fifo"
	case syscall.S_IFSOCK:
		fact.Kind = "socket"
	default:
		fact.Kind = "device"
	}
	return fact
}

// linkText is what a link says; "" where there is none.
func linkText(path string) string {
	target, _ := os.Readlink(path)
	return nodefile.Text(target)
}

func unreadable(fact Fact, err error) Fact {
	fact.Kind, fact.Reason = "unreadable", err.Error()
	return fact
}

func (r *fileReader) withContent(fact Fact, self string) Fact {
	if fact.Size > maxFileSize {
		fact.Kind = "too-large"
		return fact
	}
	if fact.Size > r.left {
		return unreadable(fact, errTooMuch)
	}
	file, err := os.Open(self)
	if err != nil {
		return unreadable(fact, err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxFileSize+1))
	if err != nil {
		return unreadable(fact, err)
	}
	r.left -= int64(len(data))
	if len(data) > maxFileSize {
		fact.Kind = "too-large"
		return fact
	}
	sum := sha256.Sum256(data)
	fact.Kind, fact.Data, fact.Sha256 = "file", data, hex.EncodeToString(sum[:])
	return fact
}

func withEntries(fact Fact, self string) Fact {
	folder, err := os.Open(self)
	if err != nil {
		return unreadable(fact, err)
	}
	defer folder.Close()
	names, err := folder.Readdirnames(maxEntries)
	if err != nil && !errors.Is(err, io.EOF) {
		return unreadable(fact, err)
	}
	for number, name := range names {
		names[number] = nodefile.Text(name)
	}
	sort.Strings(names)
	fact.Kind, fact.Entries = "folder", names
	return fact
}
