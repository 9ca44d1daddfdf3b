// Package command is what all subcommands share: their flags, the errors that end them, what they print.
package command

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"
)

// Usage is a call that cannot be understood: exit 2.
type Usage string

func (e Usage) Error() string { return string(e) }

// Exit ends the process with its own code.
type Exit struct {
	Code int
	Text string
}

func (e Exit) Error() string { return e.Text }

// NewFlags makes a silent flag set: main prints the error, once.
func NewFlags(name string) *flag.FlagSet {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	return flags
}

// Parse reads flags that may stand before, between or after the positional arguments.
func Parse(flags *flag.FlagSet, args []string) ([]string, error) {
	var positional []string
	for {
		if err := flags.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, err
			}
			return nil, Usage(fmt.Sprintf("%s: %v", flags.Name(), err))
		}
		if flags.NArg() == 0 {
			return positional, nil
		}
		positional = append(positional, flags.Arg(0))
		args = flags.Args()[1:]
	}
}

// ParseOnly is Parse for a command that takes no positional argument.
func ParseOnly(flags *flag.FlagSet, args []string) error {
	positional, err := Parse(flags, args)
	if err == nil && len(positional) > 0 {
		return Usage(fmt.Sprintf("%s: unexpected argument %q", flags.Name(), positional[0]))
	}
	return err
}

// Logf writes a line with the time to standard error, which is a service's log.
func Logf(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%s labnode: %s\n", time.Now().UTC().Format(time.RFC3339), fmt.Sprintf(format, args...))
}

// PrintJSON writes one line to standard output, or nothing where the value cannot be written whole.
func PrintJSON(value any) error {
	var out bytes.Buffer
	if err := json.NewEncoder(&out).Encode(value); err != nil {
		return err
	}
	_, err := os.Stdout.Write(out.Bytes())
	return err
}
