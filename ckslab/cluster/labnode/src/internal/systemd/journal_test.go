// Lines get the time that they tell, flags are read as journalctl reads them, and times as systemd writes them.

package systemd

import (
	"strings"
	"testing"
	"time"
)

var now = time.Date(2026, 11, 26, 22, 30, 0, 0, time.Local)

func TestALineHasItsTimeOrThatOfTheLineBefore(t *testing.T) {
	file := journalFile{unit: units[0]}
	head := file.parse(`E1126 22:12:07.123456    4321 run.go:72] "command failed" err=<`, now)
	if head.pid != "4321" || head.priority != 3 || !head.at.Equal(time.Date(2026, 11, 26, 22, 12, 7, 123456000, time.Local)) {
		t.Errorf("%+v", head)
	}
	if more := file.parse("\tthe reason", now); !more.at.Equal(head.at) || more.pid != "4321" {
		t.Errorf("%+v", more)
	}
	if old := file.parse("I1231 23:59:59.000000       1 a.go:1] x", now); old.at.Year() != 2025 {
		t.Errorf("a line of the year before: %v", old.at)
	}
	runtime := file.parse(`time="2026-11-26T22:12:08.5Z" level=warning msg="x"`, now)
	if runtime.priority != 4 || !runtime.at.Equal(time.Date(2026, 11, 26, 22, 12, 8, 5e8, time.UTC)) {
		t.Errorf("%+v", runtime)
	}
	if !strings.Contains(head.short(), " kubelet[4321]: E1126") || !strings.HasPrefix(head.short(), "Nov 26 22:12:07 ") {
		t.Error(head.short())
	}
}

func TestFlagsInEveryForm(t *testing.T) {
	for line, want := range map[string]asked{
		"-u kubelet":                           {lines: -1},
		"-xeu kubelet":                         {lines: 1000, toEnd: true},
		"-fu kubelet":                          {lines: 10, follow: true},
		"--unit=kubelet.service -n 5":          {lines: 5},
		"-n5 -ukubelet --no-pager":             {lines: 5, plain: true},
		"-u kubelet --lines=all -f":            {lines: 10, follow: true},
		"-u kubelet -n":                        {lines: 10},
		"-b -u kubelet --no-hostname -r":       {lines: -1, reverse: true},
		"--unit kubelet -o cat -p err":         {lines: -1, output: "cat", priority: 3},
		"-u kubelet --since 22:00 --until now": {lines: -1, since: now.Add(-30 * time.Minute), until: now},
	} {
		got, err := parseJournal(strings.Fields(line), now)
		if err != nil || len(got.units) != 1 || got.units[0].name != "kubelet" {
			t.Errorf("%s: %v %v", line, got.units, err)
		}
		if want.priority == 0 {
			want.priority = 7
		}
		got.units = nil
		if got.lines != want.lines || got.toEnd != want.toEnd || got.follow != want.follow || got.plain != want.plain ||
			got.reverse != want.reverse || got.output != want.output || got.priority != want.priority ||
			!got.since.Equal(want.since) || !got.until.Equal(want.until) {
			t.Errorf("%s: %+v", line, got)
		}
	}
	if got, err := parseJournal(nil, now); err != nil || len(got.units) != len(units) {
		t.Errorf("without a unit: %v %v", got.units, err)
	}
	for _, line := range []string{"-u sshd", "-u", "-n x -u kubelet --lines=x", "--since=soon", "-p loud", "words"} {
		if _, err := parseJournal(strings.Fields(line), now); err == nil {
			t.Errorf("%s is taken", line)
		}
	}
}

func TestTimes(t *testing.T) {
	for text, want := range map[string]time.Time{
		"2026-11-26 22:00:01": now.Add(-29*time.Minute - 59*time.Second), "2026-11-26": now.Add(-22*time.Hour - 30*time.Minute),
		"today": now.Add(-22*time.Hour - 30*time.Minute), "21:30": now.Add(-time.Hour), "5 min ago": now.Add(-5 * time.Minute),
		"1h30min ago": now.Add(-90 * time.Minute), "-2 hours": now.Add(-2 * time.Hour), "10 minutes ago": now.Add(-10 * time.Minute),
		"-90": now.Add(-90 * time.Second), "@0": time.Unix(0, 0), "now": now,
	} {
		if got, err := instant(text, now); err != nil || !got.Equal(want) {
			t.Errorf("%s: %v %v", text, got, err)
		}
	}
	for _, text := range []string{"", "soon", "5 parsecs ago", "ago", "-", "25:00"} {
		if got, err := instant(text, now); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}

func TestAnUnknownUnitIsSaidAsSystemctlSaysIt(t *testing.T) {
	for verb, want := range map[string]string{
		"restart": "Failed to restart sshd.service: Unit sshd.service not found.",
		"status":  "Unit sshd.service could not be found.",
	} {
		if err := systemctl(verb, []string{"sshd"}, false, false); err == nil || err.Error() != want {
			t.Errorf("%s: %v", verb, err)
		}
	}
	if err := systemctl("daemon-reload", nil, false, false); err != nil {
		t.Error(err)
	}
	if err := systemctl("isolate", []string{"kubelet"}, false, false); err == nil || !strings.Contains(err.Error(), "restart") {
		t.Error(err)
	}
}
