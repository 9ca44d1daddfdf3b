package dockerfile

import (
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

// expanded are the words of an instruction as BuildKit fills them in.
type expanded struct {
	args      []Value
	pairs     []Named // of ENV and LABEL
	documents []Heredoc
	at        map[string]Value // by what is written; what BuildKit does not fill in is not among them
	open      []string         // what any of them depends on
}

func (e *expanded) of(written string) Value {
	if value, is := e.at[written]; is {
		return value
	}
	return Value{Text: written}
}

// expand fills in the words of an instruction. It is the instruction's own Expand that says which: what came of each is
// remembered. A word has one value in all of an instruction: in ENV A=1 B=$A it is the A of before.
func (r *reading) expand(command *step, in *scope) (*expanded, error) {
	words := &expanded{at: map[string]Value{}}
	written, pairs, documents := argsOf(command.Command), pairsOf(command.Command), documentsOf(command.Command)
	if filled, is := command.Command.(instructions.SupportsSingleWordExpansion); is {
		if _, isArg := filled.(*instructions.ArgCommand); !isArg { // its value may not be looked at: dispatch
			if err := words.record(filled.Expand, r.in(in)); err != nil {
				return nil, err
			}
		}
	}
	for _, word := range written {
		words.args = append(words.args, words.of(word))
	}
	for _, pair := range pairs {
		name, value := words.of(pair.Key), words.of(pair.Value)
		open := few(slices.Concat(name.Unresolved, value.Unresolved))
		words.pairs = append(words.pairs, Named{Name: name.Text, Value: Value{value.Text, open}})
		words.args = append(words.args, Value{name.Text + "=" + value.Text, open})
	}
	if ports, is := command.Command.(*instructions.ExposeCommand); is {
		return words, r.expandPorts(words, ports, in)
	}
	raw := expanded{at: map[string]Value{}}
	if filled, is := command.Command.(instructions.SupportsSingleWordExpansionRaw); is {
		lex := shell.NewLex('\\')
		lex.SkipProcessQuotes = true
		if err := raw.record(filled.ExpandRaw, filler{lex, in, &r.fuel}); err != nil {
			return nil, err
		}
	}
	for _, document := range documents {
		value := Value{Text: document.Data}
		if document.Expand {
			value = raw.of(document.Data)
		}
		words.documents = append(words.documents, Heredoc{document.Path, value})
	}
	return words, nil
}

// record calls an Expand. Its error counts where it is a word's own, or follows from words that are all known.
func (e *expanded) record(expand func(instructions.SingleWordExpander) error, with filler) error {
	var certain error
	err := expand(func(word string) (string, error) {
		value, err := with.fill(word)
		e.at[word], e.open = value, append(e.open, value.Unresolved...)
		certain = err
		return value.Text, err
	})
	if certain == nil && e.open != nil {
		return nil
	}
	return err
}

// expandPorts follows dispatchExpose (convert_expose.go): a variable may hold several.
func (r *reading) expandPorts(words *expanded, parsed *instructions.ExposeCommand, in *scope) error {
	words.args = nil
	for _, port := range parsed.Ports {
		value, err := r.in(in).fill(port)
		if err != nil {
			return err
		}
		if value.Unresolved != nil {
			words.args = append(words.args, value)
			continue
		}
		ports, err := r.lex.ProcessWords(port, &lookup{in: in, unknown: map[string]variable{}, fuel: &r.fuel})
		if err != nil {
			return err
		}
		for _, one := range ports {
			words.args = append(words.args, Value{Text: one})
		}
	}
	return nil
}

// argsOf are the words of an instruction as they are written, without flags and documents; those of ARG follow later.
func argsOf(command instructions.Command) []string {
	switch parsed := command.(type) {
	case *instructions.AddCommand:
		return append(slices.Clone(parsed.SourcePaths), parsed.DestPath)
	case *instructions.CopyCommand:
		return append(slices.Clone(parsed.SourcePaths), parsed.DestPath)
	case *instructions.RunCommand:
		return parsed.CmdLine
	case *instructions.CmdCommand:
		return parsed.CmdLine
	case *instructions.EntrypointCommand:
		return parsed.CmdLine
	case *instructions.HealthCheckCommand:
		return parsed.Health.Test
	case *instructions.UserCommand:
		return []string{parsed.User}
	case *instructions.WorkdirCommand:
		return []string{parsed.Path}
	case *instructions.VolumeCommand:
		return slices.Clone(parsed.Volumes)
	case *instructions.StopSignalCommand:
		return []string{parsed.Signal}
	case *instructions.ShellCommand:
		return parsed.Shell
	case *instructions.MaintainerCommand:
		return []string{parsed.Maintainer}
	case *instructions.OnbuildCommand:
		return []string{parsed.Expression}
	}
	return nil
}

func pairsOf(command instructions.Command) instructions.KeyValuePairs {
	switch parsed := command.(type) {
	case *instructions.EnvCommand:
		return slices.Clone(parsed.Env)
	case *instructions.LabelCommand:
		return slices.Clone(parsed.Labels)
	}
	return nil
}

func documentsOf(command instructions.Command) []instructions.SourceContent {
	switch parsed := command.(type) {
	case *instructions.AddCommand:
		return slices.Clone(parsed.SourceContents)
	case *instructions.CopyCommand:
		return slices.Clone(parsed.SourceContents)
	case *instructions.RunCommand:
		var documents []instructions.SourceContent
		for _, file := range parsed.Files {
			if file.Chomp {
				file.Data = parser.ChompHeredocContent(file.Data)
			}
			documents = append(documents, instructions.SourceContent{Path: file.Name, Data: file.Data})
		}
		return documents
	}
	return nil
}

// instruction is the entry of the list.
func instruction(command *step, words *expanded) Instruction {
	one := Instruction{
		Keyword: strings.ToUpper(command.node.Value), Line: command.place.Line, LastLine: command.last,
		OnBuild: command.place.OnBuild, Original: command.node.Original,
		Args: append([]Value{}, words.args...), Heredocs: words.documents,
	}
	switch command.Command.(type) {
	case *instructions.RunCommand, *instructions.CmdCommand, *instructions.EntrypointCommand:
		one.Form = formOf(command)
	}
	for _, flag := range command.node.Flags {
		name, value, _ := strings.Cut(strings.TrimPrefix(flag, "--"), "=")
		known := Value{Text: value}
		switch name {
		case "chown", "chmod", "checksum": // those that Expand of ADD and COPY fills in
			known = words.of(value)
		case "mount": // Expand of RUN fills in the parts, and they are shown as they are written
			known.Unresolved = few(slices.Clone(words.open))
		}
		one.Flags = append(one.Flags, Flag{name, known})
	}
	for number, source := range command.sources {
		if source.index >= 0 {
			one.Sources = append(one.Sources, Source{Stage: &source.index})
		} else if !defaultMount(command, number) {
			one.Sources = append(one.Sources, Source{Image: source.image})
		}
	}
	return one
}

// defaultMount tells whether a mount names no source: BuildKit notes an empty image for it.
func defaultMount(command *step, number int) bool {
	run, is := command.Command.(*instructions.RunCommand)
	return is && instructions.GetMounts(run)[number].From == ""
}
