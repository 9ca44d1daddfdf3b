// A content is found wherever it lies, and nothing on the way makes the search hang, leave the folder or take long.

package search

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"ckslab.invalid/labnode/internal/nodetest"
)

const evil = "evil, and of a size of its own"

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func searched(folder string) Answer {
	return Of(Request{folder, []Content{{int64(len(evil)), digest(evil)}, {5, digest("other")}}}, time.Minute)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestItIsFoundUnderEveryName(t *testing.T) {
	folder := t.TempDir()
	nodetest.Write(t, folder+"/\uFFFD/x", "harmless")
	for number := range 3000 {
		nodetest.Write(t, fmt.Sprintf("%s/many/%d", folder, number), "")
	}
	if answer := searched(folder); len(answer.Found) != 0 || answer.Unread != "" {
		t.Fatal(answer)
	}
	for _, name := range []string{"a", ".a", "a\nb", "\xf0", "\xff/x", "deep" + strings.Repeat("/d", 200), "many/4000"} {
		path := nodetest.Write(t, folder+"/"+name, evil)
		text := strings.NewReplacer("\xf0", "\uFFFDf0", "\xff", "\uFFFDff").Replace(path)
		if answer := searched(folder); answer.Found[digest(evil)] != text || len(answer.Found) != 1 {
			t.Errorf("%q: %v", name, answer)
		}
		must(t, os.Remove(path))
	}
}

func TestItIsFoundDeeperThanAPathIsLong(t *testing.T) {
	top := t.TempDir()
	back, err := os.Getwd()
	must(t, err)
	defer os.Chdir(back)
	must(t, os.Chdir(top))
	name := strings.Repeat("n", 250)
	for range 40 {
		must(t, os.Mkdir(name, 0o755))
		must(t, os.Chdir(name))
	}
	must(t, os.WriteFile("x", []byte(evil), 0o644))
	if answer := searched(top); answer.Found[digest(evil)] != top+strings.Repeat("/"+name, 40)+"/x" {
		t.Error(answer.Unread)
	}
}

func TestWhatLearnersMakeIsPassedBy(t *testing.T) {
	folder, elsewhere := t.TempDir(), t.TempDir()
	nodetest.Write(t, elsewhere+"/x", evil)
	must(t, os.Symlink(elsewhere, folder+"/out"))
	must(t, os.Symlink(elsewhere+"/x", folder+"/link"))
	must(t, os.Symlink("self", folder+"/self"))
	must(t, os.Symlink(".", folder+"/round"))
	must(t, syscall.Mkfifo(folder+"/pipe", 0o644))
	nodetest.Write(t, folder+"/close", evil[1:]+"!")
	must(t, os.Chmod(nodetest.Write(t, folder+"/shut/x", "y"), 0))
	huge := nodetest.Write(t, folder+"/huge", "")
	must(t, os.Truncate(huge, 1<<40))
	if answer := searched(folder); len(answer.Found) != 0 || answer.Unread != "" {
		t.Error(answer)
	}
}

func TestTheFolderItselfMayBeALinkOrMissing(t *testing.T) {
	folder := t.TempDir()
	nodetest.Write(t, folder+"/there/x", "other")
	must(t, os.Symlink("there", folder+"/link"))
	if answer := searched(folder + "/link"); answer.Found[digest("other")] != folder+"/link/x" {
		t.Error(answer)
	}
	if answer := searched(folder + "/missing"); len(answer.Found) != 0 || answer.Unread != "" {
		t.Error(answer)
	}
}

func TestTheFirstOfSeveralIsToldOfEach(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"b", "a", "c/a"} {
		nodetest.Write(t, folder+"/"+name, evil)
		nodetest.Write(t, folder+"/"+name+"x", "other")
	}
	answer := searched(folder)
	if answer.Found[digest(evil)] != folder+"/a" || answer.Found[digest("other")] != folder+"/ax" {
		t.Error(answer)
	}
}

func TestWhatWasNotSearchedIsSaid(t *testing.T) {
	folder := t.TempDir()
	nodetest.Write(t, folder+"/x", "y")
	if answer := Of(Request{folder, nil}, 0); answer.Unread != "there is more in "+folder+" than can be searched in 0s" {
		t.Error(answer)
	}
	back, err := os.Getwd()
	must(t, err)
	defer os.Chdir(back)
	must(t, os.Chdir(folder))
	for range maxDepth + 1 {
		must(t, os.Mkdir("d", 0o755))
		must(t, os.Chdir("d"))
	}
	if answer := searched(folder); !strings.HasSuffix(answer.Unread, "more than 2000 folders deep") {
		t.Error(answer.Unread)
	}
}

func TestTheKernelsOwnFilesAreNoFiles(t *testing.T) {
	begin := time.Now()
	if answer := searched("/proc"); len(answer.Found) != 0 || answer.Unread != "" || time.Since(begin) > time.Second {
		t.Error(answer, time.Since(begin))
	}
}
