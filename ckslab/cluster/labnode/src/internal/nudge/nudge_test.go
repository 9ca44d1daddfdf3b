// When the manifests folder is said to have changed.

package nudge

import (
	"testing"

	"ckslab.invalid/labnode/internal/nodetest"
)

func TestAFolderThatNobodyChangedIsAlwaysTheSame(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "other", "more"} {
		nodetest.Write(t, folder+"/"+name+".yaml", name)
	}
	for _, n := range []nudger{{manifests: folder}, {manifests: folder, edits: newEdits(folder)}} {
		before := n.print()
		for range 50 {
			if now := n.print(); now != before {
				t.Fatalf("a print of the same folder differs:\n%s\n%s", before, now)
			}
		}
		nodetest.Write(t, folder+"/other.yaml", "changed")
		if n.print() == before {
			t.Fatal("a change is not seen")
		}
	}
}
