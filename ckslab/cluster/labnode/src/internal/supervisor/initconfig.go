// What `labnode init` is told: set-up commands and services.

package supervisor

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"ckslab.invalid/labnode/internal/nodefile"
)

type initConfig struct {
	Setup    [][]string      `json:"setup"`
	Services []serviceConfig `json:"services"`
	Control  string          `json:"control"`
}

type serviceConfig struct {
	Name          string            `json:"name"`
	Argv          []string          `json:"argv"`
	Env           map[string]string `json:"env"`
	Log           string            `json:"log"`
	WaitFor       string            `json:"wait_for"`
	UnlessMissing string            `json:"unless_missing"`
	Autostart     *bool             `json:"autostart"`
}

func readInitConfig(path string) (*initConfig, error) {
	config := &initConfig{}
	if err := nodefile.ReadConfig(path, config); err != nil {
		return nil, err
	}
	for i, argv := range config.Setup {
		if len(argv) == 0 || argv[0] == "" {
			return nil, fmt.Errorf("%s: setup[%d] is empty", path, i)
		}
	}
	seen := map[string]bool{}
	for i, service := range config.Services {
		switch {
		case service.Name == "":
			return nil, fmt.Errorf("%s: services[%d] has no name", path, i)
		case seen[service.Name]:
			return nil, fmt.Errorf("%s: two services are called %q", path, service.Name)
		case len(service.Argv) == 0 || service.Argv[0] == "":
			return nil, fmt.Errorf("%s: service %s has no argv", path, service.Name)
		case service.Log == "":
			return nil, fmt.Errorf("%s: service %s has no log", path, service.Name)
		}
		seen[service.Name] = true
	}
	return config, nil
}

func (c serviceConfig) autostart() bool { return c.Autostart == nil || *c.Autostart }

// environment is ours with the service's own on top; each name once, because libc's getenv takes the first.
func (c serviceConfig) environment() []string {
	var env []string
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if _, replaced := c.Env[name]; !replaced {
			env = append(env, entry)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Env)) {
		env = append(env, name+"="+c.Env[name])
	}
	return env
}
