// Package runcshim is runc for a node without cgroups of its own: each container asks for none. On the node's PATH it is runc,
// so that whoever starts a container finds it; the real one lies beside it. With one mapped id only, group 5 and other users do not exist: they are squashed.
package runcshim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"ckslab.invalid/labnode/internal/nodefile"
	"ckslab.invalid/labnode/internal/programs"
)

// Name is the name under which this program is called in place of runc, Real the name of runc itself.
const (
	Name = "runc"
	Real = "runc.real"
)

const runcSettingsFile = "/etc/ckslab/runc.json"

// runcSettings says whether runc was built with libseccomp (without, it refuses profiles), and which sandboxes wait for
// the API server. Runc is what a node of an older ckslab says: where runc was, which is us now.
type runcSettings struct {
	Runc    string        `json:"runc"`
	Seccomp bool          `json:"seccomp"`
	After   afterSettings `json:"after"`
}

// Run becomes runc, with arguments as they are and a specification that it can carry out.
func Run(args []string) error {
	settings := runcSettings{}
	if err := nodefile.ReadConfig(settingsPath(), &settings); err != nil && !os.IsNotExist(err) {
		return err
	}
	path, err := programs.Look(Real, os.Environ())
	if err != nil {
		return err
	}
	if err := adaptFor(args, settings); err != nil {
		return fmt.Errorf("%s: %w", Name, err)
	}
	err = syscall.Exec(path, append([]string{"runc", "--rootless=true"}, args...), os.Environ())
	return fmt.Errorf("%s: %w", path, err)
}

// settingsPath can be set from outside for tests.
func settingsPath() string {
	if path := os.Getenv("CKSLAB_RUNC_SETTINGS"); path != "" {
		return path
	}
	return runcSettingsFile
}

// adaptFor rewrites what this call of runc is going to read.
func adaptFor(args []string, settings runcSettings) error {
	single := singleID()
	if bundle := option(args, "--bundle", "-b"); bundle != "" && (slices.Contains(args, "create") || slices.Contains(args, "run")) {
		floor := oomFloor()
		return rewriteJSON(filepath.Join(bundle, "config.json"), func(spec map[string]any) {
			settings.After.holdBack(spec)
			adaptSpec(spec, settings.Seccomp, single, floor)
		})
	}
	// An exec brings its own copy of the process, made from the specification before we changed it.
	if process := option(args, "--process", "-p"); process != "" && slices.Contains(args, "exec") {
		floor := oomFloor()
		return rewriteJSON(process, func(spec map[string]any) { adaptProcess(spec, single, floor) })
	}
	return nil
}

// option finds `--name value`, `--name=value` and `-n value`.
func option(args []string, long, short string) string {
	for i, arg := range args {
		if value, is := strings.CutPrefix(arg, long+"="); is {
			return value
		}
		if (arg == long || arg == short) && i+1 < len(args) {
			return args[i+1]
		}
	}
	return ""
}

// rewriteJSON keeps every field that it does not know, and numbers as they were written.
func rewriteJSON(path string, change func(map[string]any)) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var document map[string]any
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(&document); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	change(document)
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(document); err != nil {
		return err
	}
	return nodefile.Replace(path, out.Bytes())
}
