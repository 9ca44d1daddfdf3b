// What ctr tells of a container, and the flags that a learner types.

package crictl

import (
	"encoding/base64"
	"strings"
	"testing"
)

func TestAContainerAsCtrTellsIt(t *testing.T) {
	metadata := `{"Version":"v1","Metadata":{"SandboxID":"5a","LogPath":"/var/log/pods/x/2.log","Config":{"metadata":{"name":"a","attempt":2}}}}`
	info := `{"ID":"c0","Image":"registry.k8s.io/kube-apiserver:v1.35.4","CreatedAt":"2026-11-26T22:12:07.5Z","Labels":{
	  "io.cri-containerd.kind":"container","io.kubernetes.container.name":"kube-apiserver",
	  "io.kubernetes.pod.name":"kube-apiserver-controlplane","io.kubernetes.pod.namespace":"kube-system"},
	  "Extensions":{"io.cri-containerd.container.metadata":{"type_url":"x","value":"` +
		base64.StdEncoding.EncodeToString([]byte(metadata)) + `"}}}`
	got := parseContainer([]byte(info))
	if got == nil || got.attempt != 2 || got.log != "/var/log/pods/x/2.log" || got.sandbox != "5a" || got.kind != "container" ||
		got.name != "kube-apiserver" || got.pod != "kube-apiserver-controlplane" || got.created.Year() != 2026 {
		t.Errorf("%+v", got)
	}
	if parseContainer([]byte("{")) != nil {
		t.Error("what is no JSON is no container")
	}
}

func TestReferences(t *testing.T) {
	for reference, want := range map[string][2]string{
		"docker.io/library/nginx:1.27": {"docker.io/library/nginx", "1.27"},
		"localhost:5000/a":             {"localhost:5000/a", "latest"},
		"a/b@sha256:00":                {"a/b", "<none>"},
	} {
		if name, tag := split(reference); name != want[0] || tag != want[1] {
			t.Errorf("%s: %s %s", reference, name, tag)
		}
	}
}

func TestFlags(t *testing.T) {
	got, err := parse(strings.Fields("-r unix:///x ps -a --name kube-api -q"))
	if err != nil || !got.all || !got.quiet || got.name != "kube-api" || strings.Join(got.words, " ") != "ps" {
		t.Errorf("%+v %v", got, err)
	}
	got, err = parse(strings.Fields("logs --tail=5 -f c0"))
	if err != nil || got.tail != 5 || !got.follow || strings.Join(got.words, " ") != "logs c0" {
		t.Errorf("%+v %v", got, err)
	}
	for _, line := range []string{"logs --tail x c0", "ps --name", "logs -p c0"} {
		if _, err := parse(strings.Fields(line)); err == nil {
			t.Errorf("%s is taken", line)
		}
	}
	for _, line := range []string{"", "exec c0 sh", "logs"} {
		if Run(strings.Fields(line)) == nil {
			t.Errorf("%q is taken", line)
		}
	}
}
