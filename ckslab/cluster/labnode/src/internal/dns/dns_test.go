// The resolver's wire format and answers, and that no bytes can make it fail.

package dns

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

const testHosts = `127.0.0.1 localhost
::1 localhost ip6-localhost
10.0.0.7 Scanner.Lab registry.lab # both
10.0.0.8 registry.lab
not-an-address broken
fe80::1%eth0 link`

func question(name string, kind dnsmessage.Type) []byte {
	asked := dnsmessage.Question{Name: dnsmessage.MustNewName(name + "."), Type: kind, Class: dnsmessage.ClassINET}
	header := dnsmessage.Header{ID: 0xABCD, RecursionDesired: true}
	message, err := (&dnsmessage.Message{Header: header, Questions: []dnsmessage.Question{asked}}).Pack()
	if err != nil {
		panic(err)
	}
	return message
}

func TestAnswers(t *testing.T) {
	table := parseHosts(testHosts)
	reverse6 := "1." + strings.Repeat("0.", 31) + "ip6.arpa"
	for _, c := range []struct {
		name    string
		qtype   dnsmessage.Type
		rcode   byte
		answers uint16
		data    string
	}{
		{"scanner.lab", dnsmessage.TypeA, 0, 1, "\x0a\x00\x00\x07"},
		{"SCANNER.LAB", dnsmessage.TypeA, 0, 1, "\x0a\x00\x00\x07"},
		{"registry.lab", dnsmessage.TypeA, 0, 2, "\x0a\x00\x00\x08"},
		{"scanner.lab", dnsmessage.TypeAAAA, 0, 0, ""},
		{"scanner.lab", 15, 0, 0, ""},
		{"localhost", dnsmessage.TypeALL, 0, 2, "\x7f\x00\x00\x01"},
		{"ip6-localhost", dnsmessage.TypeAAAA, 0, 1, netip.MustParseAddr("::1").String()[:0]},
		{"link", dnsmessage.TypeAAAA, 0, 1, "\xfe\x80"},
		{"broken", dnsmessage.TypeA, byte(dnsmessage.RCodeNameError), 0, ""},
		{"scanner.lab.default.svc.cluster.local", dnsmessage.TypeA, byte(dnsmessage.RCodeNameError), 0, ""},
		{"7.0.0.10.in-addr.arpa", dnsmessage.TypePTR, 0, 1, "\x07scanner\x03lab\x00"},
		{"9.0.0.10.in-addr.arpa", dnsmessage.TypePTR, byte(dnsmessage.RCodeNameError), 0, ""},
		{"x.0.10.in-addr.arpa", dnsmessage.TypePTR, byte(dnsmessage.RCodeNameError), 0, ""},
		{reverse6, dnsmessage.TypePTR, 0, 1, "\x09localhost\x00"},
	} {
		reply := answer(table, question(c.name, c.qtype), false)
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
	good := question("scanner.lab", dnsmessage.TypeA)
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
		"opcode": {withOpcode, byte(dnsmessage.RCodeNotImplemented)}, "two": {twoQuestions, byte(dnsmessage.RCodeFormatError)}, "class": {chaos, byte(dnsmessage.RCodeRefused)},
		"pointer": {pointer, byte(dnsmessage.RCodeFormatError)}, "cut": {good[:15], byte(dnsmessage.RCodeFormatError)}, "header": {good[:12], byte(dnsmessage.RCodeFormatError)},
	} {
		if reply := answer(table, c.message, false); reply == nil || reply[3]&0xF != c.rcode {
			t.Errorf("%s: % x", name, reply)
		}
	}
	reply := bytes.Clone(good)
	reply[2] |= 0x80
	for _, silent := range [][]byte{nil, good[:11], reply} {
		if reply := answer(table, silent, false); reply != nil {
			t.Errorf("% x answered with % x", silent, reply)
		}
	}
}

func TestTruncatesOverUDPOnly(t *testing.T) {
	table := parseHosts(strings.Repeat("10.0.0.1 many\n", 100))
	udp := answer(table, question("many", dnsmessage.TypeA), false)
	if udp[2]&2 == 0 || len(udp) > plainUDP {
		t.Errorf("no TC bit, or %d bytes", len(udp))
	}
	if tcp := answer(table, question("many", dnsmessage.TypeA), true); tcp[2]&2 != 0 || tcp[7] != 100 {
		t.Errorf("TCP: % x", tcp[:12])
	}
}

func TestAnswersEDNSWithEDNS(t *testing.T) {
	message := question("scanner.lab", dnsmessage.TypeA)
	message[11] = 1
	message = append(message, 0, 0, byte(dnsmessage.TypeOPT), 16, 0, 0, 0, 0, 0, 0, 0)
	reply := answer(parseHosts(testHosts), message, false)
	if reply[11] != 1 || reply[len(reply)-9] != byte(dnsmessage.TypeOPT) {
		t.Errorf("% x", reply)
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add(question("scanner.lab", dnsmessage.TypeA))
	f.Add(question("7.0.0.10.in-addr.arpa", dnsmessage.TypePTR))
	f.Add([]byte{0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0xC0, 0x0C, 0, 1, 0, 1, 0, 0, 41})
	f.Add(question(strings.Repeat("a.", 120)+"a", dnsmessage.TypeALL))
	table := parseHosts(testHosts)
	f.Fuzz(func(t *testing.T, message []byte) {
		reply := answer(table, message, false)
		if reply != nil && (len(reply) < 12 || len(reply) > largestUDP || !bytes.Equal(reply[:2], message[:2])) {
			t.Errorf("% x", reply)
		}
	})
}
