package dockerfile

import (
	"fmt"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

const emptyImageName = "scratch" // convert.go

// state is a stage, or an image that COPY --from or RUN --mount names: dispatchState in convert.go.
type state struct {
	index    int // of a stage; -1 for such an image
	name     string
	image    string // that it is FROM, or is
	line     int
	base     *state
	commands []*step
	scope    *scope
	root     string // what its first base is: scratch, or "" for an image that is somewhere else
	out      *Stage // nil for such an image
}

// step is one instruction, with what of it only the syntax tree tells.
type step struct {
	instructions.Command
	node    *parser.Node
	place   Place
	last    int      // line
	sources []*state // by mount for RUN
}

// addStage follows the loop over the stages, and addState.
func (r *reading) addStage(index int, parsed instructions.Stage, nodes []*parser.Node) error {
	line := parsed.Location[0].Start.Line
	base, err := r.in(r.global).fill(parsed.BaseName)
	if err != nil {
		return problem(err, line)
	}
	if base.Text == "" {
		return &Problem{line, fmt.Sprintf("base name (%s) should not be blank", parsed.BaseName)}
	}
	one := &state{index: index, name: parsed.Name, image: base.Text, line: line}
	one.out = &Stage{
		Index: index, Name: parsed.Name, Line: line, Base: Base{parsed.BaseName, base, image},
		Env: []Named{}, Labels: []Named{}, Instructions: []Instruction{},
	}
	if parsed.Platform != "" {
		platform, err := r.in(r.global).fill(parsed.Platform)
		if err != nil {
			return problem(fmt.Errorf("failed to process arguments for platform : %w", err), line)
		}
		if platform.Text == "" {
			return &Problem{line, "empty platform value from expression " + parsed.Platform}
		}
		one.out.Platform = &platform
	}
	if one.name == "" {
		one.name = fmt.Sprintf("stage-%d", index)
	}
	switch found := r.byName[base.Text]; { // of names in small letters: FROM Builder does not find the stage builder
	case found != nil:
		one.base, one.out.Base.Kind, one.out.BaseStage = found, stage, &found.index
	case base.Text == emptyImageName:
		one.out.Base.Kind = scratch
	}
	if parsed.Name != "" {
		r.byName[strings.ToLower(parsed.Name)] = one
	}
	r.states = append(r.states, one)
	for number, command := range parsed.Commands {
		node := nodes[1+number]
		place := Place{Line: node.StartLine, Stage: index}
		one.commands = append(one.commands, &step{Command: command, node: node, place: place, last: node.EndLine})
	}
	r.steps += len(parsed.Commands)
	return nil
}
