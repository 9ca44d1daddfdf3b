package dockerfile

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

// variable is one as a word meets it. unknown: the names of those of the base image that its text depends on.
type variable struct {
	text    string
	set     bool
	unknown []string
}

// scope holds the variables that are in force at a line. Those of a base stage lie in parent.
type scope struct {
	parent *scope
	own    map[string]variable
	open   bool // a variable that nobody sets in the file may be the base image's
}

func newScope(parent *scope) *scope { return &scope{parent: parent, own: map[string]variable{}} }

func (s *scope) set(name string, value Value) {
	s.own[name] = variable{value.Text, true, value.Unresolved}
}

func (s *scope) find(name string, fuel *fuel) variable {
	var unknown []string
	for at := s; at != nil; at = at.parent {
		fuel.burn(4)
		if found, is := at.own[name]; is {
			return found
		}
		if at.open {
			unknown = []string{name}
		}
	}
	return variable{unknown: unknown}
}

// fuel bounds what filling in costs, in bytes read and handed out: a variable may name another one a thousand times.
type fuel int

var errTooMuch = errors.New("filling in its variables takes too much")

// burn ends the reading where there is no more: BuildKit's lexer asks for variables by a method that has no error.
func (f *fuel) burn(amount int) {
	if *f -= fuel(amount); *f < 0 {
		panic(errTooMuch)
	}
}

// lookup gives a lexer the variables of a scope, some of them with another value, and remembers the unknown ones.
type lookup struct {
	in      *scope
	instead map[string]string
	unknown map[string]variable
	fuel    *fuel
}

func (l *lookup) Get(name string) (string, bool) {
	found := l.in.find(name, l.fuel)
	if len(found.unknown) > 0 {
		l.unknown[name] = found
	}
	if other, is := l.instead[name]; is {
		found.text, found.set = other, true
	}
	l.fuel.burn(len(found.text))
	return found.text, found.set
}

// Keys is for BuildKit's suggestions; there is no call of it in shell/lex.go.
func (l *lookup) Keys() []string { return nil }

// filler fills in the variables of a word, as BuildKit's lexer does.
type filler struct {
	lex  *shell.Lex
	in   *scope
	fuel *fuel
}

const (
	mark        = "\U000F0000mark\U000F0001" // private use: no value has it
	maxUnknowns = 20
)

// patterns are the forms of shell/lex.go whose result does not hold the value itself: ${a#b}, ${a%b}, ${a/b/c}.
var patterns = regexp.MustCompile(`\$\{[^}:+?-]*[#%/]`)

// fill is the word with its variables. An error is BuildKit's, and certain whatever the unknown ones hold.
func (f filler) fill(word string) (Value, error) {
	text, unknown, err := f.try(word, nil)
	if len(unknown) == 0 {
		return Value{Text: text}, err
	}
	names := slices.Sorted(func(yield func(string) bool) {
		for name := range unknown {
			if !yield(name) {
				return
			}
		}
	})
	if err != nil && !patterns.MatchString(word) {
		given := map[string]string{}
		for _, name := range names {
			given[name] = mark
		}
		if _, _, still := f.try(word, given); still != nil {
			return Value{}, err
		}
	}
	var depends []string
	for _, name := range names {
		if err != nil || len(names) > maxUnknowns || f.matters(word, text, name, unknown[name]) {
			depends = append(depends, unknown[name].unknown...)
		}
	}
	return Value{text, few(depends)}, nil
}

func (f filler) try(word string, instead map[string]string) (string, map[string]variable, error) {
	f.fuel.burn(len(word))
	from := &lookup{f.in, instead, map[string]variable{}, f.fuel}
	text, _, err := f.lex.ProcessWord(word, from)
	return text, from.unknown, err
}

// matters tells whether what the word ends up being depends on an unknown variable; plain: what it is without.
//
// One that nobody sets in the file does not matter where the word has a default of its own for it, ${NAME:-default}: that
// counts like the default of an ARG, which may be given another value as well.
func (f filler) matters(word, plain, name string, value variable) bool {
	if patterns.MatchString(word) {
		return true
	}
	marked, _, errMarked := f.try(word, map[string]string{name: mark})
	empty, _, errEmpty := f.try(word, map[string]string{name: ""})
	if errMarked != nil || errEmpty != nil {
		return true
	}
	if marked == plain && empty == plain {
		return false
	}
	if value.set || strings.Count(marked, mark) != 1 {
		return true
	}
	before, after, _ := strings.Cut(marked, mark)
	hasDefault := len(plain) > len(before)+len(after) && strings.HasPrefix(plain, before) && strings.HasSuffix(plain, after)
	return !hasDefault
}

// few is a list without doubles, and with an end: one name is enough to leave something open.
func few(unknown []string) []string {
	slices.Sort(unknown)
	unknown = slices.Compact(unknown)
	return unknown[:min(len(unknown), maxUnknowns)]
}
