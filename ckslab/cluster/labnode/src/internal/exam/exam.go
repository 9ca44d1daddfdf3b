// Package exam is what a learner types on the base of an exam: ssh, task, tasks, flag, time, submit.
//
// By each of these names labnode puts one question to the socket of the terminal that base belongs to, and prints
// what comes back. It knows nothing of an exam itself.
package exam

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"

	"ckslab.invalid/labnode/internal/command"
)

// Names are the programs of base.
var Names = []string{"ssh", "task", "tasks", "flag", "time", "submit", "kubectl"}

const (
	socketVariable = "CKSLAB_EXAM_SOCKET"
	maxLine        = 4 << 20
)

type question struct {
	Program   string   `json:"program"`
	Arguments []string `json:"arguments"`
	// Terminal says whether a person reads the answer.
	Terminal bool `json:"terminal"`
}

// answer is one line of what comes back: a text for either stream, a question to whoever sits there, or the end.
type answer struct {
	Out  string  `json:"out"`
	Err  string  `json:"err"`
	Ask  *string `json:"ask"`
	Exit *int    `json:"exit"`
}

// reply is what was typed; null where input has ended.
type reply struct {
	Answer *string `json:"answer"`
}

// Run puts the question of the program that it was called as.
func Run(args []string) error {
	return ask(os.Getenv(socketVariable), filepath.Base(os.Args[0]), args, os.Stdin, os.Stdout, os.Stderr)
}

func ask(socket, program string, args []string, in io.Reader, out, errs io.Writer) error {
	connection, err := net.Dial("unix", socket)
	if err != nil {
		return command.Exit{Code: 255, Text: program + ": the exam's terminal does not answer: " + err.Error()}
	}
	defer connection.Close()
	if args == nil {
		args = []string{}
	}
	to := json.NewEncoder(connection)
	if err := to.Encode(question{program, args, isTerminal(out)}); err != nil {
		return command.Exit{Code: 255, Text: program + ": " + err.Error()}
	}
	typed := bufio.NewReader(in)
	lines := bufio.NewScanner(connection)
	lines.Buffer(make([]byte, 4096), maxLine)
	for lines.Scan() {
		var got answer
		if err := json.Unmarshal(lines.Bytes(), &got); err != nil {
			return command.Exit{Code: 255, Text: program + ": the exam's terminal answers nonsense"}
		}
		fmt.Fprint(out, got.Out)
		fmt.Fprint(errs, got.Err)
		if got.Ask != nil {
			fmt.Fprint(out, *got.Ask)
			if err := to.Encode(reply{readLine(typed)}); err != nil {
				break
			}
		}
		if got.Exit != nil {
			if *got.Exit == 0 {
				return nil
			}
			return command.Exit{Code: *got.Exit}
		}
	}
	return command.Exit{Code: 255, Text: program + ": the exam's terminal went away"}
}

func readLine(typed *bufio.Reader) *string {
	line, err := typed.ReadString('\n')
	if err != nil && (!errors.Is(err, io.EOF) || line == "") {
		return nil
	}
	return &line
}

func isTerminal(out io.Writer) bool {
	file, ok := out.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
