// Package crictl stands in for crictl where there is none: ps, pods, images, pull, logs, inspect and inspecti, by what
// ctr tells and does.
package crictl

import (
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"ckslab.invalid/labnode/internal/command"
)

const known = "this is a small stand-in for crictl: it knows ps, pods, images, pull, logs, inspect and inspecti; " +
	"for the rest: ctr -n k8s.io"

// asked is what the arguments ask for; namespace, name and pod narrow.
type asked struct {
	words                 []string
	all, quiet, follow    bool
	stamps, noTrunc       bool
	digests               bool
	tail                  int
	name, namespace, pod  string
	state, image, asLabel string
}

// Run is `crictl`.
func Run(args []string) error {
	want, err := parse(args)
	if err != nil {
		return err
	}
	if len(want.words) == 0 {
		return command.Usage("crictl: " + known)
	}
	verb, rest := want.words[0], want.words[1:]
	switch verb {
	case "ps", "pods", "images", "image", "img":
		switch verb {
		case "ps":
			return printContainers(want)
		case "pods":
			return printPods(want)
		}
		return printImages(want)
	case "pull":
		if len(rest) != 1 {
			return command.Usage("crictl: pull needs one image")
		}
		return pull(rest[0])
	case "inspecti":
		if len(rest) != 1 {
			return command.Usage("crictl: inspecti needs one image: crictl images")
		}
		return inspectImage(rest[0])
	case "logs", "inspect", "inspectp":
		if len(rest) != 1 {
			return command.Usage("crictl: " + verb + " needs one ID: crictl ps -a")
		}
		if verb == "logs" {
			return printLogs(want, rest[0])
		}
		return inspect(rest[0], verb == "inspectp")
	case "version":
		return ctrTo(os.Stdout, "version")
	}
	return command.Usage("crictl: " + known)
}

// parse reads flags wherever they stand; those that change nothing here are passed over.
func parse(args []string) (asked, error) {
	want := asked{tail: -1}
	texts := map[string]*string{
		"--name": &want.name, "--namespace": &want.namespace, "--pod": &want.pod, "-p": &want.pod, "--state": &want.state,
		"-s": &want.state, "--image": &want.image, "--label": &want.asLabel,
	}
	var tail, passed string
	for _, flag := range []string{"-r", "--runtime-endpoint", "-i", "--image-endpoint", "-c", "--config", "-t", "--timeout",
		"-o", "--output", "-n", "--last", "--since"} {
		texts[flag] = &passed
	}
	texts["--tail"] = &tail
	for i := 0; i < len(args); i++ {
		name, value, given := strings.Cut(args[i], "=")
		logs := len(want.words) > 0 && want.words[0] == "logs"
		switch {
		case !strings.HasPrefix(name, "-"):
			want.words = append(want.words, args[i])
		case logs && (name == "-t" || name == "--timestamps"):
			want.stamps = true
		case logs && (name == "-p" || name == "--previous"):
			return want, command.Usage("crictl: of an earlier attempt: crictl ps -a, and crictl logs of its ID")
		case name == "-f" || name == "--follow":
			want.follow = true
		case name == "-a" || name == "--all":
			want.all = true
		case name == "-q" || name == "--quiet":
			want.quiet = true
		case name == "-aq" || name == "-qa":
			want.all, want.quiet = true, true
		case name == "--no-trunc":
			want.noTrunc = true
		case name == "--digests":
			want.digests = true
		case texts[name] != nil:
			if !given {
				if i++; i >= len(args) {
					return want, command.Usage("crictl: " + name + " needs a value")
				}
				value = args[i]
			}
			*texts[name] = value
		}
	}
	if tail != "" {
		if _, err := fmt.Sscanf(tail, "%d", &want.tail); err != nil {
			return want, command.Usage("crictl: --tail takes a number, not " + tail)
		}
	}
	return want, nil
}

func (a asked) takes(c container) bool {
	return strings.Contains(c.name, a.name) && strings.HasPrefix(c.sandbox, a.pod) && strings.Contains(c.image, a.image) &&
		(a.namespace == "" || c.namespace == a.namespace) && (a.state == "" || strings.EqualFold(c.state, a.state))
}

func (a asked) id(id string) string {
	if a.noTrunc || len(id) < 13 {
		return id
	}
	return id[:13]
}

func printContainers(want asked) error {
	found, err := containers()
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 4, 3, ' ', 0)
	if !want.quiet {
		fmt.Fprintln(table, "CONTAINER\tIMAGE\tCREATED\tSTATE\tNAME\tATTEMPT\tPOD ID\tPOD\tNAMESPACE")
	}
	for _, c := range found {
		if c.kind != "container" || !want.takes(c) || !want.all && want.state == "" && c.state != "Running" {
			continue
		}
		if want.quiet {
			fmt.Fprintln(table, c.id)
			continue
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s\n", want.id(c.id), c.image, since(c.created), c.state, c.name,
			c.attempt, want.id(c.sandbox), c.pod, c.namespace)
	}
	return table.Flush()
}

func printPods(want asked) error {
	found, err := containers()
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 4, 3, ' ', 0)
	if !want.quiet {
		fmt.Fprintln(table, "POD ID\tCREATED\tSTATE\tNAME\tNAMESPACE\tATTEMPT")
	}
	for _, c := range found {
		if c.kind != "sandbox" || !strings.Contains(c.pod, want.name) ||
			want.namespace != "" && c.namespace != want.namespace {
			continue
		}
		if want.quiet {
			fmt.Fprintln(table, c.id)
			continue
		}
		state := map[bool]string{true: "Ready", false: "NotReady"}[c.state == "Running"]
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%d\n", want.id(c.id), since(c.created), state, c.pod, c.namespace, c.attempt)
	}
	return table.Flush()
}

func since(at time.Time) string {
	for _, unit := range []struct {
		length time.Duration
		name   string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}} {
		if count := int(time.Since(at) / unit.length); count > 0 {
			return fmt.Sprintf("%d %s%s ago", count, unit.name, map[bool]string{true: "s"}[count > 1])
		}
	}
	return "now"
}
