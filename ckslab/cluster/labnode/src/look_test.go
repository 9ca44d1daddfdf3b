// What a look finds, and what of a damaged or hostile node it leaves out.
package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTheNewestLogIsOfTheNewestPod(t *testing.T) {
	logs := t.TempDir()
	if got := newestLog(logs, "kube-apiserver"); got != "" {
		t.Errorf("%q where there is none", got)
	}
	long := time.Now().Add(-time.Hour)
	older := filepath.Join(logs, "kube-system_kube-apiserver-controlplane_1")
	write(t, older+"/kube-apiserver/9.log", "")
	newer := filepath.Join(logs, "kube-system_kube-apiserver-controlplane_2")
	write(t, newer+"/kube-apiserver/0.log", "")
	want := write(t, newer+"/kube-apiserver/1.log", "")
	write(t, newer+"/kube-apiserver/1.log.20260101.gz", "")
	write(t, logs+"/kube-system_etcd-controlplane_3/etcd/0.log", "")
	for _, old := range []string{older, newer + "/kube-apiserver/0.log"} {
		if err := os.Chtimes(old, long, long); err != nil {
			t.Fatal(err)
		}
	}
	if got := newestLog(logs, "kube-apiserver"); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestLastLines(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "log"), "one\n\nthree\nnot ended")
	for count, want := range map[int][]string{0: {}, 2: {"three", "not ended"}, 9: {"one", "", "three", "not ended"}} {
		if got := lastLines(path, count); !slices.Equal(got, want) {
			t.Errorf("%d: %q", count, got)
		}
	}
	if got := lastLines("", 5); got == nil || len(got) != 0 {
		t.Errorf("no log: %q", got)
	}
	large := write(t, path, strings.Repeat(strings.Repeat("x", 1023)+"\n", 3*maxLogTail/1024)+"end\n")
	lines := lastLines(large, maxLogLines)
	if len(lines[0]) != 1023 || lines[len(lines)-1] != "end" || len(lines) > maxLogTail/1024+1 {
		t.Errorf("%d lines, the first of %d bytes", len(lines), len(lines[0]))
	}
	fifo := filepath.Join(t.TempDir(), "0.log")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := lastLines(fifo, 5); len(got) != 0 {
		t.Errorf("a pipe: %q", got)
	}
}

func TestADamagedRecordHoldsNoStarts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "starts.json")
	for _, text := range []string{"", "{", "[]", "5", "null", "{}", `{"starts":5}`, `{"starts":{}}`, `{"starts":null}`} {
		if got := recordedStarts(write(t, path, text)); got == nil || len(got) != 0 {
			t.Errorf("%q: %s", text, got)
		}
	}
	if got := recordedStarts(path + ".missing"); got == nil || len(got) != 0 {
		t.Errorf("missing: %s", got)
	}
	if got := recordedStarts(write(t, path, `{"starts":[{"pid":1},7]}`)); len(got) != 2 || string(got[0]) != `{"pid":1}` {
		t.Errorf("%s", got)
	}
}

func TestLastChangeFollowsLinks(t *testing.T) {
	folder, target := t.TempDir(), filepath.Join(t.TempDir(), "target")
	if got := lastChange(folder + "/missing"); got != 0 {
		t.Errorf("%f of a missing folder", got)
	}
	write(t, folder+"/a", "a")
	if err := os.Symlink(write(t, target, "b"), folder+"/b"); err != nil {
		t.Fatal(err)
	}
	before := lastChange(folder)
	time.Sleep(20 * time.Millisecond)
	write(t, target, "c")
	if after := lastChange(folder); after <= before || after > seconds(time.Now()) {
		t.Errorf("%f, then %f", before, after)
	}
}

func TestOneBudgetForAllFiles(t *testing.T) {
	folder := t.TempDir()
	text := strings.Repeat("x", 1<<20)
	first := write(t, folder+"/000", text)
	for number := 1; number < 70; number++ { // as links, which are quicker to make than files
		if err := os.Link(first, filepath.Join(folder, string(rune('0'+number/10))+string(rune('0'+number%10)))); err != nil {
			t.Fatal(err)
		}
	}
	facts := factsOf(filesRequest{Folders: []string{folder}})
	var read int
	kinds := map[string]int{}
	for _, fact := range facts {
		read += len(fact.Data)
		kinds[fact.Kind]++
		if fact.Kind == "unreadable" && fact.Reason != "the files asked for hold more than 64 MiB" {
			t.Error(fact.Reason)
		}
	}
	if read != maxContent || kinds["file"] != 64 || kinds["unreadable"] != 6 || kinds["folder"] != 1 {
		t.Errorf("%d bytes, %v", read, kinds)
	}
}
