// Package dockerfile is `labnode dockerfile`: what each stage of a Dockerfile ends up being, read by BuildKit's own parser.
//
// The parser, the typed instructions and the lexer of words are BuildKit's (frontend/dockerfile/{parser,instructions,shell}).
// What follows from them is in its converter to LLB, which cannot be had without the whole of BuildKit; it is followed
// here, function by function, and named where it is (convert.go and others of frontend/dockerfile/dockerfile2llb, v0.26.3).
// Not looked at: what the converter refuses of a single instruction while it carries it out (a port, a signal, a mode, a
// URL that COPY does not take), platforms, and what a build is given beside the file.
package dockerfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"ckslab.invalid/labnode/internal/command"
)

const (
	maxBytes        = 1 << 20
	maxInstructions = 10_000 // of the file, and of all stages with the triggers that run in them
	maxStages       = 1_000
	maxFuel         = 16 << 20
	maxAnswer       = 8 << 20
	maxSeconds      = 2 // of computing: BuildKit's parser takes minutes for an ONBUILD of ONBUILDs
	maxMemory       = 1 << 30
)

// Run is the subcommand. What BuildKit does not take is an answer; an error is what could not be found out.
func Run(args []string) error {
	if len(args) != 0 {
		return command.Usage("dockerfile: labnode dockerfile <Dockerfile >document.json")
	}
	if err := limit(); err != nil {
		return err
	}
	data, err := io.ReadAll(io.LimitReader(os.Stdin, maxBytes+1))
	if err != nil {
		return err
	}
	// BuildKit's lexer is a text/scanner, which complains of each odd byte there
	spoken := os.Stderr
	os.Stderr = nil
	answer, err := answerTo(data)
	os.Stderr = spoken
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(answer)
	return err
}

// limit lets the kernel end this process where it takes too much.
func limit() error {
	for resource, most := range map[int]uint64{syscall.RLIMIT_CPU: maxSeconds, syscall.RLIMIT_DATA: maxMemory} {
		if err := syscall.Setrlimit(resource, &syscall.Rlimit{Cur: most, Max: most}); err != nil {
			return err
		}
	}
	return nil
}

// answerTo is the document as one line of JSON.
func answerTo(data []byte) ([]byte, error) {
	if len(data) > maxBytes {
		return nil, fmt.Errorf("a Dockerfile of more than %d bytes is not read", maxBytes)
	}
	var answer any
	answer, err := read(data)
	if problem := (*Problem)(nil); errors.As(err, &problem) {
		answer = map[string]*Problem{"error": problem}
	} else if err != nil {
		return nil, fmt.Errorf("the Dockerfile is not read: %w", err)
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err = encoder.Encode(answer)
	if err == nil && out.Len() > maxAnswer {
		err = fmt.Errorf("the Dockerfile is not read: what it says would take more than %d bytes", maxAnswer)
	}
	return out.Bytes(), err
}

// problem is what BuildKit says, with the first line that it names, or else the one that the instruction stands in.
func problem(err error, line int) *Problem {
	var located *parser.LocationError
	if errors.As(err, &located) && len(located.Locations) > 0 && len(located.Locations[0]) > 0 {
		line = located.Locations[0][0].Start.Line
	}
	return &Problem{line, err.Error()}
}
