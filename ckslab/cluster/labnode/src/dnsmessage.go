// The part of the DNS wire format (RFC 1035, RFC 6891) that a resolver of a hosts file needs.
package main

import (
	"encoding/binary"
	"errors"
	"strings"
)

const (
	typeA, typePTR, typeAAAA, typeOPT, typeANY = 1, 12, 28, 41, 255

	classIN, classANY = 1, 255

	rcodeFormat, rcodeName, rcodeNotImplemented, rcodeRefused = 1, 3, 4, 5

	headerSize  = 12
	plainUDP    = 512  // RFC 1035: what a client without EDNS takes
	largestUDP  = 1232 // what fits a packet anywhere, by DNS flag day 2020
	largestTCP  = 65535
	answerTTL   = 5 // seconds: a learner edits the hosts file and tries again
	questionPtr = 0xC000 | headerSize
)

var errMalformed = errors.New("malformed DNS message")

type dnsQuery struct {
	id      uint16
	flags   uint16
	name    string // lower case, no final dot
	qtype   uint16
	class   uint16
	raw     []byte // the question as it came, to be echoed
	edns    bool
	udpSize int
}

func (q *dnsQuery) opcode() uint16 { return q.flags >> 11 & 0xF }

// parseQuery fails with a query that has only id and flags where a FORMERR can still be sent.
func parseQuery(message []byte) (*dnsQuery, error) {
	if len(message) < headerSize || message[2]&0x80 != 0 {
		return nil, errMalformed // too short to answer, or itself an answer
	}
	query := &dnsQuery{
		id: binary.BigEndian.Uint16(message), flags: binary.BigEndian.Uint16(message[2:]), udpSize: plainUDP,
	}
	counts := message[4:headerSize]
	if binary.BigEndian.Uint16(counts) != 1 {
		return query, errMalformed
	}
	name, after, err := readName(message, headerSize)
	if err != nil || len(message) < after+4 {
		return query, errMalformed
	}
	query.name = strings.ToLower(name)
	query.qtype = binary.BigEndian.Uint16(message[after:])
	query.class = binary.BigEndian.Uint16(message[after+2:])
	query.raw = message[headerSize : after+4]
	if binary.BigEndian.Uint32(counts[2:]) == 0 && binary.BigEndian.Uint16(counts[6:]) > 0 {
		query.readOPT(message[after+4:])
	}
	return query, nil
}

// readOPT looks at the first additional record only; whoever sends EDNS sends it there.
func (q *dnsQuery) readOPT(record []byte) {
	if len(record) >= 11 && record[0] == 0 && binary.BigEndian.Uint16(record[1:]) == typeOPT {
		q.edns = true
		q.udpSize = min(max(int(binary.BigEndian.Uint16(record[3:])), plainUDP), largestUDP)
	}
}

// readName reads labels without compression: a question has nothing before it to point at.
func readName(message []byte, at int) (string, int, error) {
	var labels []string
	for total := 0; ; {
		if at >= len(message) {
			return "", 0, errMalformed
		}
		length := int(message[at])
		at++
		if length == 0 {
			return strings.Join(labels, "."), at, nil
		}
		total += length + 1
		if length > 63 || total > 254 || at+length > len(message) {
			return "", 0, errMalformed
		}
		labels = append(labels, string(message[at:at+length]))
		at += length
	}
}

// appendName writes a name from the hosts file; false when the wire format cannot hold it.
func appendName(out []byte, name string) ([]byte, bool) {
	if len(name) > 253 {
		return out, false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 {
			return out, false
		}
		out = append(append(out, byte(len(label))), label...)
	}
	return append(out, 0), true
}

type dnsRecord struct {
	rtype uint16
	data  []byte
}

// encode writes a reply of at most limit bytes; what does not fit is left out and marked as truncated.
func (q *dnsQuery) encode(rcode uint16, records []dnsRecord, limit int) []byte {
	// Authoritative and recursion available: Go's resolver takes an empty answer without either for a lame server.
	flags := uint16(0x8480) | q.flags&0x7900 | rcode
	room := limit - headerSize - len(q.raw)
	if q.edns {
		room -= 11
	}
	for _, record := range records {
		room -= 12 + len(record.data)
	}
	if room < 0 {
		records, flags = nil, flags|0x0200
	}
	out := q.encodeHeader(flags, len(records))
	for _, record := range records {
		out = binary.BigEndian.AppendUint16(out, questionPtr)
		out = binary.BigEndian.AppendUint16(out, record.rtype)
		out = binary.BigEndian.AppendUint16(out, classIN)
		out = binary.BigEndian.AppendUint32(out, answerTTL)
		out = binary.BigEndian.AppendUint16(out, uint16(len(record.data)))
		out = append(out, record.data...)
	}
	if q.edns {
		out = append(out, 0, 0, typeOPT, largestUDP>>8, largestUDP&0xFF, 0, 0, 0, 0, 0, 0)
	}
	return out
}

func (q *dnsQuery) encodeHeader(flags uint16, answers int) []byte {
	questions, additional := uint16(0), uint16(0)
	if len(q.raw) > 0 {
		questions = 1
	}
	if q.edns {
		additional = 1
	}
	var out []byte
	for _, word := range []uint16{q.id, flags, questions, uint16(answers), 0, additional} {
		out = binary.BigEndian.AppendUint16(out, word)
	}
	return append(out, q.raw...)
}
