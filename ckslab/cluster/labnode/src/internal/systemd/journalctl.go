// `journalctl`: what a learner types to read the kubelet's log.

package systemd

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"ckslab.invalid/labnode/internal/command"
	"ckslab.invalid/labnode/internal/programs"
)

const (
	followPause  = 250 * time.Millisecond
	followBefore = 10   // entries shown before those that come
	endBefore    = 1000 // what -e shows
)

// asked is what the arguments ask for. lines: -1 for all. priority: entries of a greater number are left out.
type asked struct {
	units          []unit
	lines          int
	follow, toEnd  bool
	reverse, plain bool
	since, until   time.Time
	output         string
	priority       int
	pattern        *regexp.Regexp
	kernel         bool
}

var priorities = []string{"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"}

var longFlags = map[string]byte{
	"--unit": 'u', "--lines": 'n', "--since": 'S', "--until": 'U', "--output": 'o', "--priority": 'p', "--grep": 'g',
	"--identifier": 't', "--follow": 'f', "--pager-end": 'e', "--reverse": 'r', "--dmesg": 'k',
}

// RunJournalctl is `journalctl`.
func RunJournalctl(args []string) error {
	want, err := parseJournal(args, time.Now())
	if err != nil {
		return err
	}
	if want.kernel {
		fmt.Println("-- No entries --")
		return nil
	}
	entries := slices.DeleteFunc(merged(want.units), func(e entry) bool { return !want.shows(e) })
	if want.lines >= 0 {
		entries = last(entries, want.lines)
	}
	if want.reverse {
		slices.Reverse(entries)
	}
	if want.follow {
		return want.followed(entries)
	}
	out, end := pager(want)
	defer end()
	to := bufio.NewWriter(out)
	defer to.Flush()
	if len(entries) == 0 {
		fmt.Fprintln(to, "-- No entries --")
	}
	for _, one := range entries {
		if _, err := fmt.Fprintln(to, want.line(one)); err != nil {
			return nil // whoever reads has left
		}
	}
	return nil
}

// parseJournal reads short flags in clusters (-xeu kubelet), values in the same word or the next.
func parseJournal(args []string, now time.Time) (asked, error) {
	want := asked{lines: -1, priority: 7}
	for i := 0; i < len(args); i++ {
		word := args[i]
		switch {
		case strings.HasPrefix(word, "--"):
			name, value, given := strings.Cut(word, "=")
			flag := longFlags[name]
			if name == "--no-pager" {
				want.plain = true
			}
			if flag == 0 {
				continue // the others change how it looks, or ask for what is always so
			}
			if !given && i+1 < len(args) && (strings.IndexByte("uSUopgt", flag) >= 0 || flag == 'n' && isCount(args[i+1])) {
				i++
				value = args[i]
			}
			if err := want.set(flag, value, now); err != nil {
				return want, err
			}
		case strings.HasPrefix(word, "-") && len(word) > 1:
			for at := 1; at < len(word); at++ {
				flag, value := word[at], ""
				if strings.IndexByte("uSUopgt", flag) >= 0 || flag == 'n' {
					value = word[at+1:]
					at = len(word)
					if value == "" && i+1 < len(args) && (flag != 'n' || isCount(args[i+1])) {
						i++
						value = args[i]
					}
				}
				if err := want.set(flag, value, now); err != nil {
					return want, err
				}
			}
		default:
			return want, command.Usage("journalctl: on this node it takes -u, -f, -n, -e, -r, -p, -g, -o, --since, --until: " + word)
		}
	}
	if len(want.units) == 0 {
		want.units = units
	}
	if want.lines < 0 && want.follow {
		want.lines = followBefore
	}
	if want.lines < 0 && want.toEnd {
		want.lines = endBefore
	}
	return want, nil
}

func isCount(word string) bool {
	_, err := strconv.Atoi(strings.TrimPrefix(word, "+"))
	return err == nil || word == "all"
}

func (a *asked) set(flag byte, value string, now time.Time) (err error) {
	switch flag {
	case 'u', 't':
		found, known := unitOf(value)
		if !known {
			return command.Exit{Code: 1, Text: "there is no unit " + fullName(value) + " on this node: it has kubelet.service and containerd.service"}
		}
		a.units = append(a.units, found)
	case 'n':
		a.lines = followBefore
		if value == "all" {
			a.lines = -1
		} else if value != "" {
			if a.lines, err = strconv.Atoi(strings.TrimPrefix(value, "+")); err != nil || a.lines < 0 {
				return command.Exit{Code: 1, Text: "Failed to parse lines '" + value + "'"}
			}
		}
	case 'S':
		a.since, err = instant(value, now)
	case 'U':
		a.until, err = instant(value, now)
	case 'o':
		a.output = value
	case 'p':
		_, name, ranged := strings.Cut(value, "..")
		if !ranged {
			name = value
		}
		if number, wrong := strconv.Atoi(name); wrong == nil && number >= 0 && number < len(priorities) {
			a.priority = number
		} else if a.priority = slices.Index(priorities, name); a.priority < 0 {
			return command.Exit{Code: 1, Text: "Unknown log level " + value}
		}
	case 'g':
		if value == strings.ToLower(value) {
			value = "(?i)" + value // as journalctl: a pattern in lower case takes both
		}
		a.pattern, err = regexp.Compile(value)
	case 'f':
		a.follow = true
	case 'e':
		a.toEnd = true
	case 'r':
		a.reverse = true
	case 'k':
		a.kernel = true
	}
	return err
}

func (a asked) shows(e entry) bool {
	return (a.since.IsZero() || !e.at.Before(a.since)) && (a.until.IsZero() || !e.at.After(a.until)) &&
		e.priority <= a.priority && (a.pattern == nil || a.pattern.MatchString(e.text))
}

func (a asked) line(e entry) string {
	switch a.output {
	case "cat":
		return e.text
	case "short-iso":
		return e.stamped("2006-01-02T15:04:05-07:00")
	case "short-precise":
		return e.stamped("Jan 02 15:04:05.000000")
	}
	return e.short()
}

// followed prints what is there, and then what comes, until it is interrupted.
func (a asked) followed(entries []entry) error {
	type followedFile struct {
		journalFile
		file *os.File
		rest string
	}
	var files []*followedFile
	for _, u := range a.units {
		files = append(files, &followedFile{journalFile: journalFile{unit: u}})
	}
	for _, f := range files { // what was read before is printed below
		if f.file, _ = os.Open(f.unit.log()); f.file != nil {
			f.file.Seek(0, io.SeekEnd)
		}
	}
	for _, one := range entries {
		fmt.Println(a.line(one))
	}
	for {
		for _, f := range files {
			if replaced(f.file, f.unit.log()) {
				if f.file != nil {
					f.file.Close()
				}
				f.file, _ = os.Open(f.unit.log())
			}
			if f.file == nil {
				continue
			}
			data, _ := io.ReadAll(f.file)
			lines := strings.Split(f.rest+string(data), "\n")
			f.rest = lines[len(lines)-1]
			for _, line := range lines[:len(lines)-1] {
				if one := f.parse(line, time.Now()); a.shows(one) {
					if _, err := fmt.Println(a.line(one)); err != nil {
						return nil
					}
				}
			}
		}
		time.Sleep(followPause)
	}
}

// replaced says whether another file has the log's name now, or it was cut.
func replaced(file *os.File, path string) bool {
	now, err := os.Stat(path)
	if err != nil {
		return false
	}
	if file == nil {
		return true
	}
	then, err := file.Stat()
	at, _ := file.Seek(0, io.SeekCurrent)
	return err != nil || !os.SameFile(then, now) || now.Size() < at
}

// pager is what shows much on a terminal, as systemd chooses it; end waits until the reader has left it.
func pager(want asked) (out io.Writer, end func()) {
	nothing := func() {}
	if want.plain || !isTerminal(os.Stdout) {
		return os.Stdout, nothing
	}
	words := strings.Fields(os.Getenv("SYSTEMD_PAGER"))
	if len(words) == 0 {
		words = strings.Fields(os.Getenv("PAGER"))
	}
	if len(words) == 0 {
		words = []string{"less"}
	}
	path, err := programs.Look(words[0], os.Environ())
	if err != nil || words[0] == "cat" {
		return os.Stdout, nothing
	}
	if want.toEnd && strings.HasSuffix(path, "/less") {
		words = append(words, "+G")
	}
	child := exec.Command(path, words[1:]...)
	child.Stdout, child.Stderr = os.Stdout, os.Stderr
	child.Env = append(os.Environ(), "LESS=FRSXMK")
	in, err := child.StdinPipe()
	if err != nil || child.Start() != nil {
		return os.Stdout, nothing
	}
	return in, func() {
		in.Close()
		child.Wait()
	}
}

func isTerminal(file *os.File) bool {
	var settings [256]byte
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, file.Fd(), syscall.TCGETS, uintptr(unsafe.Pointer(&settings[0])))
	return errno == 0
}
