// What a puller is given of an archive, and that nothing else is.

package mirror

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func sum(data []byte) string {
	digest := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(digest[:])
}

// layout is an archive of images of one layer each, by whole name.
func layout(t *testing.T, images map[string]string) (path string, digests map[string]string) {
	t.Helper()
	var out bytes.Buffer
	writer := tar.NewWriter(&out)
	put := func(name string, data []byte) {
		if err := writer.WriteHeader(&tar.Header{Name: name, Size: int64(len(data)), Mode: 0o644}); err != nil {
			t.Fatal(err)
		}
		writer.Write(data)
	}
	index, written := []descriptor{}, map[string]bool{}
	digests = map[string]string{}
	blob := func(data []byte) string {
		if digest := sum(data); !written[digest] {
			written[digest] = true
			put("blobs/sha256/"+digest[7:], data)
		}
		return sum(data)
	}
	for name, layer := range images {
		config := blob([]byte("{}"))
		manifest := fmt.Appendf(nil, `{"config":{"digest":%q},"layers":[{"digest":%q}]}`, config, blob([]byte(layer)))
		digests[name] = blob(manifest)
		repository, _ := split(name)
		for _, known := range []string{name, repository + "@" + digests[name]} {
			index = append(index, descriptor{manifestType, digests[name], map[string]string{nameAnnotation: known}})
		}
	}
	listed, _ := json.Marshal(map[string]any{"manifests": index})
	put("index.json", listed)
	writer.Close()
	path = filepath.Join(t.TempDir(), "images.tar")
	if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path, digests
}

func mirrorOf(t *testing.T, path string) *httptest.Server {
	t.Helper()
	held, err := openArchive(path)
	if err != nil {
		t.Fatal(err)
	}
	own, err := newFrontend("docker.io/docker/dockerfile:1.20")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(&handler{[]source{held, own}})
	t.Cleanup(server.Close)
	return server
}

func ask(t *testing.T, server *httptest.Server, method, path string) (*http.Response, string) {
	t.Helper()
	request, _ := http.NewRequest(method, server.URL+path, nil)
	response, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

func TestImagesArePulledByTagAndDigestOfTheirRegistry(t *testing.T) {
	path, digests := layout(t, map[string]string{"docker.io/library/alpine:3.20": "a layer", "quay.io/x:1": "x"})
	server := mirrorOf(t, path)
	digest := digests["docker.io/library/alpine:3.20"]
	for _, wanted := range []string{
		"/v2/library/alpine/manifests/3.20?ns=docker.io", "/v2/library/alpine/manifests/3.20", "/v2/library/alpine/manifests/" + digest,
	} {
		for _, method := range []string{http.MethodHead, http.MethodGet} {
			response, body := ask(t, server, method, wanted)
			head := response.Header
			if response.StatusCode != 200 || head.Get("Docker-Content-Digest") != digest || head.Get("Content-Type") != manifestType {
				t.Errorf("%s %s: %d %v", method, wanted, response.StatusCode, head)
			}
			if method == http.MethodGet && sum([]byte(body)) != digest {
				t.Errorf("%s: %s", wanted, body)
			}
		}
	}
	if response, body := ask(t, server, http.MethodGet, "/v2/library/alpine/blobs/"+sum([]byte("a layer"))); body != "a layer" {
		t.Errorf("%d %s", response.StatusCode, body)
	}
	if response, _ := ask(t, server, http.MethodGet, "/v2/"); response.StatusCode != 200 {
		t.Error(response.StatusCode)
	}
}

func TestWhatItDoesNotHaveIsNotFoundAndNothingIsTaken(t *testing.T) {
	path, digests := layout(t, map[string]string{"docker.io/library/alpine:3.20": "a layer", "quay.io/x:1": "x"})
	server := mirrorOf(t, path)
	for wanted, code := range map[string]string{
		"/v2/library/nginx/manifests/latest":                                   "NAME_UNKNOWN",
		"/v2/library/alpine/manifests/3.20?ns=quay.io":                         "NAME_UNKNOWN",
		"/v2/x/manifests/1":                                                    "NAME_UNKNOWN",
		"/v2/library/alpine/manifests/latest":                                  "MANIFEST_UNKNOWN",
		"/v2/library/alpine/manifests/" + digests["quay.io/x:1"]:               "MANIFEST_UNKNOWN",
		"/v2/library/alpine/blobs/" + digests["docker.io/library/alpine:3.20"]: "BLOB_UNKNOWN",
		"/v2/library/alpine/blobs/" + sum([]byte("x")):                         "BLOB_UNKNOWN",
		"/v2/docker/dockerfile/manifests/1.21":                                 "MANIFEST_UNKNOWN",
		"/v2/docker/dockerfile/manifests/1-labs":                               "MANIFEST_UNKNOWN",
		"/v2/docker/dockerfile/manifests/2":                                    "MANIFEST_UNKNOWN",
		"/v2/docker/dockerfile/manifests/" + digests["quay.io/x:1"]:            "MANIFEST_UNKNOWN",
		"/v2/library/alpine/tags/list":                                         "UNSUPPORTED",
		"/v2/" + strings.Repeat("a", 300) + "/manifests/1":                     "UNSUPPORTED",
		"/v2/library/%2e%2e/manifests/1%00":                                    "UNSUPPORTED",
	} {
		if response, body := ask(t, server, http.MethodGet, wanted); response.StatusCode != 404 || !strings.Contains(body, code) {
			t.Errorf("%s: %d %s", wanted, response.StatusCode, body)
		}
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		if response, body := ask(t, server, method, "/v2/library/alpine/manifests/3.20"); response.StatusCode != 403 || !strings.Contains(body, "DENIED") {
			t.Errorf("%s: %d %s", method, response.StatusCode, body)
		}
	}
}

func TestAnArchiveThatIsNotThereHasNothingAndABadOneIsRefused(t *testing.T) {
	folder := t.TempDir()
	if held, err := openArchive(filepath.Join(folder, "none")); err != nil || held.has("docker.io/library/alpine") {
		t.Error(held, err)
	}
	for name, data := range map[string]string{"text": "no tar", "short": strings.Repeat("x", 600)} {
		path := filepath.Join(folder, name)
		os.WriteFile(path, []byte(data), 0o644)
		if _, err := openArchive(path); err == nil {
			t.Error(name)
		}
	}
}

func TestTheFrontendIsThisProgram(t *testing.T) {
	path, _ := layout(t, nil)
	server := mirrorOf(t, path)
	var first string
	for _, tag := range []string{"1", "latest", "1.0", "1.4.3", "1.20"} {
		response, body := ask(t, server, http.MethodGet, "/v2/docker/dockerfile/manifests/"+tag+"?ns=docker.io")
		if response.StatusCode != 200 || sum([]byte(body)) != response.Header.Get("Docker-Content-Digest") {
			t.Fatalf("%s: %d %s", tag, response.StatusCode, body)
		}
		if first == "" {
			first = body
		} else if body != first {
			t.Errorf("%s is another image", tag)
		}
	}
	var image document
	json.Unmarshal([]byte(first), &image)
	_, layer := ask(t, server, http.MethodGet, "/v2/docker/dockerfile/blobs/"+image.Layers[0].Digest)
	if sum([]byte(layer)) != image.Layers[0].Digest {
		t.Error("the layer is not what its digest says")
	}
	own, _ := os.ReadFile("/proc/self/exe")
	reader := tar.NewReader(strings.NewReader(layer))
	header, err := reader.Next()
	if err != nil || header.Name != "labnode" || header.Mode != 0o755 {
		t.Fatal(header, err)
	}
	if held, _ := io.ReadAll(reader); !bytes.Equal(held, own) {
		t.Error("the file is another program")
	}
	if _, err := reader.Next(); err != io.EOF {
		t.Error(err)
	}
}
