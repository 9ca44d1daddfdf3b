// What each stage of a Dockerfile ends up being.

package dockerfile

import (
	"errors"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// document reads lines that BuildKit takes.
func document(t *testing.T, lines ...string) *Document {
	t.Helper()
	found, err := read([]byte(strings.Join(lines, "\n") + "\n"))
	if err != nil {
		t.Fatalf("%q: %v", lines, err)
	}
	return found
}

// last is the stage that a build of the lines gives.
func last(t *testing.T, lines ...string) *Stage {
	t.Helper()
	stages := document(t, lines...).Stages
	return stages[len(stages)-1]
}

func refused(t *testing.T, lines ...string) *Problem {
	t.Helper()
	found, err := read([]byte(strings.Join(lines, "\n") + "\n"))
	var problem *Problem
	if !errors.As(err, &problem) {
		t.Fatalf("%q: %v, %+v", lines, err, found)
	}
	return problem
}

func TestABaseIsWhatItsArgumentsMakeOfIt(t *testing.T) {
	architecture = "arm64"
	defer func() { architecture = runtime.GOARCH }()
	for written, want := range map[string]struct{ head, text, kind string }{
		"ubuntu":                        {text: "ubuntu", kind: image},
		"ubuntu:${TAG}":                 {"ARG TAG=24.04", "ubuntu:24.04", image},
		"ubuntu:$TAG":                   {"ARG TAG=latest", "ubuntu:latest", image},
		"${BASE}":                       {"ARG NAME=ubuntu BASE=$NAME:24.04", "ubuntu:24.04", image},
		"ubuntu:${TAG:-24.04}":          {"ARG OTHER=1", "ubuntu:24.04", image},
		"ubuntu:${TAG-24.04}":           {"ARG TAG=", "ubuntu:", "refused"},
		"ubuntu:${TAG:+24.04}":          {"ARG TAG=x", "ubuntu:24.04", image},
		"ubuntu:${TAG%.*}":              {"ARG TAG=24.04.1", "ubuntu:24.04", image},
		"ubuntu:${TAG#v}":               {"ARG TAG=v24.04", "ubuntu:24.04", image},
		"ubuntu:${TAG/_/.}":             {"ARG TAG=24_04", "ubuntu:24.04", image},
		`"ubuntu":'24.04'`:              {text: "ubuntu:24.04", kind: image},
		"ubuntu:${ TAG}":                {kind: "refused"},
		"ubuntu:$A":                     {"ARG A", "ubuntu:", "refused"}, // a build is given no arguments
		"ubuntu:${A:-24.04}":            {"ARG A", "ubuntu:24.04", image},
		"ubuntu:${A:-$B}":               {"ARG A B", "ubuntu:", "refused"},
		"ubuntu:${A:-${B:-24.04}}":      {"ARG A B", "ubuntu:24.04", image},
		"ubuntu:$A${A:-24.04}":          {"ARG A", "ubuntu:24.04", image},
		"ubuntu:latest$A":               {"ARG A", "ubuntu:latest", image},
		"ubuntu:${A:?give-one}":         {"ARG A", "", "refused"},
		"ubuntu:${V#$A}":                {"ARG A V=24.04", "ubuntu:24.04", image},
		"ubuntu:${B:-24.04}":            {"ARG A B=$A", "ubuntu:24.04", image},
		"app-$TARGETARCH":               {"ARG X", "app-arm64", image},
		"app:$TARGETOS$BUILDARCH":       {"ARG X", "app:linuxarm64", image},
		"app:${TARGETVARIANT:-latest}":  {"ARG X", "app:latest", image},
		"app:1${TARGETOSVERSION}":       {"ARG X", "app:1", image},
		"${TARGETPLATFORM}/app":         {"ARG X", "linux/arm64/app", image},
		"app-$TARGETARCH-":              {"ARG TARGETARCH=arm64", "app-arm64-", "refused"},
		"app:$TARGETSTAGE":              {"ARG X", "app:default", image},
		"app:${A}${TARGETARCH}${V:-1}b": {"ARG A", "app:arm641b", image},
		"scratch":                       {text: "scratch", kind: scratch},
		"$S":                            {"ARG S=scratch", "scratch", scratch},
	} {
		if want.kind == "refused" {
			refused(t, want.head, "FROM "+written)
			continue
		}
		base := last(t, want.head, "FROM "+written).Base
		if base.Written != written || base.Text != want.text || base.Kind != want.kind || base.Unresolved != nil {
			t.Errorf("%s\nFROM %s: %+v", want.head, written, base)
		}
	}
}

func TestAnEarlierStageIsFoundByItsNameInSmallLetters(t *testing.T) {
	if found := last(t, "FROM a AS Build", "FROM build"); found.Base.Kind != stage || *found.BaseStage != 0 {
		t.Errorf("%+v", found)
	}
	if found := last(t, "FROM a AS a", "FROM a"); *found.BaseStage != 0 {
		t.Errorf("%+v", found)
	}
	if found := last(t, "FROM a AS x", "FROM b AS x", "FROM x"); *found.BaseStage != 1 {
		t.Errorf("%+v", found)
	}
	if found := document(t, "FROM a AS a", "FROM b").Stages[0]; found.Base.Kind != image {
		t.Errorf("%+v", found) // itself is no base
	}
	// convert.go, addState: the name in FROM is looked up as it is written
	want := `failed to parse stage name "Build": invalid reference format: repository name (library/Build) must be lowercase`
	if found := refused(t, "FROM a AS Build", "FROM Build"); found.Message != want || found.Line != 2 {
		t.Errorf("%+v", found)
	}
}

func TestTheLastUserCountsWhereverItIsSet(t *testing.T) {
	for _, one := range []struct {
		text  string
		line  int
		stage int
		lines []string
	}{
		{"65535", 2, 0, []string{"FROM a", "USER 65535"}},
		{"root", 3, 0, []string{"FROM a", "USER app", "USER root"}},
		{"app", 2, 0, []string{"FROM a AS b", "USER app", "FROM b"}},
		{"0", 4, 1, []string{"FROM a AS b", "USER app", "FROM b", "user 0"}},
		{"app", 5, 1, []string{"FROM a", "USER root", "FROM c", "", "USER app"}},
		{"65535:65535", 3, 0, []string{"FROM a", "ENV U=65535", "USER ${U}:$U"}},
		{"7", 3, 0, []string{"FROM a", "ARG U=7", "USER $U"}},
		{"8", 4, 0, []string{"FROM a", "ARG U=7", "ENV U=8", "USER $U"}},
		{"7", 4, 0, []string{"FROM a", "ENV U=8", "ARG U=7", "USER $U"}},
		{"9", 4, 0, []string{"ARG U=9", "FROM a", "ARG U", "USER $U"}},
		{"app", 3, 1, []string{"FROM a AS b", "ENV U=app", "ONBUILD USER $U", "FROM b"}},
		{"root", 5, 1, []string{"FROM a AS b", "ENV U=app", "ONBUILD USER $U", "FROM b", "USER root"}},
		{"app", 2, 0, []string{"FROM a", "USER app", "#USER root", "COPY <<EOF /x", "USER root", "EOF", `RUN a \`, "  # c", "  USER root"}},
		{"1 2", 2, 0, []string{"FROM a", "USER 1 2"}},
		{"app", 2, 0, []string{"FROM a", `USER "app"`}},
		{"", 2, 0, []string{"FROM a", `USER ""`}},
		{"", 2, 0, []string{"FROM scratch", "USER $U"}}, // nobody sets it
	} {
		user := last(t, one.lines...).User
		if user == nil || user.Text != one.text || user.Line != one.line || user.Stage != one.stage || user.Unresolved != nil {
			t.Errorf("%q: %+v", one.lines, user)
		}
	}
	if user := last(t, "FROM a", "FROM b AS c", "FROM c").User; user != nil {
		t.Errorf("%+v", user)
	}
}

func TestAUserWhomOnlyTheBaseImageTellsIsUnresolved(t *testing.T) {
	for _, one := range []struct {
		text  string
		open  []string
		lines []string
	}{
		{"", []string{"U"}, []string{"FROM a", "USER $U"}},
		{"", []string{"U"}, []string{"FROM a", "ARG U", "USER $U"}},
		{"", []string{"U"}, []string{"FROM a AS b", "FROM b", "USER ${U:+root}"}},
		{"u", []string{"TARGETARCH"}, []string{"FROM a", "USER u$TARGETARCH"}},   // without ARG it is no platform's
		{"app", []string{"U"}, []string{"FROM a", "ENV V=$U", "USER ${V:-app}"}}, // V is set, whatever U is
	} {
		user := last(t, one.lines...).User
		if user.Text != one.text || !reflect.DeepEqual(user.Unresolved, one.open) {
			t.Errorf("%q: %+v", one.lines, user)
		}
	}
	if user := last(t, "FROM a", "USER ${PATH:-app}").User; !reflect.DeepEqual(user.Unresolved, []string{"PATH"}) {
		t.Errorf("%+v", user) // it is always set
	}
}

func TestAUserWhoHasADefaultIsTold(t *testing.T) {
	for want, lines := range map[string][]string{
		"1":     {"FROM a", "USER ${U:-1}"},
		"2":     {"FROM a AS b", "FROM b", "ARG U", "USER ${U:-2}"},
		"root":  {"FROM a", "USER ${U-root}"},
		"":      {"FROM scratch", "ARG U", "USER $U"},
		"app":   {"FROM scratch AS b", "ARG U", "FROM b", "ENV V=$U", "USER app$V"},
		"u":     {"ARG X", "ARG Y=u$X", "FROM a", "ARG Y", "USER $Y"},
		"linux": {"FROM a", "ARG TARGETOS", "USER $TARGETOS"},
	} {
		if user := last(t, lines...).User; user.Text != want || user.Unresolved != nil {
			t.Errorf("%q: %+v", lines, user)
		}
	}
}

func TestSomeImagesAreKnownToSetNothing(t *testing.T) {
	for _, name := range []string{
		"ubuntu", "ubuntu:24.04", "docker.io/library/alpine@sha256:" + strings.Repeat("1a", 32), "library/debian:12",
		"index.docker.io/library/busybox", "public.ecr.aws/ubuntu/ubuntu:24.04", "public.ecr.aws/docker/library/ubuntu", "mirror.gcr.io/library/alpine",
	} {
		for want, word := range map[string]string{"": "$U", "root": "${PATH:+root}", "app": "app${U:+$U}"} {
			if user := last(t, "FROM "+name, "USER "+word).User; user.Text != want || user.Unresolved != nil {
				t.Errorf("%s: %s: %+v", name, word, user)
			}
		}
	}
	for _, name := range []string{"me/ubuntu", "registry.lab/library/ubuntu", "mcr.microsoft.com/dotnet/aspnet:8.0", "ubuntu2", "docker.io/ubuntu/alpine"} {
		if user := last(t, "FROM "+name, "USER $U").User; user.Unresolved == nil {
			t.Errorf("%s: %+v", name, user)
		}
	}
}

func TestWorkdirsAreJoined(t *testing.T) {
	for _, one := range []struct {
		text  string
		why   []string
		lines []string
	}{
		{"/app", nil, []string{"FROM a", "WORKDIR /app"}},
		{"/app/x", nil, []string{"FROM a", "WORKDIR /app", "WORKDIR x"}},
		{"/x", nil, []string{"FROM scratch", "WORKDIR x"}},
		{"/x/y", nil, []string{"FROM scratch AS b", "WORKDIR x", "FROM b", "WORKDIR y"}},
		{"/a/../b", nil, []string{"FROM a", "WORKDIR /a/../b"}},
		{"/x", []string{"WORKDIR"}, []string{"FROM a AS b", "FROM b", "WORKDIR x"}},
		{"/y", nil, []string{"FROM scratch AS b", "FROM b", "ENV D=y", "WORKDIR $D"}},
	} {
		workdir := last(t, one.lines...).Workdir
		if workdir.Text != one.text || !reflect.DeepEqual(workdir.Unresolved, one.why) {
			t.Errorf("%q: %+v", one.lines, workdir)
		}
	}
}

func TestAnEntrypointTakesAwayACommandOfBefore(t *testing.T) {
	for _, one := range []struct {
		form  string
		args  []string
		line  int
		lines []string
	}{
		{"exec", []string{"a"}, 2, []string{"FROM a", `CMD ["a"]`}},
		{"shell", []string{"a  $B"}, 2, []string{"FROM a", "CMD a  $B"}},
		{"shell", []string{"['a']"}, 2, []string{"FROM a", "CMD ['a']"}}, // no JSON
		{"exec", []string{}, 2, []string{"FROM a", "CMD []"}},
		{"shell", []string{"a"}, 2, []string{"FROM a", "CMD a", `ENTRYPOINT ["b"]`}},
		{"reset", []string{}, 2, []string{"FROM a", `ENTRYPOINT ["b"]`}},
		{"reset", []string{}, 4, []string{"FROM a AS b", "CMD a", "FROM b", `ENTRYPOINT ["b"]`}},
	} {
		cmd := last(t, one.lines...).Cmd
		if cmd == nil || cmd.Form != one.form || !reflect.DeepEqual(cmd.Args, one.args) || cmd.Line != one.line {
			t.Errorf("%q: %+v", one.lines, cmd)
		}
	}
}

func TestSettingsAreInherited(t *testing.T) {
	found := last(t, "FROM a AS b", `SHELL ["/bin/bash", "-c"]`, "ENV A=1 B=2", `LABEL "x y"=$A z=1`,
		"HEALTHCHECK --interval=5s --retries=3 CMD curl localhost", "FROM b", "ENV B=3 C=$B", "LABEL z=2")
	if !reflect.DeepEqual(found.Shell.Args, []string{"/bin/bash", "-c"}) || found.Shell.Stage != 0 {
		t.Errorf("%+v", found.Shell)
	}
	health := found.Healthcheck
	if !reflect.DeepEqual(health.Test, []string{"CMD-SHELL", "curl localhost"}) || health.Interval != 5e9 || health.Retries != 3 {
		t.Errorf("%+v", health)
	}
	pairs := map[string]string{}
	for _, named := range append(found.Env, found.Labels...) {
		pairs[named.Name] = named.Text
	}
	if want := map[string]string{"A": "1", "B": "3", "C": "2", "x y": "1", "z": "2"}; !reflect.DeepEqual(pairs, want) {
		t.Errorf("%v", pairs) // C is the B of before its line
	}
	if found := last(t, "FROM a", "HEALTHCHECK CMD x", "HEALTHCHECK NONE").Healthcheck; !reflect.DeepEqual(found.Test, []string{"NONE"}) {
		t.Errorf("%+v", found)
	}
}

func TestFilesAreTakenFromStagesOrImages(t *testing.T) {
	found := last(t, "FROM a AS Build", "FROM b",
		"COPY --from=BUILD /x /y", "COPY --from=0 /x /y", "COPY --from=nginx:1 /x /y", "COPY /x /y",
		"RUN --mount=from=build,target=/m --mount=type=cache,target=/c --mount=type=bind,from=redis,target=/r true")
	zero := 0
	want := [][]Source{{{Stage: &zero}}, {{Stage: &zero}}, {{Image: "nginx:1"}}, nil, {{Stage: &zero}, {Image: "redis"}}}
	for number, one := range found.Instructions {
		if !reflect.DeepEqual(one.Sources, want[number]) {
			t.Errorf("%s: %+v", one.Original, one.Sources)
		}
	}
}

func TestATriggerMayTakeFilesFromItsOwnStage(t *testing.T) {
	found := last(t, "FROM a AS x", "ONBUILD COPY --from=y /a /b", "FROM x AS y")
	if source := found.Instructions[0].Sources[0]; *source.Stage != 1 {
		t.Errorf("%+v", source)
	}
}

func TestWhatIsBuilt(t *testing.T) {
	for want, lines := range map[string][]string{
		"true true":       {"FROM a AS x", "FROM x"},
		"false true":      {"FROM a AS x", "FROM b"},
		"true false true": {"FROM a AS x", "FROM c", "FROM b", "COPY --from=x / /"},
		"true true true":  {"FROM a AS x", "FROM c AS y", "ONBUILD COPY --from=x / /", "FROM y"},
		"true  true":      {"ARG X=x", "FROM a AS x", "FROM $X"},
	} {
		var words []string
		for _, one := range document(t, lines...).Stages {
			words = append(words, strconv.FormatBool(one.Built))
		}
		if !slices.Equal(words, strings.Fields(want)) {
			t.Errorf("%q: %v", lines, words)
		}
	}
}

func TestAStageThatNobodyBuildsStopsNoBuild(t *testing.T) {
	stages := document(t, "FROM a AS x", "USER ${U:?no user}", "FROM x AS y", "FROM scratch AS z", "USER ${U:?no user}", "FROM b").Stages
	if stages[0].Error != nil || stages[0].User.Unresolved == nil { // its base may set it
		t.Errorf("%+v", stages[0])
	}
	if stages[2].Error == nil || stages[2].Error.Line != 5 || !strings.Contains(stages[2].Error.Message, "U: no user") {
		t.Errorf("%+v", stages[2].Error)
	}
}

func TestWhatBuildKitRefusesIsToldInItsWords(t *testing.T) {
	for _, one := range []struct {
		message string
		line    int
		lines   []string
	}{
		{"file with no instructions", 2, []string{"# nothing", ""}},
		{"dockerfile contains no stages to build", 0, []string{"ARG A=1"}},
		{"dockerfile parse error on line 2: unknown instruction: USR (did you mean USER?)", 2, []string{"FROM a", "USR app"}},
		{"no build stage in current context", 1, []string{"USER app", "FROM a"}},
		{"dockerfile parse error on line 1: FROM requires either one or three arguments", 1, []string{"FROM a b"}},
		{"dockerfile parse error on line 2: USER requires exactly one argument", 2, []string{"FROM a", "USER"}},
		{"dockerfile parse error on line 2: unknown flag: --frm (did you mean from?)", 2, []string{"FROM a", "COPY --frm=x a b"}},
		{"dockerfile parse error on line 2: unknown flag: --from", 2, []string{"FROM a", "ADD --from=x a b"}},
		{`failed to parse stage name "ubuntu:": invalid reference format`, 2, []string{"ARG TAG=", "FROM ubuntu:$TAG"}},
		{`failed to parse stage name "a@sha256:12": invalid reference format`, 1, []string{"FROM a@sha256:12"}},
		{"base name ($B) should not be blank", 1, []string{"FROM $B"}},
		{"empty platform value from expression $P", 1, []string{"FROM --platform=$P a"}},
		{`failed to process "ubuntu:${A": unsupported modifier (` + "\ufffd" + `) in substitution`, 1, []string{"FROM ubuntu:${A"}},
		{"variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope as a workaround", 2, []string{"FROM a", "COPY --from=$X a b"}},
		{"invalid stage index 7", 2, []string{"FROM a", "COPY --from=7 a b"}},
		{"circular dependency detected on stage: stage-0", 2, []string{"FROM a", "COPY --from=0 a b"}},
		{"circular dependency detected on stage: x", 2, []string{"FROM a AS x", "COPY --from=y a b", "FROM b AS y", "COPY --from=x a b"}},
		{`cannot copy from stage "y", it needs to be defined before current stage "x"`, 2, []string{"FROM a AS x", "COPY --from=y a b", "FROM c AS y", "FROM x"}},
		{"unterminated heredoc", 2, []string{"FROM a", "COPY <<E /x", "a"}},
	} {
		if found := refused(t, one.lines...); found.Message != one.message || found.Line != one.line {
			t.Errorf("%q: %+v", one.lines, found)
		}
	}
}
