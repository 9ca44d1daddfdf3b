// Package supervisor is `labnode init`, pid 1 of the embedded node: set-up, services, orphans, and an orderly end within two seconds.
package supervisor

import (
	"fmt"
	"net"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"ckslab.invalid/labnode/internal/command"
	"ckslab.invalid/labnode/internal/control"
)

const (
	prSetChildSubreaper = 36
	endPatience         = 2 * time.Second
	requestPatience     = 20 * time.Second
)

// RunInit is `labnode init`.
func RunInit(args []string) error {
	if len(args) != 1 || strings.HasPrefix(args[0], "-") {
		return command.Usage("init: labnode init CONFIG.json")
	}
	config, err := readInitConfig(args[0])
	if err != nil {
		return err
	}
	// Not only pid 1 inherits orphans: the same code runs below a test.
	syscall.RawSyscall6(syscall.SYS_PRCTL, prSetChildSubreaper, 1, 0, 0, 0, 0)
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM, syscall.SIGINT)
	var orders net.Listener
	if config.Control != "" { // before any child: see listenUnix
		if orders, err = control.ListenUnix(config.Control); err != nil {
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
	return newSupervisor(config.Services, reaper).serve(orders, end)
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

func (s *supervisor) serve(orders net.Listener, end <-chan os.Signal) error {
	var running sync.WaitGroup
	for _, service := range s.services {
		running.Go(service.run)
	}
	if orders != nil {
		go control.Serve(orders, s.handle)
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

func (s *supervisor) handle(request control.Request, _ *control.Conn) any {
	switch request.Op {
	case "status":
		return s.status(request.Name)
	case "stop", "start", "restart":
		return s.order(request)
	}
	return control.Errorf("unknown op %q; known: status, stop, start, restart", request.Op)
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

func (s *supervisor) unknown(name string) control.Error {
	var known []string
	for _, service := range s.services {
		known = append(known, service.conf.Name)
	}
	return control.Errorf("unknown service %q; known: %s", name, strings.Join(known, ", "))
}

func (s *supervisor) order(request control.Request) any {
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
		return control.Errorf("the node is ending")
	case <-late:
		return control.Errorf("%s is still busy with an earlier request", service.conf.Name)
	}
	select {
	case err := <-order.done:
		if err != nil {
			return control.Errorf("%v", err)
		}
		return map[string]any{"services": []serviceState{service.snapshot()}}
	case <-s.quit:
		return control.Errorf("the node is ending")
	case <-late:
		return control.Errorf("%s has not started yet (it waits for %s)", service.conf.Name, service.conf.WaitFor)
	}
}
