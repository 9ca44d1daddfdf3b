package exam

import (
	"bufio"
	"encoding/json"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"ckslab.invalid/labnode/internal/command"
)

// terminal answers one question with the given lines; it gives what it was sent.
func terminal(t *testing.T, lines ...string) (string, <-chan []string) {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "s")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	got := make(chan []string, 1)
	go func() {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		defer connection.Close()
		said := []string{}
		from := bufio.NewReader(connection)
		first, _ := from.ReadString('\n')
		said = append(said, strings.TrimSpace(first))
		for _, line := range lines {
			connection.Write([]byte(line + "\n"))
			if strings.Contains(line, `"ask"`) {
				next, _ := from.ReadString('\n')
				said = append(said, strings.TrimSpace(next))
			}
		}
		got <- said
	}()
	return socket, got
}

func exitOf(err error) int {
	var exit command.Exit
	if errors.As(err, &exit) {
		return exit.Code
	}
	return 0
}

func TestTheQuestionIsSentAndTheAnswerPrinted(t *testing.T) {
	socket, got := terminal(t, `{"out":"one\n"}`, `{"err":"two\n"}`, `{"out":"three\n"}`, `{"exit":7}`)
	var out, errs strings.Builder
	err := ask(socket, "task", []string{"3"}, strings.NewReader(""), &out, &errs)
	if exitOf(err) != 7 || err.Error() != "" || out.String() != "one\nthree\n" || errs.String() != "two\n" {
		t.Fatalf("%v %q %q", err, out.String(), errs.String())
	}
	var sent question
	if json.Unmarshal([]byte((<-got)[0]), &sent) != nil || sent.Program != "task" || sent.Arguments[0] != "3" || sent.Terminal {
		t.Fatalf("%+v", sent)
	}
}

func TestWhatIsTypedAnswersAQuestionAndItsEndIsNull(t *testing.T) {
	socket, got := terminal(t, `{"ask":"sure? "}`, `{"ask":"really? "}`, `{"exit":0}`)
	var out, errs strings.Builder
	if err := ask(socket, "submit", nil, strings.NewReader("yes\n"), &out, &errs); err != nil {
		t.Fatal(err)
	}
	said := <-got
	if said[1] != `{"answer":"yes\n"}` || said[2] != `{"answer":null}` || out.String() != "sure? really? " {
		t.Fatalf("%q %q", said, out.String())
	}
}

func TestATerminalThatIsNotThereOrGoesAwayIsSaid(t *testing.T) {
	var out, errs strings.Builder
	if err := ask(filepath.Join(t.TempDir(), "none"), "ssh", nil, strings.NewReader(""), &out, &errs); exitOf(err) != 255 {
		t.Fatal(err)
	}
	for _, lines := range [][]string{{`{"out":"half"}`}, {`nonsense`}} {
		socket, _ := terminal(t, lines...)
		err := ask(socket, "ssh", nil, strings.NewReader(""), &out, &errs)
		if exitOf(err) != 255 || !strings.HasPrefix(err.Error(), "ssh: ") {
			t.Fatal(err)
		}
	}
}
