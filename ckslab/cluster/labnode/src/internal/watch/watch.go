// Package watch is `labnode watch`: it keeps a record of each start of the API server, with the files it could read at that moment.
package watch

import (
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"ckslab.invalid/labnode/internal/command"
	"ckslab.invalid/labnode/internal/nodefile"
	"ckslab.invalid/labnode/internal/procfs"
)

const keptStarts = 20

// laterAfter is when files are read again: the program reads its own some moments after it was first seen, and a
// file saved in between is one that it may have read.
const laterAfter = 2 * time.Second

// processStart is one start; partial says that the process ended, or something failed, while it was read.
type processStart struct {
	Pid       int               `json:"pid"`
	StartTime uint64            `json:"starttime"`
	Seen      time.Time         `json:"seen"`
	Argv      []string          `json:"argv"`
	Files     map[string]string `json:"files"`
	Later     map[string]string `json:"later,omitempty"` // what had another content laterAfter the first reading
	Mounts    []string          `json:"mounts"`          // all mount points of the container
	PodUID    string            `json:"pod_uid"`         // of the container's pod; "" where it could not be read
	Container string            `json:"container"`       // its name in that pod; "" where it could not be read
	Program   string            `json:"program"`         // path of its program in the container; "" where it could not be read
	Ended     bool              `json:"ended"`
	Partial   bool              `json:"partial,omitempty"`
	again     bool              // read a second time
}

type startRecord struct {
	Starts []processStart `json:"starts"`
}

// Run is the subcommand.
func Run(args []string) error {
	flags := command.NewFlags("watch")
	name := flags.String("process", "", "name of the program")
	out := flags.String("out", "", "record")
	interval := flags.Duration("interval", 100*time.Millisecond, "time between two looks")
	if err := command.ParseOnly(flags, args); err != nil {
		return err
	}
	if *name == "" || *out == "" || *interval < time.Millisecond {
		return command.Usage("watch: labnode watch --process NAME --out FILE [--interval 100ms]")
	}
	finder, err := procfs.NewFinder(*name)
	if err != nil {
		return err
	}
	record := loadStarts(*out)
	if err := record.save(*out); err != nil {
		return err
	}
	for range time.Tick(*interval) {
		pids, err := finder.Scan()
		if err != nil {
			return err
		}
		if record.update(pids) {
			if err := record.save(*out); err != nil {
				command.Logf("watch: %v", err)
			}
		}
	}
	return nil
}

// loadStarts goes on with the record of an earlier life; one that cannot be read is begun anew.
func loadStarts(path string) *startRecord {
	record := &startRecord{}
	if data, err := os.ReadFile(path); err == nil && json.Unmarshal(data, record) != nil {
		record = &startRecord{}
	}
	if record.Starts == nil {
		record.Starts = []processStart{}
	}
	return record
}

func (r *startRecord) save(path string) error {
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return nodefile.Replace(path, append(data, '\n'))
}

// update says whether anything is new.
func (r *startRecord) update(pids []int) bool {
	changed := r.markEnded()
	for _, pid := range pids {
		if start, found := readStart(pid); found && !r.has(start) {
			r.Starts = append(r.Starts, start)
			changed = true
		}
	}
	if surplus := len(r.Starts) - keptStarts; surplus > 0 {
		r.Starts = r.Starts[surplus:]
	}
	return changed
}

func (r *startRecord) markEnded() bool {
	changed := false
	for i := range r.Starts {
		start := &r.Starts[i]
		if !start.Ended && !start.again && time.Since(start.Seen) >= laterAfter {
			start.again = true
			changed = start.readAgain() || changed
		}
		if !start.Ended && !procfs.Alive(start.Pid, start.StartTime) {
			start.Ended, changed = true, true
		}
	}
	return changed
}

func (r *startRecord) has(start processStart) bool {
	for _, known := range r.Starts {
		if known.Pid == start.Pid && known.StartTime == start.StartTime {
			return true
		}
	}
	return false
}

// readStart keeps what can be read of a process that may end at any moment.
func readStart(pid int) (processStart, bool) {
	_, startTime, err := procfs.State(pid)
	if err != nil {
		return processStart{}, false
	}
	start := processStart{Pid: pid, StartTime: startTime, Seen: time.Now().UTC(), Files: map[string]string{}}
	start.Argv, err = procfs.Argv(pid)
	start.Partial = err != nil || len(start.Argv) == 0
	if mounts, err := os.ReadFile(procfs.Path(pid, "mountinfo")); err == nil {
		start.Mounts = procfs.MountPoints(string(mounts))
		start.PodUID, start.Container = procfs.PodContainer(string(mounts))
		start.Program, _ = os.Readlink(procfs.Path(pid, "exe"))
		files, partial := digestMounts(procfs.Path(pid, "root"), nodeMounts(start.Mounts))
		start.Files, start.Partial = files, start.Partial || partial
	} else {
		start.Partial = true
	}
	if !procfs.Alive(pid, startTime) { // its mounts may have gone while they were read
		start.Ended, start.Partial = true, true
	}
	return start, true
}

// readAgain says whether any file has another content than at the first reading.
func (s *processStart) readAgain() bool {
	files, _ := digestMounts(procfs.Path(s.Pid, "root"), nodeMounts(s.Mounts))
	for path, digest := range files {
		if s.Files[path] != digest {
			if s.Later == nil {
				s.Later = map[string]string{}
			}
			s.Later[path] = digest
		}
	}
	return len(s.Later) > 0
}
