package dns

import (
	"net/netip"
	"strconv"
	"strings"
)

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
