// The scanner's patterns and rules.

package scanner

import "testing"

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"*:latest", "docker.io/library/nginx:latest", true},
		{"*:latest", "nginx:1.27", false},
		{"docker.io/*", "docker.io/a/b:c@sha256:0", true},
		{"docker.io/*", "mydocker.io/a", false},
		{"nginx:1.2?", "nginx:1.27", true},
		{"nginx:1.2?", "nginx:1.2", false},
		{"*a*b*", "xxaxxbxx", true},
		{"*a*b", "abab", true},
		{"", "", true},
		{"", "x", false},
		{"*", "", true},
		{"[a]", "a", false},
	} {
		if got := globMatch(c.pattern, c.text); got != c.want {
			t.Errorf("globMatch(%q, %q) = %v", c.pattern, c.text, got)
		}
	}
}

func TestJudge(t *testing.T) {
	rules := []denyRule{{"*:latest", "latest"}, {"bad.io/*", "registry"}, {"*", "all"}}
	for image, want := range map[string]string{
		"nginx": "latest", "host:5000/nginx": "latest", "bad.io/x:latest": "latest", "bad.io/x:1": "registry",
		"x@sha256:00": "all", "nginx:1": "all",
	} {
		if got := judge(rules, []string{image}); got.Allowed || got.Reason != want {
			t.Errorf("%s: %+v", image, got)
		}
	}
	if got := judge(rules[:2], []string{"a:1", "b:2"}); !got.Allowed || got.Reason != "" {
		t.Errorf("%+v", got)
	}
	if got := judge(rules[:2], []string{"a:1", "b"}); got.Allowed {
		t.Errorf("%+v", got)
	}
}

func TestDecodeReview(t *testing.T) {
	good := `{"apiVersion":"imagepolicy.k8s.io/v1alpha1","kind":"ImageReview","metadata":{},"spec":{"containers":[{"image":"a"}]}}`
	if spec, err := decodeReview([]byte(good)); err != nil || len(spec.images()) != 1 {
		t.Error(spec, err)
	}
	for _, bad := range []string{"", "{}", "[]", `{"apiVersion":"v1","kind":"ImageReview","spec":{}}`} {
		if _, err := decodeReview([]byte(bad)); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
}
