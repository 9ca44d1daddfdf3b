// Finds new processes of one name, quickly enough for one that lives 0.3 s and cheaply enough for always.

package procfs

import (
	"bytes"
	"os"
	"strings"
)

const (
	youngScans = 50 // a process is looked at in each of its first scans, for it may still exec
	oldEvery   = 20 // and later in one scan of so many
)

// Finder looks for processes of one program.
type Finder struct {
	name  string
	proc  *os.File
	known map[int]*sighting
	scans int
	pids  []int
}

type sighting struct {
	firstScan int
	lastScan  int
	launching bool // runc waits in a process of its own, for as long as it takes, before it becomes the program
	target    bool // reported already
}

// NewFinder looks for the program of this name.
func NewFinder(name string) (*Finder, error) {
	proc, err := os.Open("/proc")
	if err != nil {
		return nil, err
	}
	return &Finder{name: name, proc: proc, known: map[int]*sighting{}}, nil
}

// Scan returns the processes of that name which no scan has returned before.
func (f *Finder) Scan() ([]int, error) {
	f.scans++
	var err error
	if f.pids, err = listPids(f.proc, f.pids[:0]); err != nil {
		return nil, err
	}
	var found []int
	for _, pid := range f.pids {
		seen := f.known[pid]
		if seen == nil {
			seen = &sighting{firstScan: f.scans}
			f.known[pid] = seen
		}
		seen.lastScan = f.scans
		if f.due(pid, seen) && f.look(pid, seen) {
			found = append(found, pid)
		}
	}
	for pid, seen := range f.known {
		if seen.lastScan != f.scans {
			delete(f.known, pid)
		}
	}
	return found, nil
}

func (f *Finder) due(pid int, seen *sighting) bool {
	return seen.launching || f.scans-seen.firstScan < youngScans || (f.scans+pid)%oldEvery == 0
}

// look reports a process once: when it first has the name, and again only after it had another.
func (f *Finder) look(pid int, seen *sighting) bool {
	comm, err := os.ReadFile(Path(pid, "comm"))
	if err != nil {
		return false
	}
	text := string(bytes.TrimSpace(comm))
	seen.launching = strings.HasPrefix(text, "runc") || strings.HasPrefix(text, "exe")
	is := text == shortComm(f.name) && runsProgram(pid, f.name)
	fresh := is && !seen.target
	seen.target = is
	return fresh
}
