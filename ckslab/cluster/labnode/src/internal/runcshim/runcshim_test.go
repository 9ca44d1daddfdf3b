// What the runc shim changes in a specification, and that it changes nothing else.

package runcshim

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

const testSpec = `{"ociVersion":"1.2.0","big":12345678901234567890,"html":"<&>","process":{"oomScoreAdj":-998,
"user":{"uid":65535,"gid":65535,"umask":18,"additionalGids":[65535]},"args":["/pause"]},
"mounts":[{"type":"devpts","options":["nosuid","gid=5"]},{"type":"tmpfs","options":["gid=5"]}],
"linux":{"cgroupsPath":"x","resources":{"devices":[]},"seccomp":{"defaultAction":"SCMP_ACT_ERRNO"},"maskedPaths":["/a"]}}`

func adapted(t *testing.T, seccomp, single bool) map[string]any {
	path := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(path, []byte(testSpec), 0o600); err != nil {
		t.Fatal(err)
	}
	err := rewriteJSON(path, func(spec map[string]any) { adaptSpec(spec, seccomp, single, 0) })
	if err != nil {
		t.Fatal(err)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	data, _ := os.ReadFile(path)
	return decoded(t, string(data))
}

func decoded(t *testing.T, text string) map[string]any {
	var document map[string]any
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&document); err != nil {
		t.Fatal(err)
	}
	return document
}

func TestManyIDs(t *testing.T) {
	want := decoded(t, testSpec)
	want["linux"] = map[string]any{"maskedPaths": []any{"/a"}}
	want["process"].(map[string]any)["oomScoreAdj"] = json.Number("0")
	if got := adapted(t, false, false); !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
	if got := adapted(t, true, false); got["linux"].(map[string]any)["seccomp"] == nil {
		t.Error("seccomp was dropped")
	}
}

func TestSingleID(t *testing.T) {
	got := adapted(t, false, true)
	user := map[string]any{"uid": json.Number("0"), "gid": json.Number("0"), "umask": json.Number("18")}
	if !reflect.DeepEqual(got["process"].(map[string]any)["user"], user) {
		t.Errorf("%v", got["process"])
	}
	mounts := got["mounts"].([]any)
	if !reflect.DeepEqual(mounts[0].(map[string]any)["options"], []any{"nosuid"}) ||
		!reflect.DeepEqual(mounts[1].(map[string]any)["options"], []any{"gid=5"}) {
		t.Errorf("%v", mounts)
	}
}

func TestOption(t *testing.T) {
	for _, args := range [][]string{{"create", "--bundle", "B", "id"}, {"create", "--bundle=B"}, {"create", "-b", "B"}} {
		if got := option(args, "--bundle", "-b"); got != "B" {
			t.Errorf("%v: %q", args, got)
		}
	}
	if got := option([]string{"create", "--bundle"}, "--bundle", "-b"); got != "" {
		t.Error(got)
	}
}
