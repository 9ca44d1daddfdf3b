// The image that a Dockerfile's `# syntax=` names, made of this very program: it hands the Dockerfile back to BuildKit.

package mirror

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
)

const (
	manifestType = "application/vnd.oci.image.manifest.v1+json"
	configType   = "application/vnd.oci.image.config.v1+json"
	layerType    = "application/vnd.oci.image.layer.v1.tar"
)

// frontendCaps is what BuildKit's own image says of itself (frontend/dockerfile/cmd/dockerfile-frontend/Dockerfile).
const frontendCaps = "moby.buildkit.frontend.inputs,moby.buildkit.frontend.subrequests," +
	"moby.buildkit.frontend.contexts,moby.buildkit.frontend.gitquerystring"

var frontendTag = regexp.MustCompile(`^(\d{1,3})(?:\.(\d{1,3})(?:\.\d{1,3})?)?$`)

// frontend stands in for all stable releases up to the one that BuildKit has built in, which reads what they read.
type frontend struct {
	repository   string
	major, minor int
	make         func() (*made, error)
}

// made is the image: its manifest, and what that names by digest.
type made struct {
	manifest *blob
	blobs    map[string]*blob
}

func newFrontend(name string) (*frontend, error) {
	repository, version := split(name)
	parts := frontendTag.FindStringSubmatch(version)
	if repository == "" || parts == nil || parts[2] == "" {
		return nil, fmt.Errorf("not REPOSITORY:MAJOR.MINOR: %q", name)
	}
	major, _ := strconv.Atoi(parts[1])
	minor, _ := strconv.Atoi(parts[2])
	return &frontend{repository, major, minor, sync.OnceValues(func() (*made, error) { return makeFrontend("/proc/self/exe") })}, nil
}

func (f *frontend) has(repository string) bool { return repository == f.repository }

func (f *frontend) manifest(_, reference string) (*blob, error) {
	byDigest := strings.Contains(reference, ":")
	if !byDigest && !f.released(reference) {
		return nil, nil
	}
	image, err := f.make()
	if err != nil || byDigest && reference != image.manifest.digest {
		return nil, err
	}
	return image.manifest, nil
}

// released says whether a tag is of a release that is not newer than the one that stands in for it.
func (f *frontend) released(tag string) bool {
	if tag == "latest" {
		return true
	}
	parts := frontendTag.FindStringSubmatch(tag)
	if parts == nil {
		return false
	}
	major, _ := strconv.Atoi(parts[1])
	minor, _ := strconv.Atoi("0" + parts[2])
	return major == f.major && minor <= f.minor
}

func (f *frontend) blob(_, digest string) (*blob, error) {
	image, err := f.make()
	if err != nil {
		return nil, err
	}
	return image.blobs[digest], nil
}

// makeFrontend is an image with one file; its layer is read where the program lies.
func makeFrontend(program string) (*made, error) {
	file, err := os.Open(program)
	if err != nil {
		return nil, err
	}
	layer, err := layerOf(file)
	if err != nil {
		return nil, err
	}
	config := bytesBlob(map[string]any{
		"architecture": runtime.GOARCH, "os": "linux",
		"rootfs": map[string]any{"type": "layers", "diff_ids": []string{layer.digest}},
		"config": map[string]any{
			"Entrypoint": []string{"/labnode", "frontend"},
			"Labels": map[string]string{
				"moby.buildkit.frontend.caps":          frontendCaps,
				"moby.buildkit.frontend.network.none":  "true",
				"org.opencontainers.image.title":       "dockerfile",
				"org.opencontainers.image.vendor":      "ckslab",
				"org.opencontainers.image.description": "Made by ckslab: a stand-in for docker.io/docker/dockerfile, which has BuildKit read the Dockerfile itself.",
			},
		},
	})
	manifest := bytesBlob(map[string]any{
		"schemaVersion": 2, "mediaType": manifestType,
		"config": described(configType, config), "layers": []any{described(layerType, layer)},
	})
	manifest.mediaType = manifestType
	return &made{manifest, map[string]*blob{config.digest: config, layer.digest: layer}}, nil
}

func layerOf(file *os.File) (*blob, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	var head bytes.Buffer
	header := &tar.Header{Name: "labnode", Mode: 0o755, Size: info.Size(), Format: tar.FormatUSTAR}
	if err := tar.NewWriter(&head).WriteHeader(header); err != nil {
		return nil, err
	}
	end := make([]byte, (512-info.Size()%512)%512+1024)
	parts := joined{
		io.NewSectionReader(bytes.NewReader(head.Bytes()), 0, int64(head.Len())),
		io.NewSectionReader(file, 0, info.Size()),
		io.NewSectionReader(bytes.NewReader(end), 0, int64(len(end))),
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(parts, 0, parts.size())); err != nil {
		return nil, err
	}
	return &blob{digest: "sha256:" + hex.EncodeToString(sum.Sum(nil)), content: parts, size: parts.size()}, nil
}

func bytesBlob(document any) *blob {
	data, err := json.Marshal(document)
	if err != nil {
		panic(err) // of maps and strings alone
	}
	sum := sha256.Sum256(data)
	return &blob{digest: "sha256:" + hex.EncodeToString(sum[:]), content: bytes.NewReader(data), size: int64(len(data))}
}

func described(kind string, of *blob) map[string]any {
	return map[string]any{"mediaType": kind, "digest": of.digest, "size": of.size}
}
