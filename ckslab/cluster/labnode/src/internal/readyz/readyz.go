// Package readyz asks the API server whether it is ready, and nothing else: it need not know its authority.
package readyz

import (
	"crypto/tls"
	"net/http"
	"time"
)

// Default is where the API server of a node answers.
const Default = "https://127.0.0.1:6443/readyz"

const interval = 50 * time.Millisecond

// Client asks, each time by a connection of its own.
func Client() *http.Client {
	return &http.Client{
		Timeout:   2 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true},
	}
}

// OK says whether 200 is the answer now.
func OK(client *http.Client, url string) bool {
	answer, err := client.Get(url)
	if err != nil {
		return false
	}
	answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

// Await returns when 200 is the answer, or after the limit.
func Await(url string, limit time.Duration) {
	client := Client()
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(interval) {
		if OK(client, url) {
			return
		}
	}
}
