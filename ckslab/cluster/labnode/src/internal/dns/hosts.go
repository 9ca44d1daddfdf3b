// The hosts file as a table of names and addresses, read again when the file changes.

package dns

import (
	"net/netip"
	"os"
	"strings"
	"sync"

	"ckslab.invalid/labnode/internal/nodefile"
)

// hostsTable holds lower-case names without a final dot; names keeps the first name of each address for PTR.
type hostsTable struct {
	addrs map[string][]netip.Addr
	names map[netip.Addr]string
}

func parseHosts(text string) *hostsTable {
	table := &hostsTable{map[string][]netip.Addr{}, map[netip.Addr]string{}}
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		addr, err := netip.ParseAddr(fields[0])
		if err != nil {
			continue // a learner edits this file: the other lines still count
		}
		table.add(addr.WithZone(""), fields[1:])
	}
	return table
}

func (t *hostsTable) add(addr netip.Addr, names []string) {
	for _, name := range names {
		name = strings.ToLower(strings.TrimSuffix(name, "."))
		t.addrs[name] = append(t.addrs[name], addr)
		if _, known := t.names[addr]; !known {
			t.names[addr] = name
		}
	}
}

type hostsFile struct {
	path    string
	mu      sync.Mutex
	version nodefile.Version
	table   *hostsTable
}

// current is the table of the file as it is now; an unreadable file leaves what was known.
func (h *hostsFile) current() *hostsTable {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.table == nil {
		h.table = parseHosts("")
	}
	info, err := os.Stat(h.path)
	if err != nil || nodefile.VersionOf(info) == h.version {
		return h.table
	}
	data, err := os.ReadFile(h.path)
	if err != nil {
		return h.table
	}
	h.version, h.table = nodefile.VersionOf(info), parseHosts(string(data))
	return h.table
}
