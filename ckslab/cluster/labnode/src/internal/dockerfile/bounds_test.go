// Odd bytes are read as BuildKit reads them, and nothing takes long.

package dockerfile

import (
	"encoding/json"
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf16"
)

func TestOddBytes(t *testing.T) {
	for _, text := range []string{
		"\ufeffFROM a:1\nUSER app\n",
		"FROM a:1\r\nUSER app\r\n",
		"FROM a:1\nUSER app",
		"FROM a:1\n\nUSER \\\n\n# c\n app\n",
		"# escape=`\nFROM a:1\nUSER `\n  app\n",
		"#  Syntax = docker/dockerfile:1\n#escape=\\\n\tfrom a:1\n\tuser app\n",
		"# no directive\n# escape=`\nFROM a:1\nUSER \\\napp\n",
		"FROM a:1\nLABEL x=\"\xff\xfe\"\nUSER app\n",
	} {
		found, err := read([]byte(text))
		if err != nil || found.Stages[0].Base.Text != "a:1" || found.Stages[0].User.Text != "app" {
			t.Errorf("%q: %+v %v", text, found, err)
		}
	}
	if found := document(t, "FROM a", "USER app\x00"); found.Stages[0].User.Text != "app\x00" {
		t.Errorf("%q", found.Stages[0].User.Text)
	}
	if found := document(t, "# syntax=docker/dockerfile:1.7-labs x", "FROM a"); found.Syntax != "docker/dockerfile:1.7-labs" || found.Escape != `\` {
		t.Errorf("%+v", found)
	}
	var wide []byte
	for _, unit := range utf16.Encode([]rune("\ufeffFROM a\nUSER app\n")) {
		wide = append(wide, byte(unit), byte(unit>>8))
	}
	for _, text := range [][]byte{wide, {}, []byte("\n"), []byte("# escape=x\nFROM a\n"), []byte("# escape=`\n# escape=`\nFROM a\n")} {
		if _, err := read(text); !errors.As(err, new(*Problem)) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestWhatIsLargeIsReadInTimeOrNotAtAll(t *testing.T) {
	const head = "FROM scratch\n"
	many := func(text string, times int) string { return strings.Repeat(text, times) }
	for name, one := range map[string]struct {
		text string
		read bool
	}{
		"comments":               {head + many("# x\n", 100_000), true},
		"empty lines":            {head + many("\n", 100_000), true},
		"continued lines":        {head + "RUN a \\\n" + many(" b \\\n", 100_000) + "c\n", true},
		"continued by comments":  {head + "RUN a \\\n" + many("# b\n", 100_000) + "c\n", true},
		"instructions":           {head + many("CMD a\n", 9_999), true},
		"too many instructions":  {head + many("CMD a\n", 100_000), false},
		"too many bytes":         {head + many("#", maxBytes), false},
		"too many stages":        {many(head, 2_000), false},
		"a chain of stages":      {"FROM a AS s\n" + many("FROM s AS s\nUSER $X\n", 999), true},
		"triggers in each stage": {"FROM a AS s\n" + many("ONBUILD RUN x\n", 5_000) + many("FROM s\n", 900), false},
		"a command inherited":    {"FROM a AS s\nCMD " + many("x", 60_000) + "\n" + many("FROM s\n", 900), false},
		"names inherited":        {"FROM a AS s\n" + many("ENV A=1\n", 9_000) + many("FROM s\n", 900), true},
		"a growing value":        {head + "ENV A=x\n" + many("ENV A=$A$A$A$A\n", 40), false},
		"a growing path":         {head + many("WORKDIR "+many("a", 90)+"\n", 9_999), false},
		"unknown values":         {"FROM a\nENV A=" + many("$B", 30_000) + "\n", true},
		"defaults of defaults":   {head + "USER " + many("${A:-", 10_000) + many("}", 10_000) + "\n", true},
		"many documents":         {head + "COPY " + many("<<E ", 2_000) + "/x\n" + many("E\n", 2_000), true},
		"bytes that grow":        {head + many("RUN "+many("\x01", 60_000)+"\n", 16), false},
	} {
		began := computed(t)
		answer, err := answerTo([]byte(one.text))
		if took := computed(t) - began; took > maxSeconds*time.Second {
			t.Errorf("%s: %s", name, took)
		}
		if one.read != (err == nil) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && errors.As(err, new(*Problem)) {
			t.Errorf("%s is no fault of the file: %v", name, err)
		}
		if err == nil && (len(answer) > maxAnswer || !json.Valid(answer)) {
			t.Errorf("%s: %d bytes", name, len(answer))
		}
	}
}

// computed is the time that this process has computed: another one may keep the machine busy.
func computed(t *testing.T) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func FuzzRead(f *testing.F) {
	for _, text := range []string{
		"ARG A=1\nFROM a:$A AS b\nONBUILD USER ${B:-x}\nFROM b\nCOPY --from=0 <<E /x\n$A\nE\n",
		"FROM scratch\nRUN --mount=type=$T,from=x,target=/y true\nHEALTHCHECK --retries=1 CMD x\nEXPOSE $P\n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		answer, err := answerTo([]byte(text))
		if err == nil && !json.Valid(answer) {
			t.Errorf("%q: %s", text, answer)
		}
	})
}
