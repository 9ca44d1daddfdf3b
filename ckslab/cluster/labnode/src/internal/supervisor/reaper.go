// One place that starts children and one that waits for them: as pid 1, orphans end here too.

package supervisor

import (
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"ckslab.invalid/labnode/internal/programs"
)

// process is a child that this program started; status is valid once done is closed.
type process struct {
	pid    int
	status syscall.WaitStatus
	done   chan struct{}
}

// reaper owns every wait4 of the process: os/exec would race with it for the same children.
type reaper struct {
	mu       sync.Mutex // held over fork and over wait: a child that ends at once is still known
	children map[int]*process
}

func newReaper() *reaper {
	r := &reaper{children: map[int]*process{}}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGCHLD)
	go func() {
		for range signals {
			r.collect()
		}
	}()
	return r
}

func (r *reaper) collect() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, nil)
		if err == syscall.EINTR {
			continue
		}
		if err != nil || pid <= 0 {
			return
		}
		if child, ours := r.children[pid]; ours {
			delete(r.children, pid)
			child.status = status
			close(child.done)
		}
	}
}

// start runs argv in a session of its own with stdin from /dev/null and both outputs to out.
func (r *reaper) start(argv []string, env []string, out *os.File) (*process, error) {
	path, err := programs.Look(argv[0], env)
	if err != nil {
		return nil, err
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		return nil, err
	}
	defer null.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	pid, err := syscall.ForkExec(path, argv, &syscall.ProcAttr{
		Dir: "/", Env: env, Files: []uintptr{null.Fd(), out.Fd(), out.Fd()}, Sys: &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	child := &process{pid: pid, done: make(chan struct{})}
	r.children[pid] = child
	return child, nil
}

// signal reaches the child's process group, and nobody else if the child has ended.
func (r *reaper) signal(child *process, sig syscall.Signal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.children[child.pid] == child {
		syscall.Kill(-child.pid, sig)
	}
}

func (r *reaper) killAll() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for pid := range r.children {
		syscall.Kill(-pid, syscall.SIGKILL)
	}
}

func describeStatus(status syscall.WaitStatus) string {
	if status.Signaled() {
		return "signal " + status.Signal().String()
	}
	return fmt.Sprintf("exit status %d", status.ExitStatus())
}
