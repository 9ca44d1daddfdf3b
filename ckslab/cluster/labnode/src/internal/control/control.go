// Package control asks and orders the node's programs: one JSON document a line, question and answer, over a unix socket.
package control

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"ckslab.invalid/labnode/internal/command"
)

const (
	maxControlLine = 64 << 10
	Timeout        = 30 * time.Second
)

// Request is every question that any control socket knows.
type Request struct {
	Op    string `json:"op"`
	Name  string `json:"name,omitempty"`
	TTLms int64  `json:"ttl_ms,omitempty"`
}

// Error is the answer to a question that cannot be answered.
type Error struct {
	Error string `json:"error"`
}

// Errorf is an answer that says why there is none.
func Errorf(format string, args ...any) Error { return Error{fmt.Sprintf(format, args...)} }

// Handler answers one request; it may keep the connection for as long as it needs (a lease does).
type Handler func(Request, *Conn) any

// Conn is one connection of a control socket.
type Conn struct {
	net.Conn
	lines *bufio.Scanner
}

func newControlConn(conn net.Conn) *Conn {
	lines := bufio.NewScanner(conn)
	lines.Buffer(make([]byte, 0, 4096), maxControlLine)
	return &Conn{conn, lines}
}

// Send writes one answer, or one question.
func (c *Conn) Send(answer any) error {
	data, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	_, err = c.Write(append(data, '\n'))
	return err
}

// Serve answers until the listener is closed.
func Serve(listener net.Listener, handle Handler) {
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

func serveControlConn(conn *Conn, handle Handler) {
	defer conn.Close()
	for conn.lines.Scan() {
		var request Request
		var answer any
		if err := json.Unmarshal(conn.lines.Bytes(), &request); err != nil {
			answer = Error{"not a JSON request: " + err.Error()}
		} else {
			answer = handle(request, conn)
		}
		if conn.Send(answer) != nil {
			return
		}
	}
}

// Dial connects to a control socket.
func Dial(path string) (*Conn, error) {
	conn, err := net.DialTimeout("unix", path, 5*time.Second)
	if err != nil {
		return nil, fmt.Errorf("nothing answers at %s: %w", path, err)
	}
	return newControlConn(conn), nil
}

// Receive reads one answer; an answer that holds an error becomes one.
func (c *Conn) Receive() (json.RawMessage, error) {
	if !c.lines.Scan() {
		if err := c.lines.Err(); err != nil {
			return nil, err
		}
		return nil, errors.New("the control connection was closed without an answer")
	}
	answer := append(json.RawMessage(nil), c.lines.Bytes()...)
	var failed Error
	if json.Unmarshal(answer, &failed) == nil && failed.Error != "" {
		return nil, errors.New(failed.Error)
	}
	return answer, nil
}

// Ask puts one question, and gives its answer.
func Ask(path string, request Request) (json.RawMessage, error) {
	conn, err := Dial(path)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(Timeout))
	if err := conn.Send(request); err != nil {
		return nil, err
	}
	return conn.Receive()
}

// RunAsk is `labnode ask`.
func RunAsk(args []string) error {
	flags := command.NewFlags("ask")
	socket := flags.String("socket", "", "control socket")
	positional, err := command.Parse(flags, args)
	if err != nil {
		return err
	}
	if *socket == "" || len(positional) > 1 {
		return command.Usage("ask: labnode ask --socket PATH [OP]")
	}
	request := Request{Op: "status"}
	if len(positional) == 1 {
		request.Op = positional[0]
	}
	return PrintAnswer(Ask(*socket, request))
}

// PrintAnswer prints what Ask gave.
func PrintAnswer(answer json.RawMessage, err error) error {
	if err == nil {
		_, err = fmt.Fprintf(os.Stdout, "%s\n", answer)
	}
	return err
}
