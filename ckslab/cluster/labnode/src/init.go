// Pid 1 of the embedded node: set-up, services, orphans, and an orderly end within two seconds.
package main

import (
	"fmt"
	"net"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	prSetChildSubreaper = 36
	endPatience         = 2 * time.Second
	requestPatience     = 20 * time.Second
)

func logf(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%s labnode: %s\n", time.Now().UTC().Format(time.RFC3339), fmt.Sprintf(format, args...))
}

func runInit(args []string) error {
	if len(args) != 1 || strings.HasPrefix(args[0], "-") {
		return usageError("init: labnode init CONFIG.json")
	}
	config, err := readInitConfig(args[0])
	if err != nil {
		return err
	}
	// Not only pid 1 inherits orphans: the same code runs below a test.
	syscall.RawSyscall6(syscall.SYS_PRCTL, prSetChildSubreaper, 1, 0, 0, 0, 0)
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM, syscall.SIGINT)
	var control net.Listener
	if config.Control != "" { // before any child: see listenUnix
		if control, err = listenUnix(config.Control); err != nil {
			return err
		}
		defer os.Remove(config.Control)
	}
	reaper := newReaper()
	ended, err := setUp(config.Setup, reaper, end)
	if ended || err != nil {
		reaper.killAll()
		return err
	}
	return newSupervisor(config.Services, reaper).serve(control, end)
}

// setUp runs the commands one after another; ended says that a signal came first.
func setUp(commands [][]string, reaper *reaper, end <-chan os.Signal) (ended bool, err error) {
	for _, argv := range commands {
		child, err := reaper.start(argv, os.Environ(), os.Stderr)
		if err != nil {
			return false, fmt.Errorf("set-up: %w", err)
		}
		select {
		case <-end:
			return true, nil
		case <-child.done:
		}
		if child.status.Signaled() || child.status.ExitStatus() != 0 {
			return false, fmt.Errorf("set-up: %s: %s", strings.Join(argv, " "), describeStatus(child.status))
		}
	}
	return false, nil
}

type supervisor struct {
	services []*service
	reaper   *reaper
	quit     chan struct{}
}

func newSupervisor(configs []serviceConfig, reaper *reaper) *supervisor {
	s := &supervisor{reaper: reaper, quit: make(chan struct{})}
	for _, config := range configs {
		s.services = append(s.services, newService(config, reaper, s.quit))
	}
	return s
}

func (s *supervisor) serve(control net.Listener, end <-chan os.Signal) error {
	var running sync.WaitGroup
	for _, service := range s.services {
		running.Go(service.run)
	}
	if control != nil {
		go serveControl(control, s.handle)
	}
	<-end
	close(s.quit)
	all := make(chan struct{})
	go func() { running.Wait(); close(all) }()
	select {
	case <-all:
	case <-time.After(endPatience):
		s.reaper.killAll()
	}
	return nil
}

func (s *supervisor) handle(request controlRequest, _ *controlConn) any {
	switch request.Op {
	case "status":
		return s.status(request.Name)
	case "stop", "start", "restart":
		return s.order(request)
	}
	return controlError{fmt.Sprintf("unknown op %q; known: status, stop, start, restart", request.Op)}
}

// status is of one service when a name is given.
func (s *supervisor) status(name string) any {
	states := []serviceState{}
	for _, service := range s.services {
		if name == "" || service.conf.Name == name {
			states = append(states, service.snapshot())
		}
	}
	if name != "" && len(states) == 0 {
		return s.unknown(name)
	}
	return map[string]any{"services": states}
}

func (s *supervisor) unknown(name string) controlError {
	var known []string
	for _, service := range s.services {
		known = append(known, service.conf.Name)
	}
	return controlError{fmt.Sprintf("unknown service %q; known: %s", name, strings.Join(known, ", "))}
}

func (s *supervisor) order(request controlRequest) any {
	for _, service := range s.services {
		if service.conf.Name == request.Name {
			return s.send(service, request.Op)
		}
	}
	return s.unknown(request.Name)
}

func (s *supervisor) send(service *service, op string) any {
	order := serviceRequest{op, make(chan error, 1)}
	late := time.After(requestPatience)
	select {
	case service.requests <- order:
	case <-s.quit:
		return controlError{"the node is ending"}
	case <-late:
		return controlError{service.conf.Name + " is still busy with an earlier request"}
	}
	select {
	case err := <-order.done:
		if err != nil {
			return controlError{err.Error()}
		}
		return map[string]any{"services": []serviceState{service.snapshot()}}
	case <-s.quit:
		return controlError{"the node is ending"}
	case <-late:
		return controlError{fmt.Sprintf("%s has not started yet (it waits for %s)", service.conf.Name, service.conf.WaitFor)}
	}
}
