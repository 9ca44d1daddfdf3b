// What who ordered a service is told, and when.

package supervisor

import (
	"path/filepath"
	"testing"
	"time"
)

// launching is a service with one order waiting, launched while nobody can read or change its state: an answer then is one
// too early.
func launching(t *testing.T, program string) (order chan error, launched chan *process, svc *service) {
	t.Helper()
	conf := serviceConfig{Name: "it", Argv: []string{program, "60"}, Log: filepath.Join(t.TempDir(), "log")}
	svc = newService(conf, newReaper(), nil)
	order, launched = make(chan error, 1), make(chan *process, 1)
	svc.waiters = append(svc.waiters, order)
	svc.mu.Lock()
	go func() { launched <- svc.launch() }()
	select {
	case err := <-order:
		t.Fatalf("answered (%v) before the state says so", err)
	case <-time.After(300 * time.Millisecond):
	}
	svc.mu.Unlock()
	return order, launched, svc
}

func TestTheAnswerComesAfterTheState(t *testing.T) {
	order, launched, svc := launching(t, "sleep")
	if err := <-order; err != nil {
		t.Fatal(err)
	}
	if state := svc.snapshot(); !state.Running || state.Pid == 0 {
		t.Error(state)
	}
	svc.terminate(<-launched)
}

func TestTheRefusalComesAfterTheState(t *testing.T) {
	order, launched, svc := launching(t, "no-such-program")
	if err := <-order; err == nil {
		t.Error("no error")
	}
	if state := svc.snapshot(); state.Running || state.LastExit == "" {
		t.Error(state)
	}
	if child := <-launched; child != nil {
		t.Error(child.pid)
	}
}
