// `labnode service`: asks the node's init about its services and orders them about.
package main

import "slices"

const defaultInitSocket = "/run/ckslab/init.sock"

func runService(args []string) error {
	flags := newFlags("service")
	socket := flags.String("socket", defaultInitSocket, "control socket of labnode init")
	positional, err := parseFlags(flags, args)
	if err != nil {
		return err
	}
	const form = "service: labnode service status|stop|start|restart [NAME] [--socket PATH]"
	if len(positional) < 1 || len(positional) > 2 {
		return usageError(form)
	}
	request := controlRequest{Op: positional[0]}
	if !slices.Contains([]string{"status", "stop", "start", "restart"}, request.Op) {
		return usageError(form)
	}
	if len(positional) == 2 {
		request.Name = positional[1]
	} else if request.Op != "status" {
		return usageError("service " + request.Op + " needs the NAME of a service")
	}
	return printAnswer(ask(*socket, request))
}
