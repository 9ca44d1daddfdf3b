// One supervised service: started, restarted with growing patience, stopped and started on request.

package supervisor

import (
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"

	"ckslab.invalid/labnode/internal/command"
	"ckslab.invalid/labnode/internal/control"
	"ckslab.invalid/labnode/internal/nodefile"
)

const (
	firstDelay   = 250 * time.Millisecond
	longestDelay = 5 * time.Second
	healthyLife  = 10 * time.Second // a service that lived so long starts again with the first delay
	stopPatience = 10 * time.Second
	waitPoll     = 20 * time.Millisecond
	serviceLog   = 20 << 20 // bytes after which a log is moved aside at the next start
)

type serviceState struct {
	Name     string    `json:"name"`
	Pid      int       `json:"pid"`
	Running  bool      `json:"running"`
	Wanted   bool      `json:"wanted"`
	Restarts int       `json:"restarts"`
	Since    time.Time `json:"since"`
	LastExit string    `json:"last_exit,omitempty"`
}

type serviceRequest struct {
	op   string
	done chan error // buffered: the service never waits for who asked
}

// service is driven by one goroutine (run); others read state through snapshot and send requests.
type service struct {
	conf     serviceConfig
	reaper   *reaper
	requests chan serviceRequest
	quit     <-chan struct{}
	mu       sync.Mutex
	state    serviceState

	wanted  bool // only run's goroutine uses these
	delay   time.Duration
	backoff time.Duration
	waiters []chan error // requests to be answered by the next start
}

func newService(conf serviceConfig, reaper *reaper, quit <-chan struct{}) *service {
	return &service{
		conf: conf, reaper: reaper, quit: quit, backoff: firstDelay, requests: make(chan serviceRequest),
		state: serviceState{Name: conf.Name, Since: time.Now()},
	}
}

func (s *service) snapshot() serviceState {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

func (s *service) update(change func(*serviceState)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.state)
	s.state.Wanted = s.wanted
}

func (s *service) missing() error {
	if s.conf.UnlessMissing == "" {
		return nil
	}
	if _, err := os.Stat(s.conf.UnlessMissing); err != nil {
		return fmt.Errorf("%s is not started while there is no %s", s.conf.Name, s.conf.UnlessMissing)
	}
	return nil
}

func (s *service) run() {
	s.setWanted(s.conf.autostart() && s.missing() == nil)
	for {
		if !s.prepare() {
			return
		}
		child := s.launch()
		if child != nil && !s.watch(child) {
			return
		}
	}
}

// prepare waits until the service is wanted, its delay is over and what it waits for is there; false: the end.
func (s *service) prepare() bool {
	until := time.Now().Add(s.delay)
	for !s.wanted || time.Now().Before(until) || !s.awaited() {
		var tick <-chan time.Time
		if s.wanted {
			tick = time.After(waitPoll)
		}
		select {
		case <-s.quit:
			return false
		case <-tick:
		case request := <-s.requests:
			s.whileDown(request)
			until = time.Now()
		}
	}
	return true
}

func (s *service) whileDown(request serviceRequest) {
	if request.op == "stop" {
		s.setWanted(false)
		s.answer(fmt.Errorf("%s was stopped before it started", s.conf.Name))
		request.done <- nil
		return
	}
	if err := s.missing(); err != nil {
		request.done <- err
		return
	}
	s.setWanted(true)
	s.waiters = append(s.waiters, request.done)
}

// awaited says whether wait_for is there; a socket must answer, for an earlier life may have left its file.
func (s *service) awaited() bool {
	if s.conf.WaitFor == "" {
		return true
	}
	info, err := os.Stat(s.conf.WaitFor)
	if err != nil {
		return false
	}
	return info.Mode()&os.ModeSocket == 0 || control.SocketAnswers(s.conf.WaitFor)
}

// launch starts the process and answers who waits for it; nil when it cannot be started, to be tried again.
// The state comes before the answer: who is told "started" asks for the state next.
func (s *service) launch() *process {
	child, err := s.spawn()
	if err != nil {
		s.growDelay()
		s.update(func(state *serviceState) { state.LastExit = "cannot start: " + err.Error() })
		s.answer(err)
		command.Logf("service %s cannot start: %v; again in %s", s.conf.Name, err, s.delay)
		return nil
	}
	s.update(func(state *serviceState) { state.Pid, state.Running, state.Since = child.pid, true, time.Now() })
	s.answer(nil)
	return child
}

func (s *service) spawn() (*process, error) {
	out, err := nodefile.OpenAppend(s.conf.Log, serviceLog)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	return s.reaper.start(s.conf.Argv, s.conf.environment(), out)
}

// watch follows a running process to its end; false when all is to end.
func (s *service) watch(child *process) bool {
	began := time.Now()
	for {
		select {
		case <-s.quit:
			s.terminate(child)
			return false
		case request := <-s.requests:
			if request.op == "start" {
				request.done <- nil
				continue
			}
			s.setWanted(request.op == "restart")
			s.terminate(child)
			s.ended(child)
			s.delay, s.backoff = 0, firstDelay
			if s.wanted {
				s.waiters = append(s.waiters, request.done)
			} else {
				request.done <- nil
			}
			return true
		case <-child.done:
			s.ended(child)
			s.afterEnd(child, time.Since(began))
			return true
		}
	}
}

func (s *service) ended(child *process) {
	s.update(func(state *serviceState) {
		state.Pid, state.Running, state.Since = 0, false, time.Now()
		state.LastExit = describeStatus(child.status)
	})
}

func (s *service) afterEnd(child *process, lived time.Duration) {
	if lived >= healthyLife {
		s.backoff = firstDelay
	}
	s.growDelay()
	s.update(func(state *serviceState) { state.Restarts++ })
	command.Logf("service %s ended (%s) after %s; again in %s", s.conf.Name, describeStatus(child.status),
		lived.Round(time.Millisecond), s.delay)
}

func (s *service) growDelay() {
	s.delay = s.backoff
	s.backoff = min(2*s.backoff, longestDelay)
}

func (s *service) terminate(child *process) {
	s.reaper.signal(child, syscall.SIGTERM)
	select {
	case <-child.done:
	case <-time.After(stopPatience):
		s.reaper.signal(child, syscall.SIGKILL)
		<-child.done
	}
}

func (s *service) setWanted(wanted bool) {
	s.wanted = wanted
	s.update(func(*serviceState) {})
}

func (s *service) answer(err error) {
	for _, waiter := range s.waiters {
		waiter <- err
	}
	s.waiters = nil
}
