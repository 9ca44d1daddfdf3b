// What ctr lists of the store, as crictl shows it.

package crictl

import (
	"fmt"
	"strings"
	"testing"
)

func listing(rows ...string) string {
	out := "REF TYPE DIGEST SIZE PLATFORMS LABELS\n"
	for _, row := range rows {
		name, digest, _ := strings.Cut(row, " ")
		out += fmt.Sprintf("%s application/vnd.oci.image.manifest.v1+json %s 98.6 MiB linux/amd64 -\n", name, digest)
	}
	return out
}

func TestAnImagesIDIsNotTheDigestOfItsManifest(t *testing.T) {
	found := parseImages(listing("r/a:1 sha256:aa", "r/a@sha256:aa sha256:aa", "sha256:cc sha256:aa", "r/b:1 sha256:bb"))
	if len(found) != 2 || found[0].id != "sha256:cc" || found[1].id != "sha256:bb" || found[0].size != "98.6MiB" {
		t.Fatalf("%+v", found)
	}
	if got := fmt.Sprint(found[0].called(), found[1].called()); got != "[{r/a 1 sha256:aa}] [{r/b 1 <none>}]" {
		t.Error(got)
	}
	if !found[0].is("r/a:1") || !found[0].is("r/a@sha256:aa") || !found[0].is("sha256:cc") || !found[0].is("c") ||
		found[0].is("r/b:1") || found[0].is("sha256:aa") || found[0].is("") {
		t.Error("an image is meant by its names and its ID")
	}
}

func TestANameByDigestAloneHasARowOfItsOwn(t *testing.T) {
	found := parseImages(listing("r/a@sha256:aa sha256:aa", "other/a:2 sha256:aa"))
	if got := fmt.Sprint(found[0].called()); got != "[{other/a 2 <none>} {r/a <none> sha256:aa}]" {
		t.Error(got)
	}
	if parseImages("") != nil || parseImages("REF\nshort row") != nil {
		t.Error("what is no row is no image")
	}
}

func TestDigestsAreCutUnlessTheyAreWantedWhole(t *testing.T) {
	digest := "sha256:" + strings.Repeat("a", 64)
	if got := (asked{}).digest(digest); got != strings.Repeat("a", 13) {
		t.Error(got)
	}
	if got := (asked{noTrunc: true}).digest(digest); got != digest {
		t.Error(got)
	}
	if got := (asked{}).digest(none); got != none {
		t.Error(got)
	}
}
