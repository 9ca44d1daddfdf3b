// Containers and pods of containerd's namespace k8s.io, as ctr tells of them.

package crictl

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	extension  = "io.cri-containerd.container.metadata" // containerd/internal/cri/store/container/metadata.go
	sideBySide = 4
)

// container is one of a pod, or the pod's sandbox.
type container struct {
	id, kind, name, pod, namespace, uid string
	image, sandbox, state, log          string
	attempt                             int
	created                             time.Time
	raw                                 json.RawMessage
}

func ctr(args ...string) ([]byte, error) {
	var out bytes.Buffer
	err := ctrTo(&out, args...)
	return out.Bytes(), err
}

func ctrTo(out io.Writer, args ...string) error {
	var said bytes.Buffer
	child := exec.Command("ctr", append([]string{"-n", "k8s.io"}, args...)...)
	child.Stdout, child.Stderr = out, &said
	if err := child.Run(); err != nil {
		return fmt.Errorf("containerd does not answer: %s", strings.TrimSpace(said.String()+" "+err.Error()))
	}
	return nil
}

// containers are all there are, the newest first.
func containers() ([]container, error) {
	ids, err := ctr("containers", "ls", "-q")
	if err != nil {
		return nil, err
	}
	states, err := taskStates()
	if err != nil {
		return nil, err
	}
	names := strings.Fields(string(ids))
	found := make([]*container, len(names))
	var all sync.WaitGroup
	slots := make(chan struct{}, sideBySide)
	for at, id := range names {
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			if info, err := ctr("containers", "info", id); err == nil { // else it is gone by now
				found[at] = parseContainer(info)
			}
		})
	}
	all.Wait()
	var made []container
	for _, one := range found {
		if one != nil {
			one.state = "Exited"
			if states[one.id] == "RUNNING" {
				one.state = "Running"
			}
			made = append(made, *one)
		}
	}
	slices.SortStableFunc(made, func(a, b container) int { return b.created.Compare(a.created) })
	return made, nil
}

func taskStates() (map[string]string, error) {
	out, err := ctr("tasks", "ls")
	states := map[string]string{}
	for _, line := range strings.Split(string(out), "\n") {
		if fields := strings.Fields(line); len(fields) == 3 {
			states[fields[0]] = fields[2]
		}
	}
	return states, err
}

func parseContainer(info []byte) *container {
	var told struct {
		ID         string
		Labels     map[string]string
		Image      string
		CreatedAt  time.Time
		Extensions map[string]struct {
			Value []byte `json:"value"`
		}
	}
	if json.Unmarshal(info, &told) != nil {
		return nil
	}
	var more struct {
		Metadata struct {
			SandboxID, LogPath string
			Config             struct {
				Metadata struct {
					Attempt int `json:"attempt"`
				} `json:"metadata"`
			}
		}
	}
	json.Unmarshal(told.Extensions[extension].Value, &more) // nothing where it is another version's
	label := func(name string) string { return told.Labels["io.kubernetes."+name] }
	made := container{
		id: told.ID, kind: told.Labels["io.cri-containerd.kind"], name: label("container.name"), pod: label("pod.name"),
		namespace: label("pod.namespace"), uid: label("pod.uid"), image: told.Image, created: told.CreatedAt,
		sandbox: more.Metadata.SandboxID, log: more.Metadata.LogPath, attempt: more.Metadata.Config.Metadata.Attempt,
		raw: info,
	}
	if made.log == "" {
		made.log, made.attempt = newestLog(made)
	}
	return &made
}

// newestLog is the kubelet's name for a container's log, and the attempt that it tells.
func newestLog(c container) (path string, attempt int) {
	folder := fmt.Sprintf("/var/log/pods/%s_%s_%s/%s", c.namespace, c.pod, c.uid, c.name)
	logs, _ := filepath.Glob(folder + "/*.log")
	for _, log := range logs {
		if number, err := strconv.Atoi(strings.TrimSuffix(filepath.Base(log), ".log")); err == nil && number >= attempt {
			path, attempt = log, number
		}
	}
	return path, attempt
}

// byID is the one container whose id begins so.
func byID(prefix string, kind string) (container, error) {
	all, err := containers()
	if err != nil {
		return container{}, err
	}
	var fitting []container
	for _, one := range all {
		if strings.HasPrefix(one.id, prefix) && one.kind == kind {
			fitting = append(fitting, one)
		}
	}
	if len(fitting) != 1 {
		return container{}, fmt.Errorf("%d containers have an ID that begins with %q: crictl ps -a", len(fitting), prefix)
	}
	return fitting[0], nil
}

func inspect(prefix string, sandbox bool) error {
	kind := map[bool]string{true: "sandbox", false: "container"}[sandbox]
	found, err := byID(prefix, kind)
	if err != nil {
		return err
	}
	status := map[string]any{
		"id": found.id, "state": "CONTAINER_" + strings.ToUpper(found.state), "createdAt": found.created, "logPath": found.log,
		"metadata": map[string]any{"name": found.name, "attempt": found.attempt}, "image": map[string]string{"image": found.image},
		"labels": map[string]string{
			"io.kubernetes.container.name": found.name, "io.kubernetes.pod.name": found.pod,
			"io.kubernetes.pod.namespace": found.namespace, "io.kubernetes.pod.uid": found.uid,
		},
	}
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", "  ")
	return out.Encode(map[string]any{"status": status, "info": found.raw})
}
