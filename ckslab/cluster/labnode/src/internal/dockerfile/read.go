package dockerfile

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

// reading is one file being read.
type reading struct {
	document *Document
	lex      *shell.Lex
	fuel     fuel
	global   *scope
	states   []*state // the stages, then images in the order in which they are met: an index of --from may lead there
	byName   map[string]*state
	steps    int
}

// read is what the file says. The error is a *Problem where BuildKit does not take it.
func read(data []byte) (document *Document, err error) {
	defer func() {
		if stopped := recover(); stopped == errTooMuch { //nolint:errorlint // the very value
			document, err = nil, errTooMuch
		} else if stopped != nil {
			panic(stopped)
		}
	}()
	if len(data) == 0 {
		return nil, &Problem{0, "the Dockerfile cannot be empty"} // toDispatchState, as the next two
	}
	tree, err := parser.Parse(bytes.NewReader(data))
	if err != nil {
		return nil, problem(err, 0)
	}
	if len(tree.AST.Children) > maxInstructions {
		return nil, fmt.Errorf("it has more than %d instructions", maxInstructions)
	}
	stages, globalArgs, err := instructions.Parse(tree.AST, nil)
	if err != nil {
		return nil, problem(err, 0)
	}
	if len(stages) == 0 {
		return nil, &Problem{0, "dockerfile contains no stages to build"}
	}
	if len(stages) > maxStages {
		return nil, fmt.Errorf("it has more than %d stages", maxStages)
	}
	r := &reading{
		document: &Document{Escape: string(tree.EscapeToken), GlobalArgs: []Named{}},
		lex:      shell.NewLex(tree.EscapeToken),
		fuel:     maxFuel,
		byName:   map[string]*state{},
	}
	if syntax, _, _, is := parser.DetectSyntax(data); is {
		r.document.Syntax = syntax
	}
	if err := r.readAll(stages, globalArgs, tree.AST.Children); err != nil {
		return nil, err
	}
	return r.document, nil
}

// readAll goes through the phases of toDispatchState.
func (r *reading) readAll(stages []instructions.Stage, globalArgs []instructions.ArgCommand, nodes []*parser.Node) error {
	if err := r.setGlobal(globalArgs, stages[len(stages)-1].Name); err != nil {
		return err
	}
	nodes = nodes[len(globalArgs):] // each instruction is one node, in the order of the file
	for index, stage := range stages {
		if err := r.addStage(index, stage, nodes[:1+len(stage.Commands)]); err != nil {
			return err
		}
		nodes = nodes[1+len(stage.Commands):]
	}
	ofFile := slices.Clone(r.states)
	for _, one := range ofFile {
		for _, command := range one.commands {
			if err := r.findSources(command); err != nil {
				return problem(err, command.place.Line)
			}
		}
	}
	if err := circle(ofFile); err != nil {
		return err
	}
	if err := namesOf(r.states); err != nil {
		return err
	}
	met := len(r.states)
	built, err := r.addTriggers(ofFile)
	if err != nil {
		return err
	}
	if err := namesOf(r.states[met:]); err != nil {
		return err
	}
	for _, one := range ofFile {
		one.out.Built = built[one]
		r.document.Stages = append(r.document.Stages, one.out)
		err := r.build(one)
		if problem := (*Problem)(nil); errors.As(err, &problem) && !built[one] {
			one.out.Error = problem
		} else if err != nil {
			return err
		}
	}
	return nil
}

// architecture is that of the build: a node has the one of the machine that it runs on.
var architecture = runtime.GOARCH

// setGlobal follows defaultArgs (platform.go) and buildMetaArgs, in a build for the machine's platform that is given no
// arguments: an ARG without a default is not set.
func (r *reading) setGlobal(commands []instructions.ArgCommand, target string) error {
	r.global = newScope(nil)
	for _, of := range []string{"BUILD", "TARGET"} {
		r.global.set(of+"PLATFORM", Value{Text: "linux/" + architecture})
		r.global.set(of+"OS", Value{Text: "linux"})
		r.global.set(of+"ARCH", Value{Text: architecture})
		r.global.set(of+"OSVERSION", Value{})
		r.global.set(of+"VARIANT", Value{}) // of amd64, and of arm64 as containerd's platforms.Normalize leaves it
	}
	if target == "" {
		target = "default"
	}
	r.global.set("TARGETSTAGE", Value{Text: target})
	for _, command := range commands {
		line := command.Location()[0].Start.Line
		for _, arg := range command.Args {
			named := Named{Name: arg.Key, Place: Place{Line: line, Stage: -1}, Unset: arg.Value == nil}
			if arg.Value != nil {
				value, err := r.in(r.global).fill(*arg.Value)
				if err != nil {
					return problem(err, line)
				}
				r.global.set(arg.Key, value)
				named.Value = value
			}
			r.document.GlobalArgs = append(r.document.GlobalArgs, named)
		}
	}
	return nil
}

func (r *reading) in(scope *scope) filler { return filler{r.lex, scope, &r.fuel} }
