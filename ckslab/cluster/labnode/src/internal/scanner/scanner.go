// Package scanner is `labnode scanner`: the image scanner behind an ImagePolicyWebhook, over TLS with client certificates.
package scanner

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"time"

	"ckslab.invalid/labnode/internal/command"
	"ckslab.invalid/labnode/internal/control"
	"ckslab.invalid/labnode/internal/nodefile"
)

const (
	maxReview  = 1 << 20
	scannerLog = 5 << 20
)

type scannerConfig struct {
	Listen   string     `json:"listen"`
	Path     string     `json:"path"`
	Cert     string     `json:"cert"`
	Key      string     `json:"key"`
	ClientCA string     `json:"client_ca"`
	Deny     []denyRule `json:"deny"`
	Log      string     `json:"log"`
	Control  string     `json:"control"`
}

// Run is the subcommand.
func Run(args []string) error {
	flags := command.NewFlags("scanner")
	path := flags.String("config", "", "configuration")
	if err := command.ParseOnly(flags, args); err != nil {
		return err
	}
	if *path == "" {
		return command.Usage("scanner: labnode scanner --config FILE")
	}
	config, err := readScannerConfig(*path)
	if err != nil {
		return err
	}
	tlsConfig, err := config.tls()
	if err != nil {
		return fmt.Errorf("%s: %w", *path, err)
	}
	orders, err := control.ListenUnix(config.Control)
	if err != nil {
		return err
	}
	gate := newGate(config.Listen, tlsConfig, newReviewHandler(config), log.New(os.Stderr, "scanner: ", log.LstdFlags|log.LUTC))
	gate.openNow()
	control.Serve(orders, gate.handle)
	return nil
}

func readScannerConfig(path string) (*scannerConfig, error) {
	config := &scannerConfig{}
	if err := nodefile.ReadConfig(path, config); err != nil {
		return nil, err
	}
	for name, value := range map[string]string{
		"listen": config.Listen, "path": config.Path, "cert": config.Cert, "key": config.Key,
		"client_ca": config.ClientCA, "log": config.Log, "control": config.Control,
	} {
		if value == "" {
			return nil, fmt.Errorf("%s: %q is missing", path, name)
		}
	}
	return config, nil
}

func (c *scannerConfig) tls() (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(c.Cert, c.Key)
	if err != nil {
		return nil, err
	}
	ca, err := os.ReadFile(c.ClientCA)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		return nil, fmt.Errorf("%s holds no certificate", c.ClientCA)
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair},
		ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert,
	}, nil
}

type reviewHandler struct {
	path  string
	rules []denyRule
	log   *nodefile.BoundedLog
}

func newReviewHandler(config *scannerConfig) *reviewHandler {
	return &reviewHandler{config.Path, config.Deny, &nodefile.BoundedLog{Path: config.Log, Limit: scannerLog}}
}

func (h *reviewHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != h.path {
		http.Error(w, "nothing here; image reviews go to "+h.path, http.StatusNotFound)
		return
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "image reviews are posted", http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxReview))
	if err != nil {
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	spec, err := decodeReview(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	status := judge(h.rules, spec.images())
	h.record(spec, status)
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(imageReview{APIVersion: reviewVersion, Kind: reviewKind, Status: &status})
}

type reviewRecord struct {
	Time        time.Time         `json:"time"`
	Images      []string          `json:"images"`
	Namespace   string            `json:"namespace"`
	Annotations map[string]string `json:"annotations"`
	Allowed     bool              `json:"allowed"`
	Reason      string            `json:"reason"`
}

// record is done before the answer leaves: who has the answer finds the line.
func (h *reviewHandler) record(spec *imageReviewSpec, status imageReviewStatus) {
	annotations := spec.Annotations
	if annotations == nil {
		annotations = map[string]string{}
	}
	line, err := json.Marshal(reviewRecord{
		time.Now().UTC(), spec.images(), spec.Namespace, annotations, status.Allowed, status.Reason,
	})
	if err == nil {
		err = h.log.WriteLine(line)
	}
	if err != nil {
		command.Logf("scanner: the request log cannot be written: %v", err)
	}
}
