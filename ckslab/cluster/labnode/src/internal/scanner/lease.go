// Leases on the scanner's silence: the server's side, and `labnode lease`, which ends with its parent's pipe.

package scanner

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"ckslab.invalid/labnode/internal/command"
	"ckslab.invalid/labnode/internal/control"
)

const (
	defaultLease = 30 * time.Second
	longestLease = 10 * time.Minute
	exitTTL      = 3
)

type leaseStopped struct {
	Stopped bool `json:"stopped"`
}

// leaseEnded is the last line of a lease: why it ended, and what became of the service.
type leaseEnded struct {
	Ended string `json:"ended"` // closed or ttl
	gateStatus
}

func (g *gate) handle(request control.Request, conn *control.Conn) any {
	switch request.Op {
	case "status":
		return g.status()
	case "lease":
		ttl := time.Duration(request.TTLms) * time.Millisecond
		if ttl <= 0 || ttl > longestLease {
			return control.Errorf("ttl_ms must be 1 to %d", longestLease.Milliseconds())
		}
		return g.lease(conn, ttl)
	}
	return control.Errorf("unknown op %q; known: status, lease", request.Op)
}

// lease keeps the gate shut until the client's side of the connection ends or the time is up.
func (g *gate) lease(conn *control.Conn, ttl time.Duration) any {
	g.acquire()
	conn.SetReadDeadline(time.Now().Add(ttl))
	reason := "closed"
	if conn.Send(leaseStopped{true}) == nil {
		if _, err := io.Copy(io.Discard, conn.Conn); os.IsTimeout(err) {
			reason = "ttl"
		}
	}
	g.release()
	return leaseEnded{reason, g.status()}
}

// RunLease is `labnode lease`.
func RunLease(args []string) error {
	flags := command.NewFlags("lease")
	socket := flags.String("socket", "", "control socket of the scanner")
	ttl := flags.Duration("ttl", defaultLease, "longest time")
	if err := command.ParseOnly(flags, args); err != nil {
		return err
	}
	if *socket == "" || *ttl < time.Millisecond || *ttl > longestLease {
		return command.Usage(fmt.Sprintf("lease: labnode lease --socket PATH [--ttl 1ms to %s]", longestLease))
	}
	conn, err := control.Dial(*socket)
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(*ttl + control.Timeout))
	if err := conn.Send(control.Request{Op: "lease", TTLms: ttl.Milliseconds()}); err != nil {
		return err
	}
	if _, err := conn.Receive(); err != nil {
		return err
	}
	fmt.Println("stopped")
	return holdLease(conn)
}

// holdLease ends the lease at the end of stdin and then waits for the scanner to say that it is back.
func holdLease(conn *control.Conn) error {
	go func() {
		io.Copy(io.Discard, os.Stdin)
		if half, can := conn.Conn.(interface{ CloseWrite() error }); can {
			half.CloseWrite()
		}
	}()
	answer, err := conn.Receive()
	if err != nil {
		return fmt.Errorf("the scanner ended during the lease: %w", err)
	}
	var ended leaseEnded
	if err := json.Unmarshal(answer, &ended); err != nil {
		return err
	}
	if ended.Ended == "ttl" {
		return command.Exit{Code: exitTTL, Text: "the lease ran out"}
	}
	return nil
}
