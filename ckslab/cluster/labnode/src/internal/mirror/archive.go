// An archive of images as ckslab writes it: an OCI layout in a tar, whose index says each image's whole name.

package mirror

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"ckslab.invalid/labnode/internal/command"
)

const (
	nameAnnotation = "io.containerd.image.name"
	maxDocument    = 4 << 20
)

// archive gives what lies in the file, which is not unpacked. Both by repository; a manifest by tag and by digest.
type archive struct {
	manifests, blobs map[string]map[string]*blob
}

type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Annotations map[string]string `json:"annotations"`
}

// document is an index, which has manifests, or a manifest.
type document struct {
	Manifests []descriptor `json:"manifests"`
	Config    descriptor   `json:"config"`
	Layers    []descriptor `json:"layers"`
}

// openArchive keeps the file open: whoever removes it takes nothing away.
func openArchive(path string) (*archive, error) {
	found := &archive{map[string]map[string]*blob{}, map[string]map[string]*blob{}}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		command.Logf("mirror: there is no %s: no image is given", path)
		return found, nil
	}
	if err != nil {
		return nil, err
	}
	listed, blobs, err := read(file)
	if err == nil {
		err = found.keep(listed, blobs)
	}
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return found, nil
}

// read is the index, and the places of all content by digest.
func read(file *os.File) (listed document, blobs map[string]*blob, err error) {
	blobs = map[string]*blob{}
	entries := tar.NewReader(file)
	for {
		header, err := entries.Next()
		if err == io.EOF {
			return listed, blobs, nil
		}
		if err != nil {
			return listed, nil, err
		}
		at, err := file.Seek(0, io.SeekCurrent) // tar reads headers whole, and nothing ahead
		if err != nil {
			return listed, nil, err
		}
		content := io.NewSectionReader(file, at, header.Size)
		if header.Name == "index.json" {
			if err := decode(content, &listed); err != nil {
				return listed, nil, fmt.Errorf("index.json: %w", err)
			}
		}
		if hex, is := strings.CutPrefix(header.Name, "blobs/sha256/"); is {
			blobs["sha256:"+hex] = &blob{digest: "sha256:" + hex, content: content, size: header.Size}
		}
	}
}

func (a *archive) keep(listed document, blobs map[string]*blob) error {
	for _, one := range listed.Manifests {
		repository, reference := split(one.Annotations[nameAnnotation])
		held := blobs[one.Digest]
		if held == nil || repository == "" {
			return fmt.Errorf("index.json names %s, which is not there or has no name", one.Digest)
		}
		var image document
		if err := decode(io.NewSectionReader(held.content, 0, held.size), &image); err != nil {
			return fmt.Errorf("%s: %w", one.Digest, err)
		}
		if a.manifests[repository] == nil {
			a.manifests[repository], a.blobs[repository] = map[string]*blob{}, map[string]*blob{}
		}
		manifest := *held
		manifest.mediaType = one.MediaType
		a.manifests[repository][reference], a.manifests[repository][one.Digest] = &manifest, &manifest
		for _, part := range append(image.Layers, image.Config) {
			if blobs[part.Digest] == nil {
				return fmt.Errorf("%s names %s, which is not there", one.Digest, part.Digest)
			}
			a.blobs[repository][part.Digest] = blobs[part.Digest]
		}
	}
	return nil
}

func decode(from io.Reader, into *document) error {
	return json.NewDecoder(io.LimitReader(from, maxDocument)).Decode(into)
}

// split takes a whole name apart: docker.io/library/alpine and 3.20, or sha256:HEX. Both are "" where it is none.
func split(name string) (repository, reference string) {
	if repository, digest, is := strings.Cut(name, "@"); is {
		return repository, digest
	}
	at := strings.LastIndex(name, ":")
	if at <= strings.LastIndex(name, "/") {
		return "", ""
	}
	return name[:at], name[at+1:]
}

func (a *archive) has(repository string) bool { return a.manifests[repository] != nil }

func (a *archive) manifest(repository, reference string) (*blob, error) {
	return a.manifests[repository][reference], nil
}

func (a *archive) blob(repository, digest string) (*blob, error) {
	return a.blobs[repository][digest], nil
}
