// Configurations that init refuses, and the environment that it gives.

package supervisor

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestInitConfigMistakes(t *testing.T) {
	for text, want := range map[string]string{
		`{"setup":[[]]}`: "setup[0] is empty",
		`{"services":[{"argv":["a"],"log":"/l"}]}`: "no name",
		`{"services":[{"name":"a","log":"/l"}]}`:   "no argv",
		`{"services":[{"name":"a","argv":["a"]}]}`: "no log",
		`{"service":[]}`: "unknown field",
		`{} {}`:          "more than one",
		`{"services":[{"name":"a","argv":["a"],"log":"/l"},{"name":"a","argv":["a"],"log":"/l"}]}`: "two services",
	} {
		path := filepath.Join(t.TempDir(), "init.json")
		os.WriteFile(path, []byte(text), 0o600)
		if _, err := readInitConfig(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestEnvironmentReplaces(t *testing.T) {
	t.Setenv("LABNODE_A", "old")
	env := serviceConfig{Env: map[string]string{"LABNODE_A": "new", "LABNODE_B": "b"}}.environment()
	joined := "\n" + strings.Join(env, "\n") + "\n"
	if strings.Contains(joined, "\nLABNODE_A=old\n") || !strings.Contains(joined, "\nLABNODE_A=new\nLABNODE_B=b\n") {
		t.Error(joined)
	}
}
