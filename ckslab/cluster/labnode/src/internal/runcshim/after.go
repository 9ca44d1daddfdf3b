// What has nothing to do before the API server answers waits for it, a few seconds at most: on two cores the
// controller manager, the scheduler and kube-proxy would take from etcd and the API server what those need to
// start. A stock node starts them all at once, and they retry until the API server is there.

package runcshim

import (
	"slices"
	"strings"
	"time"

	"ckslab.invalid/labnode/internal/readyz"
)

// afterSettings: the pods whose sandboxes wait, for whom, and how long at most.
type afterSettings struct {
	Pods    []string `json:"pods"`
	Readyz  string   `json:"readyz"`
	Seconds float64  `json:"seconds"`
}

// holdBack waits where the specification is of a sandbox of one of the pods; their names end with the node's.
func (s afterSettings) holdBack(spec map[string]any) {
	annotations, _ := spec["annotations"].(map[string]any)
	if annotations["io.kubernetes.cri.container-type"] != "sandbox" {
		return
	}
	name, _ := annotations["io.kubernetes.cri.sandbox-name"].(string)
	if slices.ContainsFunc(s.Pods, func(pod string) bool { return strings.HasPrefix(name, pod+"-") }) {
		readyz.Await(s.Readyz, time.Duration(s.Seconds*float64(time.Second)))
	}
}
