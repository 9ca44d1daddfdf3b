// Package nudge is `labnode nudge`: it restarts the kubelet where that would only wait, once for a change of a manifest.
//
// Two things of the kubelet (pkg/kubelet/pod_workers.go, v1.35) make an edit slow, or useless:
//
//   - The pod of a changed manifest may not start before the one of the old manifest has ended. It is then asked
//     again after 10 to 15 s (backOffPeriod with its jitter), although the old one is gone after 2. No setting
//     changes that, and nothing but an update from the API server asks it sooner; a new kubelet starts it at once.
//   - Until its API source is ready, the kubelet removes no pod ("Skipping delete because sources aren't ready
//     yet"). So a manifest that was repaired after a boot into a broken one is never taken up.
//
// A kubelet that does not run is left alone, and so is one that has taken up, or refused, the manifest by itself.
package nudge

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"ckslab.invalid/labnode/internal/command"
	"ckslab.invalid/labnode/internal/control"
	"ckslab.invalid/labnode/internal/procfs"
	"ckslab.invalid/labnode/internal/readyz"
	"ckslab.invalid/labnode/internal/supervisor"
)

const (
	nudgeInterval    = 200 * time.Millisecond
	readyzInterval   = 500 * time.Millisecond
	metAfter         = 10 * time.Second // of readiness: by then the kubelet has registered its node and listed its pods
	goneFor          = 15 * time.Second // so long without readiness: the kubelet is not about to meet or to stop it
	defaultManifests = "/etc/kubernetes/manifests"
)

type nudger struct {
	socket    string
	manifests string
	kubelet   *kubeletState
	server    *readiness
	edits     *edits // nil where only a repair after a broken boot is helped
}

// Run is the subcommand.
func Run(args []string) error {
	flags := command.NewFlags("nudge")
	socket := flags.String("socket", supervisor.Socket, "control socket of labnode init")
	manifests := flags.String("manifests", defaultManifests, "folder of static pods")
	url := flags.String("readyz", readyz.Default, "what answers 200 when the API server is ready")
	stock := flags.Bool("stock", false, "leave the kubelet its own time after an edit")
	if err := command.ParseOnly(flags, args); err != nil {
		return err
	}
	n := nudger{socket: *socket, manifests: *manifests, server: &readiness{client: readyz.Client(), url: *url}}
	if !*stock {
		n.edits = newEdits(*manifests)
	}
	for now := range time.Tick(nudgeInterval) {
		n.look(now)
	}
	return nil
}

func (n *nudger) look(now time.Time) {
	if n.kubelet == nil || !n.kubelet.process.Alive() {
		n.kubelet = nil
		running := procfs.Running("kubelet")
		if len(running) == 0 {
			return
		}
		n.kubelet = &kubeletState{process: running[0], manifests: n.print()}
		n.server.forget()
		if n.edits != nil {
			n.edits.forget()
		}
	}
	if !n.kubelet.met {
		n.kubelet.met = n.server.ask(now)
	}
	switch {
	case n.edits != nil && n.edits.waited(now, n.kubelet.met || n.server.ready()):
		n.restart("the old pod of a changed manifest is gone: restarting the kubelet, which would wait 10 s")
	case !n.kubelet.met && n.print() != n.kubelet.manifests && n.server.goneFor(now) > goneFor:
		n.restart("a manifest changed and the kubelet has not met its API server: restarting it")
	}
}

// restart is done once: the new kubelet is another process, with which all that was seen is forgotten.
func (n *nudger) restart(why string) {
	command.Logf("nudge: %s", why)
	n.kubelet.manifests = n.print()
	if err := control.PrintAnswer(control.Ask(n.socket, control.Request{Op: "restart", Name: "kubelet"})); err != nil {
		command.Logf("nudge: %v", err)
	}
}

// print is of the manifests that are not watched as edits, in the order of their names.
func (n *nudger) print() string {
	versions := manifestVersions(n.manifests)
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(versions)) {
		if n.edits == nil || !isControlPlane(name) {
			fmt.Fprintf(&text, "%s %v\n", name, versions[name])
		}
	}
	return text.String()
}

// kubeletState is what is known of one kubelet process.
type kubeletState struct {
	process   procfs.Process
	manifests string // a print of the manifests folder when this kubelet was first seen
	met       bool
}

// readiness is what is known of the API server while a kubelet has not met it.
type readiness struct {
	client *http.Client
	url    string
	asked  time.Time
	since  time.Time // since when it is ready, zero when it is not
	last   time.Time // when it was so last, zero when it never was
}

func (r *readiness) forget() { r.asked, r.since, r.last = time.Time{}, time.Time{}, time.Time{} }

func (r *readiness) ready() bool { return !r.since.IsZero() }

func (r *readiness) goneFor(now time.Time) time.Duration { return now.Sub(r.last) }

// ask says whether the server has been ready for so long that the kubelet has met it.
func (r *readiness) ask(now time.Time) bool {
	if now.Sub(r.asked) < readyzInterval {
		return false
	}
	r.asked = now
	if !readyz.OK(r.client, r.url) {
		r.since = time.Time{}
		return false
	}
	r.last = now
	if r.since.IsZero() {
		r.since = now
	}
	return now.Sub(r.since) >= metAfter
}
