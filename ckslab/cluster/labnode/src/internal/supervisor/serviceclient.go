// `labnode service`: asks the node's init about its services and orders them about.

package supervisor

import (
	"slices"

	"ckslab.invalid/labnode/internal/command"
	"ckslab.invalid/labnode/internal/control"
)

// Socket is where init answers.
const Socket = "/run/ckslab/init.sock"

// RunService is `labnode service`.
func RunService(args []string) error {
	flags := command.NewFlags("service")
	socket := flags.String("socket", Socket, "control socket of labnode init")
	positional, err := command.Parse(flags, args)
	if err != nil {
		return err
	}
	const form = "service: labnode service status|stop|start|restart [NAME] [--socket PATH]"
	if len(positional) < 1 || len(positional) > 2 {
		return command.Usage(form)
	}
	request := control.Request{Op: positional[0]}
	if !slices.Contains([]string{"status", "stop", "start", "restart"}, request.Op) {
		return command.Usage(form)
	}
	if len(positional) == 2 {
		request.Name = positional[1]
	} else if request.Op != "status" {
		return command.Usage("service " + request.Op + " needs the NAME of a service")
	}
	return control.PrintAnswer(control.Ask(*socket, request))
}
