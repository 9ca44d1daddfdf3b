// The subcommands of labnode, the helper inside a lab's node, and how their errors end the process.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

const usage = `labnode: the helper inside a lab's node

  labnode init CONFIG.json                              run set-up and services as pid 1
  labnode service status|stop|start|restart [NAME] [--socket PATH]
  labnode resolver [--hosts FILE] [--listen ADDR[,ADDR]]  answer DNS from a hosts file
  labnode scanner --config FILE                         the image scanner behind an ImagePolicyWebhook
  labnode lease --socket PATH [--ttl 30s]               stop the scanner until stdin ends
  labnode ask --socket PATH [OP]                        put one question to a control socket
  labnode watch --process NAME --out FILE [--interval 100ms]
  labnode nudge [--socket PATH] [--manifests DIR] [--readyz URL]
  labnode relay [--tether PID] LISTEN TARGET [LISTEN TARGET]...        tcp:HOST:PORT or unix:PATH
  labnode after [--readyz URL] [--limit 5s] -- ARGV...   run ARGV once the API server is ready, or after the limit
  labnode files                                         facts of the files that a JSON request on stdin names
  labnode look [--log-lines 80] [--process NAME] [--starts FILE] [--manifests DIR] [--logs DIR]
                                                        the same, with the API server's starts and log, as one object
  labnode runc ARGS...                                  runc for a node without cgroups of its own
`

// shimName is the name under which containerd calls this program in place of runc.
const shimName = "runc-in-userns"

var commands = map[string]func([]string) error{
	"init":     runInit,
	"service":  runService,
	"resolver": runResolver,
	"scanner":  runScanner,
	"lease":    runLease,
	"ask":      runAsk,
	"watch":    runWatch,
	"nudge":    runNudge,
	"after":    runAfter,
	"relay":    runRelay,
	"runc":     runRunc,
	"files":    runFiles,
	"look":     runLook,
}

// usageError is a call that cannot be understood: exit 2.
type usageError string

func (e usageError) Error() string { return string(e) }

// exitError ends the process with its own code.
type exitError struct {
	code int
	text string
}

func (e exitError) Error() string { return e.text }

func main() {
	if filepath.Base(os.Args[0]) == shimName {
		os.Exit(exitCode(runRunc(os.Args[1:])))
	}
	if len(os.Args) < 2 {
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	os.Exit(exitCode(dispatch(os.Args[1], os.Args[2:])))
}

func dispatch(name string, args []string) error {
	if name == "help" || name == "-h" || name == "--help" {
		fmt.Print(usage)
		return nil
	}
	command, known := commands[name]
	if !known {
		return usageError(fmt.Sprintf("unknown command %q; see `labnode help`", name))
	}
	return command(args)
}

func exitCode(err error) int {
	var wrong usageError
	var exit exitError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, flag.ErrHelp):
		fmt.Print(usage)
		return 0
	case errors.As(err, &exit):
		fmt.Fprintln(os.Stderr, "labnode:", exit.text)
		return exit.code
	case errors.As(err, &wrong):
		fmt.Fprintln(os.Stderr, "labnode:", wrong)
		return 2
	}
	fmt.Fprintln(os.Stderr, "labnode:", err)
	return 1
}

// newFlags makes a silent flag set: exitCode prints the error, once.
func newFlags(name string) *flag.FlagSet {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	return flags
}

// parseFlags reads flags that may stand before, between or after the positional arguments.
func parseFlags(flags *flag.FlagSet, args []string) ([]string, error) {
	var positional []string
	for {
		if err := flags.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, err
			}
			return nil, usageError(fmt.Sprintf("%s: %v", flags.Name(), err))
		}
		if flags.NArg() == 0 {
			return positional, nil
		}
		positional = append(positional, flags.Arg(0))
		args = flags.Args()[1:]
	}
}

// parseOnlyFlags is parseFlags for a command that takes no positional argument.
func parseOnlyFlags(flags *flag.FlagSet, args []string) error {
	positional, err := parseFlags(flags, args)
	if err == nil && len(positional) > 0 {
		return usageError(fmt.Sprintf("%s: unexpected argument %q", flags.Name(), positional[0]))
	}
	return err
}
