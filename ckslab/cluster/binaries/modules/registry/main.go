// The CNCF registry with what a lab's registry needs: passwords of htpasswd, and storage in files.
//
// cmd/registry of distribution 3.1.2 is the same with every storage driver and middleware, among them the clients of
// three clouds; without those it builds in a third of the time and is half as big.
package main

import (
	"github.com/distribution/distribution/v3/registry"
	_ "github.com/distribution/distribution/v3/registry/auth/htpasswd"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/filesystem"
)

func main() {
	// cobra has printed the error.
	_ = registry.RootCmd.Execute()
}
