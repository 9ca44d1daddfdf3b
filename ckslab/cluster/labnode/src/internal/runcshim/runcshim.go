// Package runcshim is runc for a node without cgroups of its own: each container asks for none. Called by containerd's shim as
// runc-in-userns. With one mapped id only, group 5 and other users do not exist: they are squashed.
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

// Name is the name under which containerd calls this program in place of runc.
const Name = "runc-in-userns"

const runcSettingsFile = "/etc/ckslab/runc.json"

// runcSettings says which runc to run, whether it was built with libseccomp (without, it refuses profiles), and
// which sandboxes wait for the API server.
type runcSettings struct {
	Runc    string        `json:"runc"`
	Seccomp bool          `json:"seccomp"`
	After   afterSettings `json:"after"`
}

// Run becomes runc, with arguments as they are and a specification that it can carry out.
func Run(args []string) error {
	settings := runcSettings{Runc: "runc"}
	if err := nodefile.ReadConfig(settingsPath(), &settings); err != nil && !os.IsNotExist(err) {
		return err
	}
	path, err := programs.Look(settings.Runc, os.Environ())
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
