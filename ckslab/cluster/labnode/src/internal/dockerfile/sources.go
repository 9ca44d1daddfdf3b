package dockerfile

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/distribution/reference"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

// findSources follows toCommand and detectRunMount (convert_runmount.go).
func (r *reading) findSources(one *step) error {
	switch command := one.Command.(type) {
	case *instructions.CopyCommand:
		if command.From == "" {
			return nil
		}
		result, _, err := r.lex.ProcessWord(command.From, &lookup{in: newScope(nil), fuel: &r.fuel})
		if err != nil {
			return err
		}
		if result != command.From {
			return errors.New("variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope as a workaround")
		}
		if index, err := strconv.Atoi(command.From); err == nil {
			if index < 0 || index >= len(r.states) {
				return fmt.Errorf("invalid stage index %d", index)
			}
			one.sources = []*state{r.states[index]}
			return nil
		}
		one.sources = []*state{r.source(command.From, one)}
	case *instructions.RunCommand:
		for _, mount := range instructions.GetMounts(command) {
			from := mount.From
			if from == "" {
				from = emptyImageName
			}
			one.sources = append(one.sources, r.source(from, one))
		}
	}
	return nil
}

// source is the stage of that name, in capitals or not, or an image.
func (r *reading) source(name string, of *step) *state {
	if found := r.byName[strings.ToLower(name)]; found != nil {
		return found
	}
	found := &state{index: -1, image: name, line: of.place.Line}
	r.states = append(r.states, found)
	return found
}

// circle follows validateCircularDependency: it names the stage at which the search began, and its instruction.
func circle(states []*state) error {
	seen, onPath := map[*state]bool{}, map[*state]bool{}
	var visit func(*state) *step
	visit = func(one *state) *step {
		seen[one], onPath[one] = true, true
		defer delete(onPath, one)
		for _, command := range slices.Backward(one.commands) { // of two that need the same stage, the last is named
			for _, source := range command.sources {
				if onPath[source] || !seen[source] && visit(source) != nil {
					return command
				}
			}
		}
		return nil
	}
	for _, one := range states {
		if seen[one] {
			continue
		}
		if found := visit(one); found != nil {
			return &Problem{found.place.Line, "circular dependency detected on stage: " + one.name}
		}
	}
	return nil
}

// namesOf is the error of the first base or source that no image can be called (resolveReachableStages, which looks at
// all that is no stage).
func namesOf(states []*state) error {
	for _, one := range states {
		if one.out != nil && one.out.Base.Kind != image || one.image == emptyImageName {
			continue
		}
		if _, err := reference.ParseNormalizedNamed(one.image); err != nil {
			return &Problem{one.line, fmt.Sprintf("failed to parse stage name %q: %v", one.image, err)}
		}
	}
	return nil
}

// needed are the stages that a build of this one builds (allReachableStages).
func needed(target *state) map[*state]bool {
	found := map[*state]bool{}
	var add func(*state)
	add = func(one *state) {
		if one == nil || found[one] {
			return
		}
		found[one] = true
		add(one.base)
		for _, command := range one.commands {
			for _, source := range command.sources {
				add(source)
			}
		}
	}
	add(target)
	return found
}
