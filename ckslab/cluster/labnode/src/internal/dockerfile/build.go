package dockerfile

import (
	"fmt"
	"path"
	"regexp"
	"slices"

	"github.com/distribution/reference"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

// build carries out a stage's instructions, as far as they say what it ends up being (dispatch and its functions).
func (r *reading) build(one *state) error {
	if one.out.Error == nil && one.base != nil {
		one.out.Error = one.base.out.Error
	}
	if one.out.Error != nil {
		return one.out.Error
	}
	r.inherit(one)
	cmdSet := false // of this stage alone: instructionTracker
	for _, command := range one.commands {
		words, err := r.expand(command, one.scope)
		if err != nil {
			return problem(err, command.place.Line)
		}
		if err := defined(one, command); err != nil {
			return problem(err, command.place.Line)
		}
		switch parsed := command.Command.(type) {
		case *instructions.ArgCommand:
			err = r.setArgs(one.scope, parsed, words)
		case *instructions.EnvCommand:
			for _, pair := range words.pairs {
				one.scope.set(pair.Name, pair.Value)
				pair.Place = command.place
				one.out.Env = put(one.out.Env, pair)
			}
		case *instructions.LabelCommand:
			for _, pair := range words.pairs {
				pair.Place = command.place
				one.out.Labels = put(one.out.Labels, pair)
			}
		case *instructions.UserCommand:
			one.out.User = &Setting{words.args[0], command.place}
		case *instructions.WorkdirCommand:
			one.out.Workdir = &Setting{r.workdir(one, words.args[0]), command.place}
		case *instructions.ShellCommand:
			one.out.Shell = &Words{parsed.Shell, "exec", command.place}
		case *instructions.CmdCommand:
			one.out.Cmd, cmdSet = &Words{list(parsed.CmdLine), formOf(command), command.place}, true
		case *instructions.EntrypointCommand:
			one.out.Entrypoint = &Words{list(parsed.CmdLine), formOf(command), command.place}
			if !cmdSet {
				one.out.Cmd = &Words{[]string{}, "reset", command.place}
			}
		case *instructions.HealthCheckCommand:
			health := parsed.Health
			one.out.Healthcheck = &Healthcheck{
				list(health.Test), int64(health.Interval), int64(health.Timeout), int64(health.StartPeriod),
				int64(health.StartInterval), health.Retries, command.place,
			}
		}
		if err != nil {
			return problem(err, command.place.Line)
		}
		one.out.Instructions = append(one.out.Instructions, instruction(command, words))
	}
	return nil
}

// defaultPath is DefaultPathEnvUnix (util/system/path.go), which an image without a PATH gets, and scratch (emptyImage in
// image.go).
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// bare are Docker's official images of distributions whose ENV is this PATH alone, and the public mirrors of them.
var bare = regexp.MustCompile(
	`^((docker\.io|mirror\.gcr\.io|public\.ecr\.aws/docker)/library/(alpine|busybox|debian|ubuntu)|public\.ecr\.aws/ubuntu/ubuntu)$`,
)

func setsOnlyPath(image string) bool {
	named, err := reference.ParseNormalizedNamed(image)
	return err == nil && bare.MatchString(named.Name())
}

// inherit is what init of a dispatchState does. An external image may have set any variable, unless it is a known one.
func (r *reading) inherit(one *state) {
	switch {
	case one.base != nil:
		from := one.base.out
		r.fuel.burn(from.weight())
		one.scope, one.root = newScope(one.base.scope), one.base.root
		one.out.User, one.out.Workdir, one.out.Shell = from.User, from.Workdir, from.Shell
		one.out.Entrypoint, one.out.Cmd, one.out.Healthcheck = from.Entrypoint, from.Cmd, from.Healthcheck
		one.out.Env, one.out.Labels = slices.Clone(from.Env), slices.Clone(from.Labels)
	case one.out.Base.Kind == scratch:
		one.scope, one.root = newScope(nil), scratch
		one.scope.set("PATH", Value{Text: defaultPath})
	default:
		one.scope = newScope(nil)
		path := Value{Text: defaultPath} // it is always set: convert.go
		if one.scope.open = !setsOnlyPath(one.image); one.scope.open {
			path.Unresolved = []string{"PATH"}
		}
		one.scope.set("PATH", path)
	}
}

// defined is the error of files that are taken from a stage which comes later. A trigger may take them from its own.
func defined(one *state, command *step) error {
	for number, source := range command.sources {
		if source.index <= one.index {
			continue
		}
		switch parsed := command.Command.(type) {
		case *instructions.CopyCommand:
			return fmt.Errorf("cannot copy from stage %q, it needs to be defined before current stage %q", parsed.From, one.name)
		case *instructions.RunCommand:
			mount := instructions.GetMounts(parsed)[number]
			return fmt.Errorf("cannot mount from stage %q to %q, stage needs to be defined before current command", mount.From, mount.Target)
		}
	}
	return nil
}

// setArgs follows dispatchArg, in a build that is given no arguments.
func (r *reading) setArgs(in *scope, parsed *instructions.ArgCommand, words *expanded) error {
	for _, arg := range parsed.Args {
		text := Value{Text: arg.Key}
		switch global := r.global.find(arg.Key, &r.fuel); {
		case arg.Value != nil:
			value, err := r.in(in).fill(*arg.Value)
			if err != nil {
				return err
			}
			in.set(arg.Key, value)
			text = Value{arg.Key + "=" + value.Text, value.Unresolved}
		case global.set:
			in.set(arg.Key, Value{global.text, global.unknown})
		}
		words.args = append(words.args, text)
	}
	return nil
}

// put sets the value of that name, in its old place if it has one.
func put(values []Named, value Named) []Named {
	for number, old := range values {
		if old.Name == value.Name {
			values[number] = value
			return values
		}
	}
	return append(values, value)
}

// weight is about how long a stage's settings are: what a thousand stages are FROM is handed out a thousand times.
func (s *Stage) weight() int {
	sum := 0
	for _, named := range slices.Concat(s.Env, s.Labels) {
		sum += 64 + len(named.Name) + len(named.Text)
	}
	for _, setting := range []*Setting{s.User, s.Workdir} {
		if setting != nil {
			sum += len(setting.Text)
		}
	}
	words := [][]string{}
	for _, one := range []*Words{s.Shell, s.Entrypoint, s.Cmd} {
		if one != nil {
			words = append(words, one.Args)
		}
	}
	if s.Healthcheck != nil {
		words = append(words, s.Healthcheck.Test)
	}
	for _, word := range slices.Concat(words...) {
		sum += 16 + len(word)
	}
	return sum
}

// workdir follows NormalizeWorkdir of util/system/path.go for Linux. What a path is relative to may be the base image's.
func (r *reading) workdir(of *state, to Value) Value {
	current := Value{Text: "/"}
	if of.out.Workdir != nil {
		current = of.out.Workdir.Value
	} else if of.root != scratch {
		current.Unresolved = []string{"WORKDIR"}
	}
	switch {
	case to.Text == "" && to.Unresolved == nil:
		return current
	case path.IsAbs(to.Text):
		return to
	}
	r.fuel.burn(len(current.Text))
	return Value{path.Join(current.Text, to.Text), few(slices.Concat(current.Unresolved, to.Unresolved))}
}

func formOf(command *step) string {
	if command.node.Attributes["json"] {
		return "exec"
	}
	return "shell"
}

func list(words []string) []string { return append([]string{}, words...) }
