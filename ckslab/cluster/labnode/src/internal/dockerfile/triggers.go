package dockerfile

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// addTriggers puts what the ONBUILD of base stages says before the instructions of those that are FROM them, and gives the
// stages that are built: a trigger may copy from one more (toDispatchState, initOnBuildTriggers).
func (r *reading) addTriggers(stages []*state) (map[*state]bool, error) {
	done := map[*state]bool{}
	for {
		built, more := needed(stages[len(stages)-1]), false
		for _, one := range stages {
			if built[one] && !done[one] {
				done[one], more = true, true
				if err := r.addTriggersTo(one); err != nil {
					return nil, err
				}
			}
		}
		if more {
			continue
		}
		for _, one := range stages {
			if done[one] {
				continue
			}
			err := r.addTriggersTo(one)
			if problem := (*Problem)(nil); errors.As(err, &problem) {
				one.out.Error = problem // of a stage that nobody builds: BuildKit does not look at it
			} else if err != nil {
				return nil, err
			}
		}
		return built, nil
	}
}

func (r *reading) addTriggersTo(one *state) error {
	if one.base == nil {
		return nil
	}
	var triggers []*step
	for _, command := range one.base.commands {
		onBuild, is := command.Command.(*instructions.OnbuildCommand)
		if !is {
			continue
		}
		trigger, err := r.trigger(onBuild.Expression, one, command)
		if err != nil {
			return &Problem{one.line, err.Error()}
		}
		triggers = append(triggers, trigger)
	}
	if r.steps += len(triggers); r.steps > maxInstructions {
		return fmt.Errorf("it has more than %d instructions, with those that ONBUILD adds", maxInstructions)
	}
	one.commands = slices.Concat(triggers, one.commands)
	return nil
}

func (r *reading) trigger(expression string, of *state, from *step) (*step, error) {
	tree, err := parser.Parse(strings.NewReader(expression))
	if err != nil {
		return nil, err
	}
	if len(tree.AST.Children) != 1 {
		return nil, errors.New("onbuild trigger should be a single expression")
	}
	node := tree.AST.Children[0]
	parsed, err := instructions.ParseCommand(node)
	if err != nil {
		return nil, err
	}
	added := &step{Command: parsed, node: node, place: Place{from.place.Line, of.index, true}, last: from.last}
	return added, r.findSources(added)
}
