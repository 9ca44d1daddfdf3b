package readyz

import (
	"os"
	"syscall"
	"time"

	"ckslab.invalid/labnode/internal/command"
	"ckslab.invalid/labnode/internal/programs"
)

// RunAfter is `labnode after`: it becomes the program once the API server is ready, or after the limit.
func RunAfter(args []string) error {
	flags := command.NewFlags("after")
	url := flags.String("readyz", Default, "what answers 200 when the API server is ready")
	limit := flags.Duration("limit", 5*time.Second, "how long to wait at most")
	if err := flags.Parse(args); err != nil {
		return command.Usage("after: " + err.Error())
	}
	if flags.NArg() == 0 {
		return command.Usage("after: labnode after [--readyz URL] [--limit 5s] -- ARGV...")
	}
	path, err := programs.Look(flags.Arg(0), os.Environ())
	if err != nil {
		return err
	}
	Await(*url, *limit)
	return syscall.Exec(path, flags.Args(), os.Environ())
}
