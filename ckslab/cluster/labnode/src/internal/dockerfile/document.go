package dockerfile

// Document is what a Dockerfile says, mirrored by ckslab.dockerfile.document. Syntax: of `# syntax=`, the frontend that a
// real build would read the file with, "" for BuildKit's own. GlobalArgs: ARG before the first FROM.
type Document struct {
	Syntax     string   `json:"syntax"`
	Escape     string   `json:"escape"`
	GlobalArgs []Named  `json:"global_args"`
	Stages     []*Stage `json:"stages"`
}

// Problem is why BuildKit does not take the file, in its own words. Line: from 1, 0 where BuildKit names none.
type Problem struct {
	Line    int    `json:"line"`
	Message string `json:"message"`
}

func (p *Problem) Error() string { return p.Message }

// Value is a text with its variables filled in. Where what it ends up being depends on variables that the base image may
// have set, Unresolved names them, and Text is what it is if the image has not.
type Value struct {
	Text       string   `json:"text"`
	Unresolved []string `json:"unresolved,omitempty"`
}

// Place is where something was set. Stage: the index of the stage in whose build it was, which of an ONBUILD trigger is the
// derived one. Line: of the instruction itself, for a trigger that of the ONBUILD.
type Place struct {
	Line    int  `json:"line"`
	Stage   int  `json:"stage"`
	OnBuild bool `json:"onbuild,omitempty"`
}

// Setting is USER or WORKDIR.
type Setting struct {
	Value
	Place
}

// Named is a value with a name: of ENV, LABEL or ARG. Unset: an ARG without a default.
type Named struct {
	Name string `json:"name"`
	Value
	Place
	Unset bool `json:"unset,omitempty"`
}

// Words is SHELL, CMD or ENTRYPOINT. Form: exec, shell, or for a CMD that a later ENTRYPOINT took away (Place) reset.
type Words struct {
	Args []string `json:"args"`
	Form string   `json:"form"`
	Place
}

// Healthcheck is HEALTHCHECK; times in nanoseconds, 0 where Docker's default counts.
type Healthcheck struct {
	Test          []string `json:"test"` // NONE, or CMD or CMD-SHELL and its words
	Interval      int64    `json:"interval"`
	Timeout       int64    `json:"timeout"`
	StartPeriod   int64    `json:"start_period"`
	StartInterval int64    `json:"start_interval"`
	Retries       int      `json:"retries"`
	Place
}

// Base is what a stage is FROM. Kind: image, scratch, or stage (an earlier one).
type Base struct {
	Written string `json:"written"`
	Value
	Kind string `json:"kind"`
}

const (
	image   = "image"
	scratch = "scratch"
	stage   = "stage"
)

// Stage is what a stage ends up being. A setting that is null is the base image's, if it has one.
//
// Built: whether a build of the file builds it (of the last stage, and of what that needs). Error: what would stop its
// build, where nobody builds it.
type Stage struct {
	Index        int           `json:"index"`
	Name         string        `json:"name"`
	Line         int           `json:"line"`
	Base         Base          `json:"base"`
	BaseStage    *int          `json:"base_stage"`
	Platform     *Value        `json:"platform"`
	Built        bool          `json:"built"`
	Error        *Problem      `json:"error,omitempty"`
	User         *Setting      `json:"user"`
	Workdir      *Setting      `json:"workdir"`
	Shell        *Words        `json:"shell"`
	Entrypoint   *Words        `json:"entrypoint"`
	Cmd          *Words        `json:"cmd"`
	Healthcheck  *Healthcheck  `json:"healthcheck"`
	Env          []Named       `json:"env"`
	Labels       []Named       `json:"labels"`
	Instructions []Instruction `json:"instructions"`
}

// Instruction is one of a stage, triggers of its base stage first. Lines: first and last, the heredocs' among them.
// Original: the line as BuildKit reads it, continued lines joined. Args: with variables filled in where BuildKit does so,
// which it leaves to the shell in RUN, CMD, ENTRYPOINT and HEALTHCHECK. Sources: what COPY and RUN --mount take files
// from, beside the build context.
type Instruction struct {
	Keyword  string    `json:"keyword"` // in capitals
	Line     int       `json:"line"`
	LastLine int       `json:"last_line"`
	OnBuild  bool      `json:"onbuild,omitempty"`
	Original string    `json:"original"`
	Form     string    `json:"form,omitempty"` // exec or shell
	Flags    []Flag    `json:"flags,omitempty"`
	Args     []Value   `json:"args"`
	Heredocs []Heredoc `json:"heredocs,omitempty"`
	Sources  []Source  `json:"sources,omitempty"`
}

// Flag is --name or --name=value.
type Flag struct {
	Name string `json:"name"`
	Value
}

// Heredoc is a document that stands in the file, as it is written into the image or given to the shell.
type Heredoc struct {
	Name string `json:"name"`
	Value
}

// Source is a stage, or an image where Stage is null.
type Source struct {
	Stage *int   `json:"stage"`
	Image string `json:"image,omitempty"`
}
