// Package dns is `labnode resolver`: a hosts file as DNS over UDP and TCP, so that an unknown name fails at once and not after seconds.
package dns

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"ckslab.invalid/labnode/internal/command"
)

const (
	dnsIdle     = 10 * time.Second
	dnsTCPConns = 64
)

// Run is the subcommand.
func Run(args []string) error {
	flags := command.NewFlags("resolver")
	hosts := flags.String("hosts", "/etc/hosts", "hosts file")
	listen := flags.String("listen", "127.0.0.1:53", "addresses, with commas between")
	if err := command.ParseOnly(flags, args); err != nil {
		return err
	}
	file := &hostsFile{path: *hosts}
	if _, err := os.Stat(*hosts); err != nil {
		command.Logf("resolver: %v; every name is unknown until it is there", err)
	}
	failed := make(chan error)
	for address := range strings.SplitSeq(*listen, ",") {
		packets, err := net.ListenPacket("udp", address)
		if err != nil {
			return err
		}
		streams, err := net.Listen("tcp", packets.LocalAddr().String())
		if err != nil {
			return err
		}
		go func() { failed <- serveDNSPackets(packets, file) }()
		go func() { failed <- serveDNSStreams(streams, file) }()
	}
	return <-failed
}

func serveDNSPackets(packets net.PacketConn, file *hostsFile) error {
	buffer := make([]byte, 4096)
	for {
		size, from, err := packets.ReadFrom(buffer)
		if errors.Is(err, net.ErrClosed) {
			return err
		}
		if err != nil {
			time.Sleep(10 * time.Millisecond)
			continue
		}
		if reply := answer(file.current(), buffer[:size], false); reply != nil {
			packets.WriteTo(reply, from)
		}
	}
}

func serveDNSStreams(streams net.Listener, file *hostsFile) error {
	slots := make(chan struct{}, dnsTCPConns)
	for {
		conn, err := streams.Accept()
		if errors.Is(err, net.ErrClosed) {
			return err
		}
		if err != nil {
			time.Sleep(10 * time.Millisecond)
			continue
		}
		slots <- struct{}{}
		go func() {
			defer func() { conn.Close(); <-slots }()
			serveDNSStream(conn, file)
		}()
	}
}

func serveDNSStream(conn net.Conn, file *hostsFile) {
	for {
		conn.SetDeadline(time.Now().Add(dnsIdle))
		var size [2]byte
		if _, err := io.ReadFull(conn, size[:]); err != nil {
			return
		}
		message := make([]byte, binary.BigEndian.Uint16(size[:]))
		if _, err := io.ReadFull(conn, message); err != nil {
			return
		}
		reply := answer(file.current(), message, true)
		if reply == nil {
			return
		}
		if _, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(reply))), reply...)); err != nil {
			return
		}
	}
}
