// When an edit of a manifest is said to wait for the kubelet, and when it is left to it.

package nudge

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ckslab.invalid/labnode/internal/nodetest"
	"ckslab.invalid/labnode/internal/procfs"
)

// bench is a node's folders, with `sleep` in the place of the API server.
type editBench struct {
	*edits
	t   *testing.T
	now time.Time
	old *exec.Cmd
}

func newEditBench(t *testing.T, runs bool) *editBench {
	node := t.TempDir()
	b := &editBench{t: t, now: time.Now()}
	b.edits = &edits{folder: node + "/manifests", podFolder: node + "/pods", log: node + "/kubelet.log"}
	b.running = func(string) []procfs.Process {
		if b.old == nil || b.old.ProcessState != nil {
			return nil
		}
		_, startTime, _ := procfs.State(b.old.Process.Pid)
		return []procfs.Process{{PID: b.old.Process.Pid, StartTime: startTime}}
	}
	nodetest.Write(t, b.log, "an earlier line: Could not process manifest file path=\"/x/kube-apiserver.yaml\"\n")
	nodetest.Write(t, b.podFolder+"/0123456789abcdef0123456789abcdef/volumes", "")
	b.save("old")
	if runs {
		b.old = exec.Command("sleep", "60")
		if err := b.old.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(b.endOld)
	}
	b.forget()
	return b
}

func (b *editBench) save(text string) { nodetest.Write(b.t, b.folder+"/kube-apiserver.yaml", text) }

func (b *editBench) endOld() {
	if b.old != nil && b.old.ProcessState == nil {
		b.old.Process.Kill()
		b.old.Wait()
	}
}

// after is what is said so much later.
func (b *editBench) after(passed time.Duration) bool {
	b.now = b.now.Add(passed)
	return b.waited(b.now, true)
}

func (b *editBench) expect(want bool, passed time.Duration, why string) {
	b.t.Helper()
	if got := b.after(passed); got != want {
		b.t.Errorf("%s: %v, want %v", why, got, want)
	}
}

func TestAnEditWaitsUntilTheOldProcessIsGone(t *testing.T) {
	b := newEditBench(t, true)
	b.expect(false, time.Second, "nothing was changed")
	b.save("new text")
	b.expect(false, 0, "just saved")
	b.expect(false, 3*time.Second, "the old process lives")
	b.endOld()
	b.expect(true, time.Second, "the old process is gone")
	b.expect(false, time.Second, "said once")
}

func TestAnEditDuringACrashLoopWaitsForTheEditorOnly(t *testing.T) {
	b := newEditBench(t, false)
	b.save("new text")
	b.expect(false, 0, "just saved")
	b.save("newer text")
	b.expect(false, 900*time.Millisecond, "saved again")
	b.expect(false, 900*time.Millisecond, "not a second later")
	b.expect(true, 200*time.Millisecond, "a second later")
}

func TestAManifestThatIsMovedAwayWaitsForNothing(t *testing.T) {
	b := newEditBench(t, true)
	aside := filepath.Join(t.TempDir(), "aside")
	if err := os.Rename(b.folder+"/kube-apiserver.yaml", aside); err != nil {
		t.Fatal(err)
	}
	b.expect(false, time.Second, "away")
	b.endOld()
	b.expect(false, 9*time.Second, "away and gone")
	if err := os.Rename(aside, b.folder+"/kube-apiserver.yaml"); err != nil {
		t.Fatal(err)
	}
	b.expect(false, 0, "just back")
	b.expect(true, 2*time.Second, "back")
}

func TestAPodThatTheKubeletBeginsByItselfIsLeftToIt(t *testing.T) {
	b := newEditBench(t, false)
	b.save("new text")
	b.expect(false, 0, "just saved")
	nodetest.Write(t, b.podFolder+"/5d41402a-bc4b-2a76-b971-9d911017c592/volumes", "") // a pod of the API server's
	nodetest.Write(t, b.podFolder+"/5d41402abc4b2a76b9719d911017c592/volumes", "")
	b.expect(false, 2*time.Second, "begun")
	b.expect(false, time.Minute, "and forgotten")
}

func TestAManifestThatTheKubeletRefusesIsLeftToIt(t *testing.T) {
	b := newEditBench(t, true)
	b.save("]")
	b.expect(false, 0, "just saved")
	line := `E1 file.go:187] "Could not process manifest file" err="x" path="` + b.folder + `/kube-apiserver.yaml"` + "\n"
	nodetest.Write(t, b.log, strings.Repeat("an earlier line\n", 100)+line)
	b.endOld()
	b.expect(false, 5*time.Second, "refused")
}

func TestAChangeThatConcernsNoProcessExpires(t *testing.T) {
	b := newEditBench(t, true)
	b.save("# a comment")
	b.expect(false, 0, "just saved")
	b.expect(false, editExpires+time.Second, "it lives on")
	b.endOld()
	b.expect(false, time.Second, "it ended much later")
}

func TestOtherFilesAreNoEdits(t *testing.T) {
	b := newEditBench(t, false)
	for _, name := range []string{"web.yaml", "kube-apiserver.yaml.bak", ".kube-apiserver.yaml.swp", "kube-apiserver.yml"} {
		nodetest.Write(t, filepath.Join(b.folder, name), "x")
	}
	b.expect(false, 0, "just saved")
	b.expect(false, 5*time.Second, "later")
}

func TestWhatAKubeletThatRemovesNoPodLeavesIsEnded(t *testing.T) {
	b := newEditBench(t, true)
	done := make(chan error, 1)
	go func() { done <- b.old.Wait() }()
	b.save("new text")
	b.waited(b.now, false)
	b.waited(b.now.Add(termAfter), false)
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		t.Fatal("the old process was not ended")
	}
	if !b.waited(b.now.Add(2*termAfter), false) {
		t.Error("it is gone, and the edit still waits")
	}
}
