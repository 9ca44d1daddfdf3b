// `systemctl` and `service`: status, start, stop, restart and what is typed beside them.

package systemd

import (
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"ckslab.invalid/labnode/internal/command"
)

// Exit codes of systemctl(1), which follow LSB.
const (
	notActive = 3
	noSuch    = 4 // status of a unit that is not there
	notFound  = 5 // an order to one
)

const verbs = "status, start, stop, restart, is-active, is-enabled, is-failed, enable, disable, daemon-reload, list-units"

var takesValue = map[string]bool{
	"-n": true, "--lines": true, "-t": true, "--type": true, "-p": true, "--property": true, "-o": true, "--output": true,
	"--state": true, "--job-mode": true,
}

// RunSystemctl is `systemctl`.
func RunSystemctl(args []string) error {
	var words []string
	quiet, now := false, false
	for i := 0; i < len(args); i++ {
		switch {
		case !strings.HasPrefix(args[i], "-"):
			words = append(words, args[i])
		case args[i] == "-q" || args[i] == "--quiet":
			quiet = true
		case args[i] == "--now":
			now = true
		case takesValue[args[i]]:
			i++
		}
	}
	if len(words) == 0 {
		words = []string{"list-units"}
	}
	return systemctl(words[0], words[1:], quiet, now)
}

// RunServiceScript is `service NAME VERB`.
func RunServiceScript(args []string) error {
	if len(args) != 2 {
		return command.Usage("service: service NAME start|stop|restart|status")
	}
	return systemctl(args[1], args[:1], false, false)
}

func systemctl(verb string, names []string, quiet, now bool) error {
	switch verb {
	case "daemon-reload", "daemon-reexec", "reset-failed":
		return nil // init reads nothing anew
	case "list-units", "list-unit-files":
		return listUnits()
	}
	single := map[string]func(unit, bool) error{
		"status": status, "is-active": isActive, "is-failed": isFailed, "is-enabled": isEnabled,
		"start": ordered("start"), "stop": ordered("stop"), "restart": ordered("restart"),
		"reload-or-restart": ordered("restart"), "try-restart": ordered("restart"),
		"enable": enabled(now, "start"), "disable": enabled(now, "stop"),
	}[verb]
	if single == nil {
		return command.Usage("systemctl: this node's init is not systemd, and knows no " + verb + ": there are " + verbs)
	}
	if len(names) == 0 && verb == "status" {
		return listUnits()
	}
	if len(names) == 0 {
		return command.Usage("systemctl: " + verb + " needs the name of a unit")
	}
	for _, name := range names {
		u, known := unitOf(name)
		if !known {
			return unknown(verb, name)
		}
		if err := single(u, quiet); err != nil {
			return err
		}
	}
	return nil
}

func unknown(verb, name string) error {
	switch verb {
	case "status":
		return command.Exit{Code: noSuch, Text: "Unit " + fullName(name) + " could not be found."}
	case "is-active", "is-failed":
		fmt.Println("inactive")
		return command.Exit{Code: noSuch}
	case "is-enabled":
		return command.Exit{Code: noSuch, Text: "Failed to get unit file state for " + fullName(name) + ": No such file or directory"}
	}
	return command.Exit{Code: notFound, Text: fmt.Sprintf("Failed to %s %[2]s: Unit %[2]s not found.", verb, fullName(name))}
}

func ordered(op string) func(unit, bool) error {
	return func(u unit, _ bool) error {
		if _, err := order(op, u); err != nil {
			return command.Exit{Code: 1, Text: fmt.Sprintf("Failed to %s %s.service: %v", op, u.name, err)}
		}
		return nil
	}
}

func enabled(now bool, op string) func(unit, bool) error {
	if now {
		return ordered(op)
	}
	return func(unit, bool) error { return nil }
}

func isActive(u unit, quiet bool) error {
	found, err := order("status", u)
	if err != nil {
		return err
	}
	word, _ := found.active()
	if !quiet {
		fmt.Println(word)
	}
	if word != "active" {
		return command.Exit{Code: notActive}
	}
	return nil
}

func isFailed(u unit, quiet bool) error {
	if err := isActive(u, quiet); err != nil {
		return err
	}
	return command.Exit{Code: 1}
}

func isEnabled(_ unit, quiet bool) error {
	if !quiet {
		fmt.Println("enabled")
	}
	return nil
}

func status(u unit, _ bool) error {
	found, err := order("status", u)
	if err != nil {
		return err
	}
	word, detail := found.active()
	mark := map[string]string{"active": "●", "inactive": "○"}[word]
	if mark == "" {
		mark = "●"
	}
	fmt.Printf("%s %s.service - %s\n     Loaded: loaded (labnode init; enabled)\n", mark, u.name, u.description)
	fmt.Printf("     Active: %s since %s; %s ago\n", detail, found.Since.Local().Format("Mon 2006-01-02 15:04:05 MST"),
		ago(time.Since(found.Since)))
	if found.Running {
		fmt.Printf("   Main PID: %d (%s)\n    Command: %s\n", found.Pid, u.name, commandLine(found.Pid))
	}
	fmt.Println()
	for _, entry := range last(read(u), 10) {
		fmt.Println(entry.short())
	}
	if !found.Running {
		return command.Exit{Code: notActive}
	}
	return nil
}

// ago says a time as systemd does, by its two largest parts.
func ago(d time.Duration) string {
	seconds := int(d.Seconds())
	switch {
	case seconds < 60:
		return fmt.Sprintf("%ds", seconds)
	case seconds < 3600:
		return fmt.Sprintf("%dmin %ds", seconds/60, seconds%60)
	case seconds < 86400:
		return fmt.Sprintf("%dh %dmin", seconds/3600, seconds/60%60)
	}
	return fmt.Sprintf("%dd %dh", seconds/86400, seconds/3600%24)
}

func listUnits() error {
	table := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(table, "UNIT\tLOAD\tACTIVE\tDESCRIPTION")
	for _, u := range units {
		found, err := order("status", u)
		if err != nil {
			return err
		}
		word, _ := found.active()
		fmt.Fprintf(table, "%s.service\tloaded\t%s\t%s\n", u.name, word, u.description)
	}
	return table.Flush()
}
