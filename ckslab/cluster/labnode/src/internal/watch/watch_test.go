// What the watch reads: mounts, and digests that never leave the container's root.

package watch

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"ckslab.invalid/labnode/internal/procfs"
)

func TestNodeMounts(t *testing.T) {
	text := `1 0 0:1 / / rw - overlay overlay rw
2 1 0:2 / /proc rw - proc proc rw
3 1 8:1 /lab/etc/pki /etc/kubernetes/pki ro - ext4 /dev/sda rw
4 1 8:1 /lab/hosts /etc/hosts rw - ext4 /dev/sda rw
5 1 8:1 /x /etc/with\040space rw - ext4 /dev/sda rw
6 1 8:1 /x /device rw - ext4 /dev/sda rw
7 1 8:1 /x /etc/ssl/certs ro - ext4 /dev/sda rw
8 1 0:9 / /run/secrets/kubernetes.io/serviceaccount ro - tmpfs tmpfs rw
short line
`
	want := []string{"/etc/kubernetes/pki", "/etc/with space", "/device"}
	if got := nodeMounts(procfs.MountPoints(text)); !reflect.DeepEqual(got, want) {
		t.Errorf("%q", got)
	}
}

func TestDigestsStayInside(t *testing.T) {
	outside, root := t.TempDir(), t.TempDir()
	write := func(path, text string) {
		os.MkdirAll(filepath.Dir(path), 0o755)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(outside+"/secret", "no")
	write(root+"/conf/a.yaml", "a")
	write(root+"/conf/big", strings.Repeat("x", maxDigestSize+1))
	write(root+"/conf/1/2/3/4/5/ok", "deep")
	write(root+"/conf/1/2/3/4/5/6/no", "too deep")
	write(root+"/single", "a")
	os.Symlink(outside+"/secret", root+"/conf/link")
	os.Symlink(outside, root+"/folder")
	syscall.Mkfifo(root+"/conf/pipe", 0o644)
	files, partial := digestMounts(root, []string{"/conf", "/single", "/conf/a.yaml"})
	a := "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
	deep := files["/conf/1/2/3/4/5/ok"]
	want := map[string]string{
		"/conf/a.yaml": a, "/single": a, "/conf/link": "-> " + outside + "/secret", "/conf/1/2/3/4/5/ok": deep,
	}
	if !reflect.DeepEqual(files, want) || len(deep) != 64 || partial {
		t.Errorf("%v %v", files, partial)
	}
	if files, partial := digestMounts(root, []string{"/folder/secret"}); len(files) != 0 || !partial {
		t.Errorf("followed a link out: %v", files)
	}
}
