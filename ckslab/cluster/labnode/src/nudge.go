// `labnode nudge`: restarts a kubelet that has never met its API server when a manifest changes.
//
// Until its API source is ready, the kubelet removes no pod ("Skipping delete because sources aren't ready yet",
// pkg/kubelet, v1.35), so a manifest that was repaired after a boot into a broken one is never taken up. A
// kubelet that has seen its API server ready once takes up every change by itself and is left alone.
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const defaultManifests = "/etc/kubernetes/manifests"

const (
	nudgeInterval = 500 * time.Millisecond
	metAfter      = 3 * time.Second  // of readiness: by then the kubelet has listed its pods
	goneFor       = 15 * time.Second // so long without readiness: the kubelet is not about to meet or to stop it
)

// acquaintance is what is known of one kubelet process.
type acquaintance struct {
	pid       int
	manifests string    // a print of the manifests folder when this kubelet was first seen
	ready     time.Time // since when it is ready, zero when it is not
	lastReady time.Time
	met       bool
}

func runNudge(args []string) error {
	flags := newFlags("nudge")
	socket := flags.String("socket", defaultInitSocket, "control socket of labnode init")
	manifests := flags.String("manifests", defaultManifests, "folder of static pods")
	readyz := flags.String("readyz", "https://127.0.0.1:6443/readyz", "what answers 200 when the API server is ready")
	if err := parseOnlyFlags(flags, args); err != nil {
		return err
	}
	client := readyzClient()
	known := acquaintance{}
	for range time.Tick(nudgeInterval) {
		pid := kubeletPid(*socket)
		if pid == 0 {
			continue
		}
		if pid != known.pid {
			known = acquaintance{pid: pid, manifests: folderPrint(*manifests)}
		}
		if known.met || known.sees(client, *readyz) {
			continue
		}
		if now := folderPrint(*manifests); now != known.manifests && time.Since(known.lastReady) > goneFor {
			logf("nudge: a manifest changed and the kubelet has not met its API server: restarting it")
			if err := printAnswer(ask(*socket, controlRequest{Op: "restart", Name: "kubelet"})); err != nil {
				logf("nudge: %v", err)
			}
		}
	}
	return nil
}

// sees says whether the API server is ready now; the kubelet has met it when it was so for long enough.
func (a *acquaintance) sees(client *http.Client, url string) bool {
	answer, err := client.Get(url)
	if err != nil {
		a.ready = time.Time{}
		return false
	}
	answer.Body.Close()
	if answer.StatusCode == http.StatusOK {
		a.lastReady = time.Now()
	}
	switch {
	case answer.StatusCode != http.StatusOK:
		a.ready = time.Time{}
	case a.ready.IsZero():
		a.ready = time.Now()
	}
	a.met = !a.ready.IsZero() && time.Since(a.ready) >= metAfter
	return !a.ready.IsZero()
}

// kubeletPid is 0 while the kubelet does not run.
func kubeletPid(socket string) int {
	answer, err := ask(socket, controlRequest{Op: "status"})
	if err != nil {
		return 0
	}
	var status struct {
		Services []serviceState `json:"services"`
	}
	if json.Unmarshal(answer, &status) != nil {
		return 0
	}
	for _, service := range status.Services {
		if service.Name == "kubelet" && service.Running {
			return service.Pid
		}
	}
	return 0
}

// folderPrint changes when a file of the folder is written, added or removed.
func folderPrint(folder string) string {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return ""
	}
	var text strings.Builder
	for _, entry := range entries {
		if info, err := os.Stat(filepath.Join(folder, entry.Name())); err == nil && entry.Name()[0] != '.' {
			fmt.Fprintf(&text, "%s %d %d\n", entry.Name(), info.Size(), info.ModTime().UnixNano())
		}
	}
	return text.String()
}
