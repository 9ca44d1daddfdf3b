// Package procfs reads /proc: who runs, since when, with which arguments and mounts.
package procfs

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

const commLength = 15 // TASK_COMM_LEN without its NUL

// Path is a file of a process.
func Path(pid int, name string) string { return "/proc/" + strconv.Itoa(pid) + "/" + name }

// listPids appends the ids of all processes to pids.
func listPids(proc *os.File, pids []int) ([]int, error) {
	if _, err := proc.Seek(0, 0); err != nil {
		return nil, err
	}
	names, err := proc.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if name[0] < '0' || name[0] > '9' {
			continue
		}
		if pid, err := strconv.Atoi(name); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}

// Process names a process across the reuse of its number.
type Process struct {
	PID       int
	StartTime uint64
}

// Alive says whether exactly this process still runs.
func (p Process) Alive() bool { return Alive(p.PID, p.StartTime) }

// Running are the living processes that run the program.
func Running(name string) []Process {
	proc, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer proc.Close()
	pids, _ := listPids(proc, nil)
	var found []Process
	for _, pid := range pids {
		comm, err := os.ReadFile(Path(pid, "comm"))
		if err != nil || string(bytes.TrimSpace(comm)) != shortComm(name) || !runsProgram(pid, name) {
			continue
		}
		if state, startTime, err := State(pid); err == nil && state != 'Z' && state != 'X' {
			found = append(found, Process{pid, startTime})
		}
	}
	return found
}

// State is the state letter and the start time (clock ticks since boot; field 22 of stat, see proc(5)).
func State(pid int) (state byte, startTime uint64, err error) {
	data, err := os.ReadFile(Path(pid, "stat"))
	if err != nil {
		return 0, 0, err
	}
	return parseStat(data)
}

// parseStat starts after the last `)`: the name before it may hold anything.
func parseStat(data []byte) (byte, uint64, error) {
	fields := bytes.Fields(data[bytes.LastIndexByte(data, ')')+1:])
	if len(fields) < 20 {
		return 0, 0, errors.New("unexpected /proc/PID/stat")
	}
	startTime, err := strconv.ParseUint(string(fields[19]), 10, 64)
	return fields[0][0], startTime, err
}

// Alive says whether the process that started then still is there and no zombie.
func Alive(pid int, startTime uint64) bool {
	state, started, err := State(pid)
	return err == nil && started == startTime && state != 'Z' && state != 'X'
}

// Argv is a process's argument vector; empty where it has none any more.
func Argv(pid int) ([]string, error) {
	data, err := os.ReadFile(Path(pid, "cmdline"))
	if err != nil || len(data) == 0 {
		return []string{}, err
	}
	return strings.Split(strings.TrimSuffix(string(data), "\x00"), "\x00"), nil
}

// runsProgram tells the program from a thread or script that only has its name.
func runsProgram(pid int, name string) bool {
	if exe, err := os.Readlink(Path(pid, "exe")); err == nil {
		if filepath.Base(strings.TrimSuffix(exe, " (deleted)")) == name {
			return true
		}
	}
	argv, err := Argv(pid)
	return err == nil && len(argv) > 0 && filepath.Base(argv[0]) == name
}

func shortComm(name string) string {
	if len(name) > commLength {
		return name[:commLength]
	}
	return name
}
