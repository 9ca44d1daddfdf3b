// Package relay is `labnode relay`: it forwards connections between TCP and unix sockets, each direction closed on its own.
package relay

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"ckslab.invalid/labnode/internal/command"
	"ckslab.invalid/labnode/internal/control"
	"ckslab.invalid/labnode/internal/nodefile"
	"ckslab.invalid/labnode/internal/procfs"
)

type endpoint struct{ network, address string }

func parseEndpoint(text string) (endpoint, error) {
	network, address, _ := strings.Cut(text, ":")
	switch {
	case network == "unix" && address != "":
		return endpoint{network, address}, nil
	case network == "tcp":
		if _, _, err := net.SplitHostPort(address); err == nil {
			return endpoint{network, address}, nil
		}
	}
	return endpoint{}, command.Usage(fmt.Sprintf("relay: %q is neither tcp:HOST:PORT nor unix:PATH", text))
}

func (e endpoint) listen() (net.Listener, error) {
	if e.network == "unix" {
		return control.ListenUnix(e.address) // its file goes when the listener is closed
	}
	return net.Listen(e.network, e.address)
}

// Run is the subcommand.
func Run(args []string) error {
	flags := command.NewFlags("relay")
	tether := flags.Int("tether", 0, "pid of a process with which to end")
	args, err := command.Parse(flags, args)
	if err != nil {
		return err
	}
	if len(args) == 0 || len(args)%2 != 0 {
		return command.Usage("relay: labnode relay [--tether PID] LISTEN TARGET [LISTEN TARGET]...")
	}
	var endpoints []endpoint
	for _, arg := range args {
		parsed, err := parseEndpoint(arg)
		if err != nil {
			return err
		}
		endpoints = append(endpoints, parsed)
	}
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM, syscall.SIGINT)
	for i := 0; i < len(endpoints); i += 2 {
		listener, err := endpoints[i].listen()
		if err != nil {
			return err
		}
		defer listener.Close()
		go forwardAll(listener, endpoints[i+1])
	}
	if *tether != 0 {
		go endWith(*tether, end)
	}
	<-end
	return nil
}

// endWith ends the relay once the process is gone: a relay to a dead node is a process left behind.
func endWith(pid int, end chan<- os.Signal) {
	_, startTime, err := procfs.State(pid)
	for err == nil && procfs.Alive(pid, startTime) {
		time.Sleep(time.Second)
	}
	end <- syscall.SIGTERM
}

func forwardAll(listener net.Listener, target endpoint) {
	for {
		conn, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(50 * time.Millisecond)
			continue
		}
		go forward(conn, target)
	}
}

func forward(client net.Conn, target endpoint) {
	defer client.Close()
	server, err := target.dial()
	if err != nil {
		command.Logf("relay: %v", err)
		return
	}
	defer server.Close()
	done := make(chan error, 2)
	go func() { done <- copyHalf(server, client) }()
	go func() { done <- copyHalf(client, server) }()
	// A half that failed takes the other with it; a half that ended leaves it to go on.
	if err := <-done; err == nil {
		<-done
	}
}

// dial follows no symbolic link to a unix socket: the node may put one there that leads to a socket outside.
func (e endpoint) dial() (net.Conn, error) {
	if e.network != "unix" {
		return net.DialTimeout(e.network, e.address, 10*time.Second)
	}
	fd, err := syscall.Open(e.address, nodefile.OPath|syscall.O_NOFOLLOW|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", e.address, err)
	}
	defer syscall.Close(fd)
	var info syscall.Stat_t
	if err := syscall.Fstat(fd, &info); err != nil || info.Mode&syscall.S_IFMT != syscall.S_IFSOCK {
		return nil, fmt.Errorf("%s is not a socket", e.address)
	}
	return net.DialTimeout("unix", fmt.Sprintf("/proc/self/fd/%d", fd), 10*time.Second)
}

func copyHalf(to, from net.Conn) error {
	if _, err := io.Copy(to, from); err != nil {
		return err
	}
	if half, can := to.(interface{ CloseWrite() error }); can {
		half.CloseWrite() // fails where the other end is gone: then there is nothing to close
	}
	return nil
}
