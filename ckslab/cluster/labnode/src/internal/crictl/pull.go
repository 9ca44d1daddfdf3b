// Pulling an image as the kubelet would.

package crictl

import (
	"fmt"
	"os/exec"
	"strings"

	"github.com/distribution/reference"
)

// hosts is where the runtime reads which registry is asked, and how.
const hosts = "/etc/containerd/certs.d"

func pull(wanted string) error {
	whole, err := reference.ParseDockerRef(wanted)
	if err != nil {
		return fmt.Errorf("pulling image: %w", err)
	}
	said, err := exec.Command("ctr", "-n", "k8s.io", "images", "pull", "--hosts-dir", hosts, whole.String()).CombinedOutput()
	if err != nil {
		lines := strings.Split(strings.TrimSpace(string(said)), "\n")
		return fmt.Errorf("pulling image: %s", strings.TrimPrefix(lines[len(lines)-1], "ctr: "))
	}
	found, err := images()
	if err != nil {
		return err
	}
	for _, one := range found {
		if one.is(whole.String()) {
			fmt.Println("Image is up to date for " + one.id)
			return nil
		}
	}
	return fmt.Errorf("pulling image: %s was pulled, and the store does not have it", whole)
}
