// `labnode files`: what stands at given paths, as the node's own kernel resolves them.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sort"
	"syscall"
)

const (
	oPath       = 0x200000 // O_PATH, which package syscall lacks
	maxFileSize = 1 << 20
	maxContent  = 64 << 20 // of all files of one answer together
	maxEntries  = 2000
)

// fileFact mirrors ckslab.evidence.facts.FileFact; data is the content of a regular file.
type fileFact struct {
	Path    string   `json:"path"`
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

// filesRequest names files, and folders whose direct entries are wanted with them.
type filesRequest struct {
	Files   []string `json:"files"`
	Folders []string `json:"folders"`
}

func runFiles(args []string) error {
	if len(args) != 0 {
		return usageError("files: labnode files <request.json >facts.json")
	}
	request, err := readFilesRequest(os.Stdin)
	if err != nil {
		return err
	}
	return printJSON(factsOf(request))
}

func readFilesRequest(from io.Reader) (filesRequest, error) {
	var request filesRequest
	if err := json.NewDecoder(from).Decode(&request); err != nil {
		return request, fmt.Errorf("the request: %w", err)
	}
	return request, nil
}

// printJSON writes one line, or nothing where the value cannot be written whole.
func printJSON(value any) error {
	var out bytes.Buffer
	if err := json.NewEncoder(&out).Encode(value); err != nil {
		return err
	}
	_, err := os.Stdout.Write(out.Bytes())
	return err
}

func factsOf(request filesRequest) map[string]fileFact {
	reader := fileReader{left: maxContent}
	facts := map[string]fileFact{}
	for _, path := range request.Files {
		facts[path] = reader.factOf(path)
	}
	for _, path := range request.Folders {
		folder := reader.factOf(path)
		facts[path] = folder
		for _, name := range folder.Entries {
			facts[path+"/"+name] = reader.factOf(path + "/" + name)
		}
	}
	return facts
}

// fileReader reads the files of one answer; left: how many bytes of content it may still read.
type fileReader struct{ left int64 }

var errTooMuch = fmt.Errorf("the files asked for hold more than %d MiB", maxContent>>20)

func (r *fileReader) factOf(path string) fileFact {
	fact := fileFact{Path: path}
	fd, err := syscall.Open(path, oPath|syscall.O_CLOEXEC, 0)
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
	fact.Real, _ = os.Readlink(self)
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

func unreadable(fact fileFact, err error) fileFact {
	fact.Kind, fact.Reason = "unreadable", err.Error()
	return fact
}

func (r *fileReader) withContent(fact fileFact, self string) fileFact {
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

func withEntries(fact fileFact, self string) fileFact {
	folder, err := os.Open(self)
	if err != nil {
		return unreadable(fact, err)
	}
	defer folder.Close()
	names, err := folder.Readdirnames(maxEntries)
	if err != nil && !errors.Is(err, io.EOF) {
		return unreadable(fact, err)
	}
	sort.Strings(names)
	fact.Kind, fact.Entries = "folder", names
	return fact
}
