// Which sandboxes wait for the API server, and that the waiting ends.

package runcshim

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func sandboxOf(name, kind string) map[string]any {
	return map[string]any{"annotations": map[string]any{
		"io.kubernetes.cri.container-type": kind, "io.kubernetes.cri.sandbox-name": name,
	}}
}

func waited(settings afterSettings, spec map[string]any) time.Duration {
	began := time.Now()
	settings.holdBack(spec)
	return time.Since(began)
}

func TestHoldBack(t *testing.T) {
	nobody := afterSettings{[]string{"kube-scheduler"}, "https://127.0.0.1:1/readyz", 0.3}
	for name, spec := range map[string]map[string]any{
		"another pod":         sandboxOf("kube-apiserver-node", "sandbox"),
		"a longer name":       sandboxOf("kube-scheduler2-node", "sandbox"),
		"a container":         sandboxOf("kube-scheduler-node", "container"),
		"without annotations": {},
	} {
		if took := waited(nobody, spec); took > 100*time.Millisecond {
			t.Errorf("%s waited %s", name, took)
		}
	}
	scheduler := sandboxOf("kube-scheduler-node", "sandbox")
	if took := waited(nobody, scheduler); took < 300*time.Millisecond || took > 2*time.Second {
		t.Errorf("with nobody there it waited %s", took)
	}
	asked := 0
	server := httptest.NewTLSServer(http.HandlerFunc(func(answer http.ResponseWriter, _ *http.Request) {
		if asked++; asked < 3 {
			answer.WriteHeader(http.StatusInternalServerError)
		}
	}))
	defer server.Close()
	ready := afterSettings{nobody.Pods, server.URL, 20}
	if took := waited(ready, scheduler); asked != 3 || took > 10*time.Second {
		t.Errorf("asked %d times, waited %s", asked, took)
	}
}
