// Reading /proc: who runs, since when, with which arguments and mounts.
package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

const commLength = 15 // TASK_COMM_LEN without its NUL

func procPath(pid int, name string) string { return "/proc/" + strconv.Itoa(pid) + "/" + name }

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

// processID names a process across the reuse of its number.
type processID struct {
	pid       int
	startTime uint64
}

func (p processID) alive() bool { return alive(p.pid, p.startTime) }

// processesOf are the living processes that run the program.
func processesOf(name string) []processID {
	proc, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer proc.Close()
	pids, _ := listPids(proc, nil)
	var found []processID
	for _, pid := range pids {
		comm, err := os.ReadFile(procPath(pid, "comm"))
		if err != nil || string(bytes.TrimSpace(comm)) != shortComm(name) || !runsProgram(pid, name) {
			continue
		}
		if state, startTime, err := procState(pid); err == nil && state != 'Z' && state != 'X' {
			found = append(found, processID{pid, startTime})
		}
	}
	return found
}

// procState is the state letter and the start time (clock ticks since boot; field 22 of stat, see proc(5)).
func procState(pid int) (state byte, startTime uint64, err error) {
	data, err := os.ReadFile(procPath(pid, "stat"))
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

// alive says whether the process that started then still is there and no zombie.
func alive(pid int, startTime uint64) bool {
	state, started, err := procState(pid)
	return err == nil && started == startTime && state != 'Z' && state != 'X'
}

func processArgv(pid int) ([]string, error) {
	data, err := os.ReadFile(procPath(pid, "cmdline"))
	if err != nil || len(data) == 0 {
		return []string{}, err
	}
	return strings.Split(strings.TrimSuffix(string(data), "\x00"), "\x00"), nil
}

// runsProgram tells the program from a thread or script that only has its name.
func runsProgram(pid int, name string) bool {
	if exe, err := os.Readlink(procPath(pid, "exe")); err == nil {
		if filepath.Base(strings.TrimSuffix(exe, " (deleted)")) == name {
			return true
		}
	}
	argv, err := processArgv(pid)
	return err == nil && len(argv) > 0 && filepath.Base(argv[0]) == name
}

func shortComm(name string) string {
	if len(name) > commLength {
		return name[:commLength]
	}
	return name
}
