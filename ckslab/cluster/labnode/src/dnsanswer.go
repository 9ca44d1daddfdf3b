// What the hosts file says to a DNS question: addresses, a name, nothing of that kind, or no such name.
package main

import (
	"net/netip"
	"strconv"
	"strings"
)

// answerDNS is the reply to a message, nil when it deserves none. It never fails, whatever the bytes.
func answerDNS(table *hostsTable, message []byte, tcp bool) []byte {
	query, err := parseQuery(message)
	if query == nil {
		return nil
	}
	limit := query.udpSize
	if tcp {
		limit = largestTCP
	}
	switch {
	case query.opcode() != 0:
		return query.encode(rcodeNotImplemented, nil, limit)
	case err != nil:
		return query.encode(rcodeFormat, nil, limit)
	case query.class != classIN && query.class != classANY:
		return query.encode(rcodeRefused, nil, limit)
	}
	records, known := lookup(table, query)
	if !known {
		return query.encode(rcodeName, nil, limit)
	}
	return query.encode(0, records, limit)
}

// lookup returns no records for a known name that has none of the wanted type (NODATA).
func lookup(table *hostsTable, query *dnsQuery) ([]dnsRecord, bool) {
	if addr, reverse := reverseAddr(query.name); reverse {
		name, known := table.names[addr]
		return pointerRecord(name, query.qtype), known
	}
	addrs, known := table.addrs[query.name]
	var records []dnsRecord
	for _, addr := range addrs {
		rtype := uint16(typeAAAA)
		if addr.Is4() {
			rtype = typeA
		}
		if query.qtype == rtype || query.qtype == typeANY {
			records = append(records, dnsRecord{rtype, addr.AsSlice()})
		}
	}
	return records, known
}

func pointerRecord(name string, qtype uint16) []dnsRecord {
	data, fits := appendName(nil, name)
	if !fits || (qtype != typePTR && qtype != typeANY) {
		return nil
	}
	return []dnsRecord{{typePTR, data}}
}

// reverseAddr reads 1.0.0.127.in-addr.arpa and the 32 nibbles below ip6.arpa.
func reverseAddr(name string) (netip.Addr, bool) {
	if digits, is := strings.CutSuffix(name, ".in-addr.arpa"); is {
		parts := strings.Split(digits, ".")
		if len(parts) != 4 {
			return netip.Addr{}, false
		}
		addr, err := netip.ParseAddr(parts[3] + "." + parts[2] + "." + parts[1] + "." + parts[0])
		return addr, err == nil && addr.Is4()
	}
	if digits, is := strings.CutSuffix(name, ".ip6.arpa"); is {
		return reverseAddr6(strings.Split(digits, "."))
	}
	return netip.Addr{}, false
}

func reverseAddr6(nibbles []string) (netip.Addr, bool) {
	if len(nibbles) != 32 {
		return netip.Addr{}, false
	}
	var bytes [16]byte
	for i, nibble := range nibbles {
		value, err := strconv.ParseUint(nibble, 16, 4)
		if err != nil || len(nibble) != 1 {
			return netip.Addr{}, false
		}
		bytes[15-i/2] |= byte(value) << (4 * (i % 2))
	}
	return netip.AddrFrom16(bytes), true
}
