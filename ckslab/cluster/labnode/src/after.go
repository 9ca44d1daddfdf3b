// What has nothing to do before the API server answers waits for it, a few seconds at most: on two cores the
// controller manager, the scheduler and kube-proxy would take from etcd and the API server what those need to
// start. A stock node starts them all at once, and they retry until the API server is there.
package main

import (
	"crypto/tls"
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"
)

const afterInterval = 50 * time.Millisecond

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
		awaitReady(s.Readyz, time.Duration(s.Seconds*float64(time.Second)))
	}
}

func runAfter(args []string) error {
	flags := newFlags("after")
	readyz := flags.String("readyz", "https://127.0.0.1:6443/readyz", "what answers 200 when the API server is ready")
	limit := flags.Duration("limit", 5*time.Second, "how long to wait at most")
	if err := flags.Parse(args); err != nil {
		return usageError("after: " + err.Error())
	}
	if flags.NArg() == 0 {
		return usageError("after: labnode after [--readyz URL] [--limit 5s] -- ARGV...")
	}
	path, err := lookPath(flags.Arg(0), os.Environ())
	if err != nil {
		return err
	}
	awaitReady(*readyz, *limit)
	return syscall.Exec(path, flags.Args(), os.Environ())
}

func awaitReady(url string, limit time.Duration) {
	client := readyzClient()
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(afterInterval) {
		if answersOK(client, url) {
			return
		}
	}
}

func answersOK(client *http.Client, url string) bool {
	answer, err := client.Get(url)
	if err != nil {
		return false
	}
	answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

// readyzClient asks whether something is ready there, and nothing else: it need not know the authority.
func readyzClient() *http.Client {
	return &http.Client{
		Timeout:   2 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true},
	}
}
