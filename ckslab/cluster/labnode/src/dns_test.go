// The resolver's wire format and answers, and that no bytes can make it fail.
package main

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"
)

const testHosts = `127.0.0.1 localhost
::1 localhost ip6-localhost
10.0.0.7 Scanner.Lab registry.lab # both
10.0.0.8 registry.lab
not-an-address broken
fe80::1%eth0 link`

func question(name string, qtype uint16) []byte {
	message := []byte{0xAB, 0xCD, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0}
	message, _ = appendName(message, name)
	return append(message, byte(qtype>>8), byte(qtype), 0, 1)
}

func TestAnswers(t *testing.T) {
	table := parseHosts(testHosts)
	reverse6 := "1." + strings.Repeat("0.", 31) + "ip6.arpa"
	for _, c := range []struct {
		name    string
		qtype   uint16
		rcode   byte
		answers uint16
		data    string
	}{
		{"scanner.lab", typeA, 0, 1, "\x0a\x00\x00\x07"},
		{"SCANNER.LAB", typeA, 0, 1, "\x0a\x00\x00\x07"},
		{"registry.lab", typeA, 0, 2, "\x0a\x00\x00\x08"},
		{"scanner.lab", typeAAAA, 0, 0, ""},
		{"scanner.lab", 15, 0, 0, ""},
		{"localhost", typeANY, 0, 2, "\x7f\x00\x00\x01"},
		{"ip6-localhost", typeAAAA, 0, 1, netip.MustParseAddr("::1").String()[:0]},
		{"link", typeAAAA, 0, 1, "\xfe\x80"},
		{"broken", typeA, rcodeName, 0, ""},
		{"scanner.lab.default.svc.cluster.local", typeA, rcodeName, 0, ""},
		{"7.0.0.10.in-addr.arpa", typePTR, 0, 1, "\x07scanner\x03lab\x00"},
		{"9.0.0.10.in-addr.arpa", typePTR, rcodeName, 0, ""},
		{"x.0.10.in-addr.arpa", typePTR, rcodeName, 0, ""},
		{reverse6, typePTR, 0, 1, "\x09localhost\x00"},
	} {
		reply := answerDNS(table, question(c.name, c.qtype), false)
		if reply[3]&0xF != c.rcode || binary.BigEndian.Uint16(reply[6:]) != c.answers {
			t.Errorf("%s %d: rcode %d, %d answers", c.name, c.qtype, reply[3]&0xF, binary.BigEndian.Uint16(reply[6:]))
		}
		if !bytes.Contains(reply, []byte(c.data)) || reply[2]&0x84 != 0x84 || reply[0] != 0xAB {
			t.Errorf("%s %d: % x", c.name, c.qtype, reply)
		}
	}
}

func TestMalformed(t *testing.T) {
	table := parseHosts(testHosts)
	good := question("scanner.lab", typeA)
	withOpcode := bytes.Clone(good)
	withOpcode[2] = 0x10
	twoQuestions := bytes.Clone(good)
	twoQuestions[5] = 2
	chaos := bytes.Clone(good)
	chaos[len(chaos)-1] = 3
	pointer := append(bytes.Clone(good[:12]), 0xC0, 12, 0, 1, 0, 1)
	for name, c := range map[string]struct {
		message []byte
		rcode   byte
	}{
		"opcode": {withOpcode, rcodeNotImplemented}, "two": {twoQuestions, rcodeFormat}, "class": {chaos, rcodeRefused},
		"pointer": {pointer, rcodeFormat}, "cut": {good[:15], rcodeFormat}, "header": {good[:12], rcodeFormat},
	} {
		if reply := answerDNS(table, c.message, false); reply == nil || reply[3]&0xF != c.rcode {
			t.Errorf("%s: % x", name, reply)
		}
	}
	answer := bytes.Clone(good)
	answer[2] |= 0x80
	for _, silent := range [][]byte{nil, good[:11], answer} {
		if reply := answerDNS(table, silent, false); reply != nil {
			t.Errorf("% x answered with % x", silent, reply)
		}
	}
}

func TestTruncatesOverUDPOnly(t *testing.T) {
	table := parseHosts(strings.Repeat("10.0.0.1 many\n", 100))
	udp := answerDNS(table, question("many", typeA), false)
	if udp[2]&2 == 0 || len(udp) > plainUDP {
		t.Errorf("no TC bit, or %d bytes", len(udp))
	}
	if tcp := answerDNS(table, question("many", typeA), true); tcp[2]&2 != 0 || tcp[7] != 100 {
		t.Errorf("TCP: % x", tcp[:12])
	}
}

func TestAnswersEDNSWithEDNS(t *testing.T) {
	message := question("scanner.lab", typeA)
	message[11] = 1
	message = append(message, 0, 0, typeOPT, 16, 0, 0, 0, 0, 0, 0, 0)
	reply := answerDNS(parseHosts(testHosts), message, false)
	if reply[11] != 1 || reply[len(reply)-9] != typeOPT {
		t.Errorf("% x", reply)
	}
}

func FuzzAnswerDNS(f *testing.F) {
	f.Add(question("scanner.lab", typeA))
	f.Add(question("7.0.0.10.in-addr.arpa", typePTR))
	f.Add([]byte{0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0xC0, 0x0C, 0, 1, 0, 1, 0, 0, 41})
	f.Add(question(strings.Repeat("a.", 120)+"a", typeANY))
	table := parseHosts(testHosts)
	f.Fuzz(func(t *testing.T, message []byte) {
		reply := answerDNS(table, message, false)
		if reply != nil && (len(reply) < headerSize || len(reply) > largestUDP || !bytes.Equal(reply[:2], message[:2])) {
			t.Errorf("% x", reply)
		}
	})
}
