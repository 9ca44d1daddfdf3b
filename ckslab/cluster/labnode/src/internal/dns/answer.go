package dns

import (
	"strings"

	"golang.org/x/net/dns/dnsmessage"
)

const (
	plainUDP   = 512  // RFC 1035: what a client without EDNS takes
	largestUDP = 1232 // what fits a packet anywhere, by DNS flag day 2020
	largestTCP = 65535
	answerTTL  = 5 // seconds: a learner edits the hosts file and tries again
)

// query is a question that deserves a reply.
type query struct {
	header   dnsmessage.Header
	question *dnsmessage.Question // nil where it cannot be read
	edns     bool
	limit    int // bytes that the reply may have
}

// answer is the reply to a message, nil when it deserves none. It never fails, whatever the bytes.
func answer(table *hostsTable, message []byte, tcp bool) []byte {
	asked, deserves := readQuery(message)
	if !deserves {
		return nil
	}
	if tcp {
		asked.limit = largestTCP
	}
	switch question := asked.question; {
	case asked.header.OpCode != 0:
		return asked.reply(dnsmessage.RCodeNotImplemented, nil)
	case question == nil:
		return asked.reply(dnsmessage.RCodeFormatError, nil)
	case question.Class != dnsmessage.ClassINET && question.Class != dnsmessage.ClassANY:
		return asked.reply(dnsmessage.RCodeRefused, nil)
	}
	records, known := lookUp(table, asked.question)
	if !known {
		return asked.reply(dnsmessage.RCodeNameError, nil)
	}
	return asked.reply(dnsmessage.RCodeSuccess, records)
}

func readQuery(message []byte) (query, bool) {
	var parser dnsmessage.Parser
	header, err := parser.Start(message)
	if err != nil || header.Response {
		return query{}, false // too short to answer, or itself an answer
	}
	asked := query{header: header, limit: plainUDP}
	questions, err := parser.AllQuestions()
	if err != nil || len(questions) != 1 {
		return asked, true
	}
	asked.question = &questions[0]
	if parser.SkipAllAnswers() != nil || parser.SkipAllAuthorities() != nil {
		return asked, true
	}
	// the first additional record only: whoever sends EDNS sends it there
	if more, err := parser.AdditionalHeader(); err == nil && more.Type == dnsmessage.TypeOPT {
		asked.edns = true
		asked.limit = min(max(int(more.Class), plainUDP), largestUDP)
	}
	return asked, true
}

// reply leaves out the records where they do not fit, and says so.
func (q query) reply(code dnsmessage.RCode, records []dnsmessage.ResourceBody) []byte {
	header := dnsmessage.Header{
		ID: q.header.ID, Response: true, OpCode: q.header.OpCode, RecursionDesired: q.header.RecursionDesired, RCode: code,
		// Go's resolver takes an empty answer without either for a lame server.
		Authoritative: true, RecursionAvailable: true,
	}
	message := q.pack(header, records)
	if len(message) > q.limit || message == nil {
		header.Truncated = message != nil
		message = q.pack(header, nil)
	}
	return message
}

func (q query) pack(header dnsmessage.Header, records []dnsmessage.ResourceBody) []byte {
	reply := dnsmessage.Message{Header: header}
	if q.question != nil {
		reply.Questions = []dnsmessage.Question{*q.question}
	}
	for _, body := range records {
		of := dnsmessage.ResourceHeader{Name: q.question.Name, Class: dnsmessage.ClassINET, TTL: answerTTL}
		reply.Answers = append(reply.Answers, dnsmessage.Resource{Header: of, Body: body})
	}
	if q.edns {
		var of dnsmessage.ResourceHeader
		of.SetEDNS0(largestUDP, header.RCode, false)
		reply.Additionals = []dnsmessage.Resource{{Header: of, Body: &dnsmessage.OPTResource{}}}
	}
	message, err := reply.Pack()
	if err != nil {
		return nil
	}
	return message
}

// lookUp returns no records for a known name that has none of the wanted type (NODATA).
func lookUp(table *hostsTable, question *dnsmessage.Question) ([]dnsmessage.ResourceBody, bool) {
	name := strings.ToLower(strings.TrimSuffix(question.Name.String(), "."))
	wanted := func(kind dnsmessage.Type) bool { return question.Type == kind || question.Type == dnsmessage.TypeALL }
	if addr, reverse := reverseAddr(name); reverse {
		host, known := table.names[addr]
		pointed, err := dnsmessage.NewName(host + ".")
		if err != nil || !known || !wanted(dnsmessage.TypePTR) {
			return nil, known
		}
		return []dnsmessage.ResourceBody{&dnsmessage.PTRResource{PTR: pointed}}, true
	}
	addrs, known := table.addrs[name]
	var records []dnsmessage.ResourceBody
	for _, addr := range addrs {
		switch {
		case addr.Is4() && wanted(dnsmessage.TypeA):
			records = append(records, &dnsmessage.AResource{A: addr.As4()})
		case addr.Is6() && wanted(dnsmessage.TypeAAAA):
			records = append(records, &dnsmessage.AAAAResource{AAAA: addr.As16()})
		}
	}
	return records, known
}
