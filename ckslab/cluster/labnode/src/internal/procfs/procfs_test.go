// What is read of processes that may end at any moment.

package procfs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestParseStat(t *testing.T) {
	line := "7 (a) b) S 1 7 7 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 4242 99 100\n"
	if state, start, err := parseStat([]byte(line)); state != 'S' || start != 4242 || err != nil {
		t.Error(state, start, err)
	}
	for _, bad := range []string{"", ")", "7 (a) S 1"} {
		if _, _, err := parseStat([]byte(bad)); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestPodContainer(t *testing.T) {
	etc := `1 0 254:0 /lab/etc/kubernetes/pki /etc/kubernetes/pki ro - ext4 /dev/sda rw
`
	kind := `2 1 254:0 /volumes/x/_data/lib/kubelet/pods/6009768bff33796bab6d58f801849fc6/etc-hosts /etc/hosts rw - ext4 /dev/sda rw
`
	local := `3 1 254:0 /a\040b/var/lib/kubelet/pods/0a-1b/containers/kube-apiserver/754b4ad6 /dev/termination-log rw - ext4 /dev/sda rw
`
	hosts := `4 1 254:0 /var/lib/kubelet/pods/0a-1b/etc-hosts /etc/hosts rw - ext4 /dev/sda rw
`
	other := `5 1 254:0 /var/lib/kubelet/pods/0c/containers/side/1 /logs rw - ext4 /dev/sda rw
`
	for text, want := range map[string][2]string{
		etc: {}, "short line\n": {}, "": {},
		etc + kind:            {"6009768bff33796bab6d58f801849fc6"},
		etc + local:           {"0a-1b", "kube-apiserver"},
		hosts + other + local: {"0a-1b", "kube-apiserver"},
	} {
		if uid, name := PodContainer(text); uid != want[0] || name != want[1] {
			t.Errorf("%q: %q %q", text, uid, name)
		}
	}
}

func TestFinderReportsAProcessOnce(t *testing.T) {
	comm, _ := os.ReadFile("/proc/self/comm")
	exe, _ := os.Executable()
	if !strings.HasPrefix(filepath.Base(exe), strings.TrimSpace(string(comm))) {
		t.Skip("the test runs under another name")
	}
	finder, err := NewFinder(filepath.Base(exe))
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for range 3 * youngScans {
		pids, err := finder.Scan()
		if err != nil {
			t.Fatal(err)
		}
		for _, pid := range pids {
			if pid == os.Getpid() {
				count++
			}
		}
	}
	if count != 1 {
		t.Errorf("reported %d times", count)
	}
}
