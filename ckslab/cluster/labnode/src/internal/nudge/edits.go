// Edits of the control plane's manifests: when the old pod is gone and the kubelet would only wait to start the new.

package nudge

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"ckslab.invalid/labnode/internal/command"
	"ckslab.invalid/labnode/internal/nodefile"
	"ckslab.invalid/labnode/internal/procfs"
)

const (
	takenUpIn   = time.Second      // in which an editor is done, and the kubelet begins a pod that waits for nobody
	editExpires = 45 * time.Second // after which a process that still lives was not concerned
	termAfter   = time.Second      // where the kubelet removes no pod, its part is done here
	killAfter   = 4 * time.Second
	maxLogRead  = 2 << 20
	kubeletPods = "/var/lib/kubelet/pods"
	kubeletLog  = "/var/log/kubelet.log"
)

var (
	controlPlane = []string{"kube-apiserver", "etcd", "kube-controller-manager", "kube-scheduler"}
	staticPodUID = regexp.MustCompile(`^[0-9a-f]{32}$`)
)

// isControlPlane says whether a manifest is one of kubeadm's, by which its process is known.
func isControlPlane(file string) bool {
	name, is := strings.CutSuffix(file, ".yaml")
	return is && slices.Contains(controlPlane, name)
}

// edit is a manifest that was changed and of which the kubelet has not started the pod yet.
type edit struct {
	at   time.Time
	old  []procfs.Process // what ran when the change was seen
	pods []string         // the pods of the kubelet a moment before
	log  int64            // the size of its log then
	left bool             // the kubelet removes no pod: the old processes are left to us
	ends int              // how often they were signalled from here
}

// edits watches the manifests, and holds by their file names those that wait.
type edits struct {
	folder, podFolder, log string
	versions               map[string]nodefile.Version
	waiting                map[string]*edit
	pods                   []string
	logSize                int64
	running                func(program string) []procfs.Process
}

func newEdits(folder string) *edits {
	e := &edits{folder: folder, podFolder: kubeletPods, log: kubeletLog, running: procfs.Running}
	e.forget()
	return e
}

// forget begins anew, with a kubelet that has read the manifests as they are.
func (e *edits) forget() {
	e.versions, e.waiting = manifestVersions(e.folder), map[string]*edit{}
	e.pods, e.logSize = staticPods(e.podFolder), sizeOf(e.log)
}

// waited says, once, that all old pods of changed manifests are gone and none of the new ones has begun.
func (e *edits) waited(now time.Time, kubeletRemoves bool) bool {
	e.see(now, kubeletRemoves)
	if len(e.waiting) == 0 {
		return false
	}
	e.drop(now)
	ready := len(e.waiting) > 0
	for _, edit := range e.waiting {
		ready = edit.isOver(now) && ready
	}
	if ready {
		clear(e.waiting)
	}
	return ready
}

// see notes what changed since the last look.
func (e *edits) see(now time.Time, kubeletRemoves bool) {
	versions := manifestVersions(e.folder)
	for name, version := range versions {
		if before, known := e.versions[name]; isControlPlane(name) && (!known || version != before) {
			e.waiting[name] = e.begin(now, e.waiting[name], name, kubeletRemoves)
		}
	}
	for name := range e.waiting {
		if _, there := versions[name]; !there { // nothing is to be started
			delete(e.waiting, name)
		}
	}
	e.versions, e.pods, e.logSize = versions, staticPods(e.podFolder), sizeOf(e.log)
}

// begin is a new edit; one that goes on keeps what was before its first change.
func (e *edits) begin(now time.Time, earlier *edit, name string, kubeletRemoves bool) *edit {
	if earlier != nil {
		earlier.at = now
		return earlier
	}
	old := e.running(strings.TrimSuffix(name, ".yaml"))
	return &edit{at: now, old: old, pods: e.pods, log: e.logSize, left: !kubeletRemoves}
}

// drop forgets the edits with which the kubelet is done by itself.
func (e *edits) drop(now time.Time) {
	for name, edit := range e.waiting {
		begun := len(e.waiting) == 1 && slices.ContainsFunc(e.pods, func(pod string) bool { return !slices.Contains(edit.pods, pod) })
		if begun || now.Sub(edit.at) > editExpires || e.refused(name, edit.log) {
			delete(e.waiting, name)
		}
	}
}

// refused says whether the kubelet, reading the whole folder, could not use this manifest; a part of a file that it
// read while an editor wrote it has other words.
func (e *edits) refused(name string, from int64) bool {
	file, size, err := nodefile.OpenRegular(e.log)
	if err != nil || size <= from {
		return false
	}
	defer file.Close()
	from = max(from, size-maxLogRead)
	text, _ := io.ReadAll(io.NewSectionReader(file, from, size-from))
	for line := range bytes.Lines(text) {
		if bytes.Contains(line, []byte("Could not process manifest file")) && bytes.Contains(line, []byte("/"+name+`"`)) {
			return true
		}
	}
	return false
}

// isOver says whether the old pod is gone. Where the kubelet removes none, its processes are ended as it would.
func (e *edit) isOver(now time.Time) bool {
	age := now.Sub(e.at)
	e.old = slices.DeleteFunc(e.old, func(process procfs.Process) bool { return !process.Alive() })
	if len(e.old) > 0 {
		if e.left {
			e.end(age)
		}
		return false
	}
	return age >= takenUpIn
}

func (e *edit) end(age time.Duration) {
	signal := syscall.SIGTERM
	switch {
	case e.ends == 0 && age >= termAfter:
	case e.ends == 1 && age >= killAfter:
		signal = syscall.SIGKILL
	default:
		return
	}
	e.ends++
	for _, process := range e.old {
		command.Logf("nudge: ending pid %d, whose manifest changed: the kubelet has not met its API server and removes no pod", process.PID)
		syscall.Kill(process.PID, signal)
	}
}

// manifestVersions are the files that the kubelet reads.
func manifestVersions(folder string) map[string]nodefile.Version {
	versions := map[string]nodefile.Version{}
	for _, entry := range nodefile.Entries(folder) {
		if entry.Name()[0] == '.' {
			continue
		}
		if info, err := os.Stat(filepath.Join(folder, entry.Name())); err == nil && info.Mode().IsRegular() {
			versions[entry.Name()] = nodefile.VersionOf(info)
		}
	}
	return versions
}

// staticPods are those that the kubelet has begun: it makes a pod's folder before all else, and the uid of one from
// a file is a digest without dashes.
func staticPods(folder string) []string {
	var uids []string
	for _, entry := range nodefile.Entries(folder) {
		if staticPodUID.MatchString(entry.Name()) {
			uids = append(uids, entry.Name())
		}
	}
	return uids
}

func sizeOf(path string) int64 {
	if info, err := os.Stat(path); err == nil {
		return info.Size()
	}
	return 0
}
