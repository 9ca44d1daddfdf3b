// Package mirror is `labnode mirror`: public names of images, given out of the archive that the node's store was filled from.
package mirror

import (
	"net"
	"net/http"
	"time"

	"ckslab.invalid/labnode/internal/command"
)

const idle = 30 * time.Second

// Run is the subcommand.
func Run(args []string) error {
	flags := command.NewFlags("mirror")
	path := flags.String("archive", "", "archive of images, an OCI layout in a tar; one that is not there has none")
	listen := flags.String("listen", "", "address")
	name := flags.String("frontend", "", "REPOSITORY:MAJOR.MINOR for which labnode's own frontend of BuildKit stands in")
	if err := command.ParseOnly(flags, args); err != nil {
		return err
	}
	if *path == "" || *listen == "" {
		return command.Usage("mirror: labnode mirror --archive FILE --listen ADDR [--frontend NAME:VERSION]")
	}
	held, err := openArchive(*path)
	if err != nil {
		return err
	}
	sources := []source{held}
	if *name != "" {
		own, err := newFrontend(*name)
		if err != nil {
			return err
		}
		sources = append(sources, own)
	}
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: &handler{sources}, ReadHeaderTimeout: idle, IdleTimeout: idle}
	return server.Serve(listener)
}
