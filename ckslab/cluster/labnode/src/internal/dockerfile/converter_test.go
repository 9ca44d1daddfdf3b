// What a build of a file gives is what BuildKit's own converter made of it, as testdata/converter recorded.

package dockerfile

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

type verdict struct {
	Text       string
	Error      *Problem
	User       string
	Workdir    string
	Env        []string
	Cmd        []string
	Entrypoint []string
	Labels     map[string]string
	Shell      []string
	Health     *struct{ Test []string }
}

// elsewhere tells whether a value depends on what was another one in the recording: its bases have a PATH of their own.
func (v Value) elsewhere() bool { return slices.Contains(v.Unresolved, "PATH") }

var suggested = regexp.MustCompile(` \(did you mean .*?\)`) // of several that are as near, any

func TestTheConverterMadeTheSameOfIt(t *testing.T) {
	defer func(before string) { architecture = before }(architecture)
	architecture = "amd64"
	recorded, err := os.Open("testdata/converter.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer recorded.Close()
	compared := 0
	for rows := json.NewDecoder(recorded); rows.More(); {
		var said verdict
		if err := rows.Decode(&said); err != nil {
			t.Fatal(err)
		}
		found, err := read([]byte(said.Text))
		if said.Error != nil {
			comparedErrors(t, said, found, err)
			continue
		}
		if err != nil {
			t.Errorf("%s\n%v", said.Text, err)
			continue
		}
		compared++
		for _, wrong := range differences(found.Stages[len(found.Stages)-1], said) {
			t.Errorf("%s\n%s", said.Text, wrong)
		}
	}
	if compared < 100 {
		t.Errorf("%d", compared)
	}
}

func comparedErrors(t *testing.T, said verdict, found *Document, err error) {
	var problem *Problem
	if !errors.As(err, &problem) {
		if text, _ := json.Marshal(found); !strings.Contains(string(text), `"unresolved"`) {
			t.Errorf("%s\n%s", said.Text, said.Error.Message)
		}
		return
	}
	want := suggested.ReplaceAllString(said.Error.Message, "")
	triggered := strings.Contains(strings.ToUpper(said.Text), "ONBUILD") // the converter names FROM, we the trigger
	if suggested.ReplaceAllString(problem.Message, "") != want || said.Error.Line != 0 && problem.Line != said.Error.Line && !triggered {
		t.Errorf("%s\n%+v\n%+v", said.Text, problem, said.Error)
	}
}

func differences(found *Stage, said verdict) (wrong []string) {
	same := func(what string, value Value, want string) {
		if value.Text != want && strings.ReplaceAll(value.Text, defaultPath, "/p") != want && !value.elsewhere() {
			wrong = append(wrong, what+": "+value.Text+", not "+want)
		}
	}
	words := func(what string, value *Words, want []string) {
		if value == nil {
			value = &Words{}
		}
		args := value.Args
		if value.Form == "shell" { // the converter puts the shell before it
			args = append(want[:max(0, len(want)-1):max(0, len(want)-1)], strings.Join(args, " "))
		}
		if !slices.Equal(args, want) {
			wrong = append(wrong, what+": "+strings.Join(args, "|")+", not "+strings.Join(want, "|"))
		}
	}
	var user Value
	if found.User != nil {
		user = found.User.Value
	}
	same("user", user, said.User)
	if found.Workdir != nil {
		same("workdir", found.Workdir.Value, said.Workdir)
	}
	env := map[string]string{}
	for _, pair := range said.Env {
		name, value, _ := strings.Cut(pair, "=")
		env[name] = value
	}
	delete(env, "PATH")
	for what, pairs := range map[string][]Named{"env": found.Env, "label": found.Labels} {
		want := map[string]map[string]string{"env": env, "label": maps.Clone(said.Labels)}[what]
		for _, named := range pairs {
			same(what+" "+named.Name, named.Value, want[named.Name])
			delete(want, named.Name)
		}
		if len(want) > 0 && what == "env" {
			wrong = append(wrong, what+": missing "+strings.Join(slices.Collect(maps.Keys(want)), " "))
		}
	}
	words("cmd", found.Cmd, said.Cmd)
	words("entrypoint", found.Entrypoint, said.Entrypoint)
	words("shell", found.Shell, said.Shell)
	var test, health []string
	if found.Healthcheck != nil {
		test = found.Healthcheck.Test
	}
	if said.Health != nil {
		health = said.Health.Test
	}
	if !slices.Equal(test, health) {
		wrong = append(wrong, "healthcheck: "+strings.Join(test, "|"))
	}
	return wrong
}
