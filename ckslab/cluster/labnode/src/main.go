// The subcommands of labnode, the helper inside a lab's node.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"ckslab.invalid/labnode/internal/command"
	"ckslab.invalid/labnode/internal/control"
	"ckslab.invalid/labnode/internal/crictl"
	"ckslab.invalid/labnode/internal/dns"
	"ckslab.invalid/labnode/internal/dockerfile"
	"ckslab.invalid/labnode/internal/exam"
	"ckslab.invalid/labnode/internal/files"
	"ckslab.invalid/labnode/internal/frontend"
	"ckslab.invalid/labnode/internal/look"
	"ckslab.invalid/labnode/internal/mirror"
	"ckslab.invalid/labnode/internal/nudge"
	"ckslab.invalid/labnode/internal/readyz"
	"ckslab.invalid/labnode/internal/relay"
	"ckslab.invalid/labnode/internal/runcshim"
	"ckslab.invalid/labnode/internal/scanner"
	"ckslab.invalid/labnode/internal/search"
	"ckslab.invalid/labnode/internal/supervisor"
	"ckslab.invalid/labnode/internal/systemd"
	"ckslab.invalid/labnode/internal/watch"
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
  labnode search                                        where contents that a JSON request on stdin names lie in a folder
  labnode look [--log-lines 80] [--process NAME] [--starts FILE] [--manifests DIR] [--logs DIR]
                                                        the same, with the API server's starts and log, as one object
  labnode dockerfile                                    what a Dockerfile on stdin makes of each stage
  labnode mirror --archive FILE --listen ADDR [--frontend NAME:VERSION]   give the images of an archive to who pulls
  labnode frontend                                      BuildKit's frontend for "# syntax=": its own, built-in one
  labnode runc ARGS...                                  runc for a node without cgroups of its own

By the name systemctl, service, journalctl or crictl it stands in for that program; by the name ssh, task, tasks, flag,
time, submit or kubectl it puts a question to the terminal of an exam's base.
`

var commands = map[string]func([]string) error{
	"init":       supervisor.RunInit,
	"dockerfile": dockerfile.Run,
	"service":    supervisor.RunService,
	"resolver":   dns.Run,
	"scanner":    scanner.Run,
	"lease":      scanner.RunLease,
	"ask":        control.RunAsk,
	"watch":      watch.Run,
	"nudge":      nudge.Run,
	"after":      readyz.RunAfter,
	"relay":      relay.Run,
	"runc":       runcshim.Run,
	"files":      files.Run,
	"search":     search.Run,
	"look":       look.Run,
	"mirror":     mirror.Run,
	"frontend":   frontend.Run,
}

// standIns are programs that a learner types, and that labnode is where it goes by their names.
var standIns = map[string]func([]string) error{
	"systemctl":  systemd.RunSystemctl,
	"service":    systemd.RunServiceScript,
	"journalctl": systemd.RunJournalctl,
	"crictl":     crictl.Run,
}

func main() {
	name := filepath.Base(os.Args[0])
	if name == runcshim.Name {
		os.Exit(exitCode(runcshim.Run(os.Args[1:])))
	}
	if slices.Contains(exam.Names, name) {
		os.Exit(standInCode(exam.Run(os.Args[1:])))
	}
	if run := standIns[name]; run != nil {
		os.Exit(standInCode(run(os.Args[1:])))
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
	run, known := commands[name]
	if !known {
		return command.Usage(fmt.Sprintf("unknown command %q; see `labnode help`", name))
	}
	return run(args)
}

// standInCode prints what the real program would print, without a word of ours.
func standInCode(err error) int {
	var wrong command.Usage
	var exit command.Exit
	code := 1
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		code = exit.Code
	case errors.As(err, &wrong):
		code = 2
	}
	if err.Error() != "" {
		fmt.Fprintln(os.Stderr, err)
	}
	return code
}

func exitCode(err error) int {
	var wrong command.Usage
	var exit command.Exit
	switch {
	case err == nil:
		return 0
	case errors.Is(err, flag.ErrHelp):
		fmt.Print(usage)
		return 0
	case errors.As(err, &exit):
		fmt.Fprintln(os.Stderr, "labnode:", exit.Text)
		return exit.Code
	case errors.As(err, &wrong):
		fmt.Fprintln(os.Stderr, "labnode:", wrong)
		return 2
	}
	fmt.Fprintln(os.Stderr, "labnode:", err)
	return 1
}
