// One answer holds a bounded amount of content.

package files

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ckslab.invalid/labnode/internal/nodetest"
)

func TestOneBudgetForAllFiles(t *testing.T) {
	folder := t.TempDir()
	text := strings.Repeat("x", 1<<20)
	first := nodetest.Write(t, folder+"/000", text)
	for number := 1; number < 70; number++ { // as links, which are quicker to make than files
		if err := os.Link(first, filepath.Join(folder, string(rune('0'+number/10))+string(rune('0'+number%10)))); err != nil {
			t.Fatal(err)
		}
	}
	facts := Of(Request{Folders: []string{folder}})
	var read int
	kinds := map[string]int{}
	for _, fact := range facts {
		read += len(fact.Data)
		kinds[fact.Kind]++
		if fact.Kind == "unreadable" && fact.Reason != "the files asked for hold more than 64 MiB" {
			t.Error(fact.Reason)
		}
	}
	if read != MaxContent || kinds["file"] != 64 || kinds["unreadable"] != 6 || kinds["folder"] != 1 {
		t.Errorf("%d bytes, %v", read, kinds)
	}
}

func TestALinkTellsItsTargetWhateverIsBehindIt(t *testing.T) {
	folder := t.TempDir()
	nodetest.Write(t, folder+"/file", "x")
	links := map[string]string{"good": "file", "gone": "nowhere", "loop": "loop", "up": folder}
	for name, target := range links {
		if err := os.Symlink(target, filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	kinds := map[string]string{"good": "file", "gone": "absent", "loop": "loop", "up": "folder"}
	for name, fact := range Of(Request{Files: []string{folder + "/good", folder + "/gone", folder + "/loop", folder + "/up"}}) {
		base := filepath.Base(name)
		if fact.Target != links[base] || fact.Kind != kinds[base] {
			t.Errorf("%s: %q %q", base, fact.Target, fact.Kind)
		}
	}
	if fact := Of(Request{Files: []string{folder + "/file"}})[folder+"/file"]; fact.Target != "" {
		t.Error(fact.Target)
	}
}

func TestNamesThatAreNoTextStayApart(t *testing.T) {
	folder := t.TempDir()
	contents := map[string]string{"\xf0": "one", "\xf1": "two", "\xff": "three", "\uFFFD": "four", "\xfe/in": "five"}
	for name, content := range contents {
		nodetest.Write(t, folder+"/"+name, content)
	}
	facts := Of(Request{Folders: []string{folder, folder + "/\uFFFDfe"}})
	for text, content := range map[string]string{
		"\uFFFDf0": "one", "\uFFFDf1": "two", "\uFFFDff": "three", "\uFFFDef\uFFFDbf\uFFFDbd": "four", "\uFFFDfe/in": "five",
	} {
		if fact := facts[folder+"/"+text]; string(fact.Data) != content || fact.Real != folder+"/"+text {
			t.Errorf("%q: %q, really %q", text, fact.Data, fact.Real)
		}
	}
}
