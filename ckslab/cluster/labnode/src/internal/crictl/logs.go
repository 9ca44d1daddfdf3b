// The log of a container, without what the runtime writes before each line.

package crictl

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

const followPause = 250 * time.Millisecond

func printLogs(want asked, prefix string) error {
	found, err := byID(prefix, "container")
	if err != nil {
		return err
	}
	log, err := os.Open(found.log)
	if err != nil {
		return err
	}
	defer log.Close()
	reader := bufio.NewReader(log)
	var lines []string
	rest := ""
	for {
		line, err := reader.ReadString('\n')
		rest += line
		if err != nil {
			break
		}
		lines = append(lines, rest)
		rest = ""
	}
	if want.tail >= 0 {
		lines = lines[max(0, len(lines)-want.tail):]
	}
	for _, line := range lines {
		want.print(line)
	}
	for want.follow {
		line, err := reader.ReadString('\n')
		rest += line
		if err == nil {
			want.print(rest)
			rest = ""
		} else if err == io.EOF {
			time.Sleep(followPause)
		} else {
			return err
		}
	}
	return nil
}

// print takes "TIME stdout|stderr F|P TEXT" apart (KEP cri-logging); a part of a line has no end yet.
func (a asked) print(line string) {
	parts := strings.SplitN(strings.TrimSuffix(line, "\n"), " ", 4)
	if len(parts) < 4 {
		fmt.Print(line)
		return
	}
	to := os.Stdout
	if parts[1] == "stderr" {
		to = os.Stderr
	}
	if a.stamps {
		fmt.Fprint(to, parts[0], " ")
	}
	fmt.Fprint(to, parts[3])
	if parts[2] != "P" {
		fmt.Fprintln(to)
	}
}
