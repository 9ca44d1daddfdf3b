// The log files of the units as entries of a journal: each line with the time that it tells, or that of the line before.

package systemd

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"
)

const maxLine = 1 << 20

// entry is a line of a unit's log. priority is syslog's: 2 critical, 3 error, 4 warning, 6 informational.
type entry struct {
	unit     string
	at       time.Time
	pid      string
	priority int
	text     string
}

var (
	// I1126 22:12:07.123456   12345 server.go:1] ...  (klog; the number is the process's)
	klogHead = regexp.MustCompile(`^([IWEF])(\d{4} \d\d:\d\d:\d\d\.\d+) +(\d+) `)
	// time="2026-11-26T22:12:07.123456789Z" level=info msg=...
	logrusHead = regexp.MustCompile(`^time="([^"]+)" level=(\w+) `)

	klogPriority   = map[string]int{"I": 6, "W": 4, "E": 3, "F": 2}
	logrusPriority = map[string]int{"debug": 7, "info": 6, "warning": 4, "warn": 4, "error": 3, "fatal": 2, "panic": 2}
)

// journalFile reads one log file from where it stands, on and on.
type journalFile struct {
	unit   unit
	before entry // whose time a line has that tells none
}

func (j *journalFile) parse(line string, now time.Time) entry {
	made := entry{unit: j.unit.name, at: j.before.at, pid: j.before.pid, priority: 6, text: line}
	if found := klogHead.FindStringSubmatch(line); found != nil {
		if at, err := time.ParseInLocation("20060102 15:04:05", fmt.Sprint(now.Year())+found[2], time.Local); err == nil {
			if at.After(now.Add(24 * time.Hour)) { // klog tells no year
				at = at.AddDate(-1, 0, 0)
			}
			made.at, made.pid, made.priority = at, found[3], klogPriority[found[1]]
		}
	} else if found := logrusHead.FindStringSubmatch(line); found != nil {
		if at, err := time.Parse(time.RFC3339Nano, found[1]); err == nil {
			made.at, made.priority = at.Local(), logrusPriority[found[2]]
		}
	}
	j.before = made
	return made
}

// read gives all entries of a unit, of the log that was moved aside, too.
func read(u unit) []entry {
	var entries []entry
	file := journalFile{unit: u}
	for _, path := range []string{u.log() + ".1", u.log()} {
		log, err := os.Open(path)
		if err != nil {
			continue
		}
		entries = append(entries, file.all(log)...)
		log.Close()
	}
	return entries
}

func (j *journalFile) all(from io.Reader) []entry {
	var entries []entry
	lines := bufio.NewReaderSize(from, 64<<10)
	now := time.Now()
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			entries = append(entries, j.parse(strings.TrimRight(line[:min(len(line), maxLine)], "\n"), now))
		}
		if err != nil {
			return entries
		}
	}
}

// merged is all entries of several units in the order of time.
func merged(of []unit) []entry {
	var entries []entry
	for _, u := range of {
		entries = append(entries, read(u)...)
	}
	if len(of) > 1 {
		slices.SortStableFunc(entries, func(a, b entry) int { return a.at.Compare(b.at) })
	}
	return entries
}

func last(entries []entry, count int) []entry {
	return entries[max(0, len(entries)-count):]
}

func (e entry) short() string { return e.stamped("Jan 02 15:04:05") }

func (e entry) stamped(layout string) string {
	host, _ := os.Hostname()
	name := e.unit
	if e.pid != "" {
		name += "[" + e.pid + "]"
	}
	return fmt.Sprintf("%s %s %s: %s", e.at.Format(layout), host, name, e.text)
}
