// The part of the distribution API (OCI distribution-spec v1.1, "Pull") by which images are pulled; nothing is taken.

package mirror

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"time"

	"ckslab.invalid/labnode/internal/command"
)

// asked is what a path names: a repository's manifest or blob.
var asked = regexp.MustCompile(`^/v2/([a-z0-9._/-]{1,255})/(manifests|blobs)/([A-Za-z0-9_.:-]{1,200})$`)

// defaultRegistry is meant by a client that does not say whose mirror it asks for: Docker's own do not.
const defaultRegistry = "docker.io"

type handler struct{ sources []source }

// ServeHTTP answers for the registry that the parameter `ns` names, as containerd and BuildKit ask a mirror.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		refuse(w, http.StatusForbidden, "DENIED", "requested access to the resource is denied")
		return
	}
	if r.URL.Path == "/v2/" {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, "{}")
		return
	}
	parts := asked.FindStringSubmatch(r.URL.Path)
	if parts == nil {
		refuse(w, http.StatusNotFound, "UNSUPPORTED", "nothing here: images are pulled")
		return
	}
	registry := r.URL.Query().Get("ns")
	if registry == "" {
		registry = defaultRegistry
	}
	found, known, err := h.find(registry+"/"+parts[1], parts[2], parts[3])
	switch {
	case err != nil:
		command.Logf("mirror: %s: %v", r.URL.Path, err)
		refuse(w, http.StatusInternalServerError, "UNKNOWN", "the mirror of the lab cannot give it")
	case !known:
		refuse(w, http.StatusNotFound, "NAME_UNKNOWN", "repository name not known to registry")
	case found == nil && parts[2] == "manifests":
		refuse(w, http.StatusNotFound, "MANIFEST_UNKNOWN", "manifest unknown")
	case found == nil:
		refuse(w, http.StatusNotFound, "BLOB_UNKNOWN", "blob unknown to registry")
	default:
		give(w, r, found)
	}
}

func (h *handler) find(repository, kind, reference string) (found *blob, known bool, err error) {
	for _, from := range h.sources {
		if !from.has(repository) {
			continue
		}
		if kind == "manifests" {
			found, err = from.manifest(repository, reference)
		} else {
			found, err = from.blob(repository, reference)
		}
		if known = true; found != nil || err != nil {
			break
		}
	}
	return found, known, err
}

func give(w http.ResponseWriter, r *http.Request, found *blob) {
	kind := found.mediaType
	if kind == "" {
		kind = "application/octet-stream"
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Docker-Content-Digest", found.digest)
	http.ServeContent(w, r, "", time.Time{}, io.NewSectionReader(found.content, 0, found.size))
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]any{"errors": []map[string]string{{"code": code, "message": message}}})
}
