// Package systemd stands in for systemctl, service and journalctl where init is labnode's: for the two units that a
// kubeadm node has and whoever works on it orders about.
package systemd

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"ckslab.invalid/labnode/internal/control"
	"ckslab.invalid/labnode/internal/procfs"
	"ckslab.invalid/labnode/internal/supervisor"
)

// unit is a service of init that systemd would run on another node.
type unit struct {
	name        string
	description string
}

var units = []unit{
	{"kubelet", "kubelet: The Kubernetes Node Agent"},
	{"containerd", "containerd container runtime"},
}

func (u unit) log() string { return "/var/log/" + u.name + ".log" }

// unitOf takes a name with or without its suffix.
func unitOf(name string) (unit, bool) {
	for _, known := range units {
		if known.name == strings.TrimSuffix(name, ".service") {
			return known, true
		}
	}
	return unit{}, false
}

// fullName is the name as systemd says it.
func fullName(name string) string {
	if strings.Contains(name, ".") {
		return name
	}
	return name + ".service"
}

// state is what init says of a service.
type state struct {
	Name     string    `json:"name"`
	Pid      int       `json:"pid"`
	Running  bool      `json:"running"`
	Wanted   bool      `json:"wanted"`
	Since    time.Time `json:"since"`
	LastExit string    `json:"last_exit"`
}

func order(op string, u unit) (state, error) {
	answer, err := control.Ask(supervisor.Socket, control.Request{Op: op, Name: u.name})
	if err != nil {
		return state{}, err
	}
	var found struct{ Services []state }
	if err := json.Unmarshal(answer, &found); err != nil || len(found.Services) != 1 {
		return state{}, fmt.Errorf("init's answer about %s cannot be read", u.name)
	}
	return found.Services[0], nil
}

// active is the word of `systemctl is-active`, and what stands behind it in a status.
func (s state) active() (word, detail string) {
	switch {
	case s.Running:
		return "active", "active (running)"
	case s.Wanted && s.LastExit != "":
		return "activating", "activating (auto-restart) (" + s.LastExit + ")"
	case s.Wanted:
		return "activating", "activating (start)"
	}
	return "inactive", "inactive (dead)"
}

func commandLine(pid int) string {
	data, err := os.ReadFile(procfs.Path(pid, "cmdline"))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(strings.ReplaceAll(string(data), "\x00", " "))
}
