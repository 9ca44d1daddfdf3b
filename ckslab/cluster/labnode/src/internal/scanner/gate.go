// A TLS server that leases can shut: while any lease lives nobody listens and no connection is open.

package scanner

import (
	"crypto/tls"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

const rebindPause = 50 * time.Millisecond

type gate struct {
	address string
	tls     *tls.Config
	handler http.Handler
	errors  *log.Logger

	mu       sync.Mutex
	leases   int
	listener net.Listener // nil unless it serves
	conns    map[net.Conn]struct{}
	retry    *time.Timer
}

type gateStatus struct {
	Serving bool `json:"serving"`
	Leases  int  `json:"leases"`
}

func newGate(address string, config *tls.Config, handler http.Handler, errors *log.Logger) *gate {
	return &gate{address: address, tls: config, handler: handler, errors: errors, conns: map[net.Conn]struct{}{}}
}

func (g *gate) status() gateStatus {
	g.mu.Lock()
	defer g.mu.Unlock()
	return gateStatus{g.listener != nil, g.leases}
}

// acquire returns once nothing serves any more.
func (g *gate) acquire() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.leases++
	g.shut()
}

func (g *gate) release() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.leases--
	g.open()
}

// openNow is the first opening.
func (g *gate) openNow() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open()
}

// open listens unless a lease forbids it; a busy port is tried again until it is free.
func (g *gate) open() {
	if g.leases > 0 || g.listener != nil {
		return
	}
	listener, err := net.Listen("tcp", g.address)
	if err != nil {
		if g.retry == nil {
			g.errors.Printf("%v; trying again", err)
		} else {
			g.retry.Stop()
		}
		g.retry = time.AfterFunc(rebindPause, g.openNow)
		return
	}
	g.retry, g.listener = nil, listener
	server := &http.Server{
		Handler: g.handler, TLSConfig: g.tls, ErrorLog: g.errors,
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 20 * time.Second, IdleTimeout: 2 * time.Minute,
	}
	go server.ServeTLS(&trackingListener{listener, g}, "", "")
}

// shut closes the sockets themselves: a TLS close would first try to say goodbye, for up to five seconds.
func (g *gate) shut() {
	if g.retry != nil {
		g.retry.Stop()
		g.retry = nil
	}
	if g.listener != nil {
		g.listener.Close()
		g.listener = nil
	}
	for conn := range g.conns {
		conn.Close()
	}
	clear(g.conns)
}

// admit remembers a connection; one accepted while the gate shut is refused.
func (g *gate) admit(conn net.Conn, from net.Listener) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.listener != from {
		return false
	}
	g.conns[conn] = struct{}{}
	return true
}

func (g *gate) forget(conn net.Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.conns, conn)
}

type trackingListener struct {
	net.Listener
	gate *gate
}

func (l *trackingListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if l.gate.admit(conn, l.Listener) {
			return &trackedConn{conn, l.gate}, nil
		}
		conn.Close()
	}
}

type trackedConn struct {
	net.Conn
	gate *gate
}

func (c *trackedConn) Close() error {
	c.gate.forget(c.Conn)
	return c.Conn.Close()
}
