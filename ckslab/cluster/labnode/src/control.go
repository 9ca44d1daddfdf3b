// Control sockets: one JSON document a line, question and answer, over a unix socket.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"time"
)

const (
	maxControlLine = 64 << 10
	controlTimeout = 30 * time.Second
)

// controlRequest is every question that any control socket knows.
type controlRequest struct {
	Op    string `json:"op"`
	Name  string `json:"name,omitempty"`
	TTLms int64  `json:"ttl_ms,omitempty"`
}

type controlError struct {
	Error string `json:"error"`
}

// controlHandler answers one request; it may keep the connection for as long as it needs (a lease does).
type controlHandler func(controlRequest, *controlConn) any

type controlConn struct {
	net.Conn
	lines *bufio.Scanner
}

func newControlConn(conn net.Conn) *controlConn {
	lines := bufio.NewScanner(conn)
	lines.Buffer(make([]byte, 0, 4096), maxControlLine)
	return &controlConn{conn, lines}
}

func (c *controlConn) send(answer any) error {
	data, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	_, err = c.Write(append(data, '\n'))
	return err
}

func serveControl(listener net.Listener, handle controlHandler) {
	for {
		conn, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // out of descriptors, say: nothing is gained by ending
			time.Sleep(50 * time.Millisecond)
			continue
		}
		go serveControlConn(newControlConn(conn), handle)
	}
}

func serveControlConn(conn *controlConn, handle controlHandler) {
	defer conn.Close()
	for conn.lines.Scan() {
		var request controlRequest
		var answer any
		if err := json.Unmarshal(conn.lines.Bytes(), &request); err != nil {
			answer = controlError{"not a JSON request: " + err.Error()}
		} else {
			answer = handle(request, conn)
		}
		if conn.send(answer) != nil {
			return
		}
	}
}

func dialControl(path string) (*controlConn, error) {
	conn, err := net.DialTimeout("unix", path, 5*time.Second)
	if err != nil {
		return nil, fmt.Errorf("nothing answers at %s: %w", path, err)
	}
	return newControlConn(conn), nil
}

// receive reads one answer; an answer that holds an error becomes one.
func (c *controlConn) receive() (json.RawMessage, error) {
	if !c.lines.Scan() {
		if err := c.lines.Err(); err != nil {
			return nil, err
		}
		return nil, errors.New("the control connection was closed without an answer")
	}
	answer := append(json.RawMessage(nil), c.lines.Bytes()...)
	var failed controlError
	if json.Unmarshal(answer, &failed) == nil && failed.Error != "" {
		return nil, errors.New(failed.Error)
	}
	return answer, nil
}

func ask(path string, request controlRequest) (json.RawMessage, error) {
	conn, err := dialControl(path)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(controlTimeout))
	if err := conn.send(request); err != nil {
		return nil, err
	}
	return conn.receive()
}

func runAsk(args []string) error {
	flags := newFlags("ask")
	socket := flags.String("socket", "", "control socket")
	positional, err := parseFlags(flags, args)
	if err != nil {
		return err
	}
	if *socket == "" || len(positional) > 1 {
		return usageError("ask: labnode ask --socket PATH [OP]")
	}
	request := controlRequest{Op: "status"}
	if len(positional) == 1 {
		request.Op = positional[0]
	}
	return printAnswer(ask(*socket, request))
}

func printAnswer(answer json.RawMessage, err error) error {
	if err == nil {
		_, err = fmt.Fprintf(os.Stdout, "%s\n", answer)
	}
	return err
}
