// What a look finds, and what of a damaged or hostile node it leaves out.

package look

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"ckslab.invalid/labnode/internal/nodetest"
)

func TestTheNewestLogIsOfTheNewestPod(t *testing.T) {
	logs := t.TempDir()
	if got := newestLog(logs, "kube-apiserver", ""); got != "" {
		t.Errorf("%q where there is none", got)
	}
	long := time.Now().Add(-time.Hour)
	older := filepath.Join(logs, "kube-system_kube-apiserver-controlplane_1")
	nodetest.Write(t, older+"/kube-apiserver/9.log", "")
	newer := filepath.Join(logs, "kube-system_kube-apiserver-controlplane_2")
	nodetest.Write(t, newer+"/kube-apiserver/0.log", "")
	want := nodetest.Write(t, newer+"/kube-apiserver/1.log", "")
	nodetest.Write(t, newer+"/kube-apiserver/1.log.20260101.gz", "")
	nodetest.Write(t, logs+"/kube-system_etcd-controlplane_3/etcd/0.log", "")
	for _, old := range []string{older, newer + "/kube-apiserver/0.log"} {
		if err := os.Chtimes(old, long, long); err != nil {
			t.Fatal(err)
		}
	}
	if got := newestLog(logs, "kube-apiserver", ""); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	renamed := nodetest.Write(t, newer+"/server/0.log", "")
	starts := []json.RawMessage{[]byte(`{"container":"other"}`), []byte(`{"container":"server"}`)}
	for container, want := range map[string]string{lastContainer(starts): renamed, lastContainer(starts[:1]): want} {
		if got := newestLog(logs, "kube-apiserver", container); got != want {
			t.Errorf("%s: %q, want %q", container, got, want)
		}
	}
}

func TestLastLines(t *testing.T) {
	path := nodetest.Write(t, filepath.Join(t.TempDir(), "log"), "one\n\nthree\nnot ended")
	for count, want := range map[int][]string{0: {}, 2: {"three", "not ended"}, 9: {"one", "", "three", "not ended"}} {
		if got := lastLines(path, count); !slices.Equal(got, want) {
			t.Errorf("%d: %q", count, got)
		}
	}
	if got := lastLines("", 5); got == nil || len(got) != 0 {
		t.Errorf("no log: %q", got)
	}
	large := nodetest.Write(t, path, strings.Repeat(strings.Repeat("x", 1023)+"\n", 3*maxTail/1024)+"end\n")
	lines := lastLines(large, maxLogLines)
	if len(lines[0]) != 1023 || lines[len(lines)-1] != "end" || len(lines) > maxTail/1024+1 {
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
		if got := recordedStarts(nodetest.Write(t, path, text)); got == nil || len(got) != 0 {
			t.Errorf("%q: %s", text, got)
		}
	}
	if got := recordedStarts(path + ".missing"); got == nil || len(got) != 0 {
		t.Errorf("missing: %s", got)
	}
	if got := recordedStarts(nodetest.Write(t, path, `{"starts":[{"pid":1},7]}`)); len(got) != 2 || string(got[0]) != `{"pid":1}` {
		t.Errorf("%s", got)
	}
}

func TestLastChangeFollowsLinks(t *testing.T) {
	folder, target := t.TempDir(), filepath.Join(t.TempDir(), "target")
	if got := lastChange(folder + "/missing"); got != 0 {
		t.Errorf("%f of a missing folder", got)
	}
	nodetest.Write(t, folder+"/a", "a")
	if err := os.Symlink(nodetest.Write(t, target, "b"), folder+"/b"); err != nil {
		t.Fatal(err)
	}
	before := lastChange(folder)
	time.Sleep(20 * time.Millisecond)
	nodetest.Write(t, target, "c")
	if after := lastChange(folder); after <= before || after > seconds(time.Now()) {
		t.Errorf("%f, then %f", before, after)
	}
}
