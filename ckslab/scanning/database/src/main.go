// Makes trivy.db from facts.yaml: `database facts.yaml trivy.db`. Equal facts give equal bytes.
//
// The form is the one of Trivy's own database, schema 2 (github.com/aquasecurity/trivy-db, pkg/db): a bbolt file with
// a bucket for each source of advisories, packages in it, ids in these; `vulnerability` says what an id is, and
// `data-source` where a bucket is from.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"go.etcd.io/bbolt"
	"go.yaml.in/yaml/v3"
)

type facts struct {
	Advisories      map[string]map[string]map[string]advisory `yaml:"advisories"`
	Sources         []source                                  `yaml:"sources"`
	Vulnerabilities map[string]vulnerability                  `yaml:"vulnerabilities"`
}

type source struct {
	Of   string `yaml:"of"`
	ID   string `yaml:"id"`
	Name string `yaml:"name"`
	URL  string `yaml:"url"`
}

type vulnerability struct {
	Severity string `yaml:"severity"`
	Title    string `yaml:"title"`
}

// advisory is written as a version, as a status, or as a mapping.
type advisory struct {
	Fixed      string   `yaml:"fixed"`
	Status     string   `yaml:"status"`
	Severity   string   `yaml:"severity"`
	Vulnerable []string `yaml:"vulnerable"`
	Patched    []string `yaml:"patched"`
}

// What Trivy calls them by number: trivy-db, pkg/types/status.go and types.go.
var (
	statuses   = map[string]int{"affected": 2, "will_not_fix": 5, "fix_deferred": 6, "end_of_life": 7}
	severities = map[string]int{"LOW": 1, "MEDIUM": 2, "HIGH": 3, "CRITICAL": 4}
)

func (a *advisory) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind != yaml.ScalarNode {
		type plain advisory
		return node.Decode((*plain)(a))
	}
	if statuses[node.Value] != 0 {
		a.Status = node.Value
	} else {
		a.Fixed = node.Value
	}
	return nil
}

// stored is the advisory as Trivy reads it.
func (a advisory) stored() (map[string]any, error) {
	value := map[string]any{}
	if a.Fixed != "" {
		value["FixedVersion"] = a.Fixed
	}
	if a.Status != "" {
		number, ok := statuses[a.Status]
		if !ok {
			return nil, fmt.Errorf("no status %q", a.Status)
		}
		value["Status"] = number
	}
	if a.Severity != "" {
		number, ok := severities[a.Severity]
		if !ok {
			return nil, fmt.Errorf("no severity %q", a.Severity)
		}
		value["Severity"] = number
	}
	if len(a.Vulnerable) > 0 {
		value["VulnerableVersions"] = a.Vulnerable
	}
	if len(a.Patched) > 0 {
		value["PatchedVersions"] = a.Patched
	}
	if len(value) == 0 {
		return nil, errors.New("says nothing")
	}
	return value, nil
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: database facts.yaml trivy.db")
		os.Exit(2)
	}
	if err := build(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "database:", err)
		os.Exit(1)
	}
}

func build(from, to string) error {
	known, err := read(from)
	if err != nil {
		return err
	}
	// The machine's own size of pages would be another one elsewhere.
	db, err := bbolt.Open(to, 0o644, &bbolt.Options{PageSize: 4096, NoSync: true})
	if err != nil {
		return err
	}
	return errors.Join(write(db, known), db.Close())
}

func read(path string) (facts, error) {
	var known facts
	file, err := os.Open(path)
	if err != nil {
		return known, err
	}
	defer file.Close()
	decoder := yaml.NewDecoder(file)
	decoder.KnownFields(true)
	return known, decoder.Decode(&known)
}

func write(db *bbolt.DB, known facts) error {
	used := map[string]bool{}
	for _, name := range sorted(known.Advisories) {
		from, err := sourceOf(name, known.Sources)
		if err != nil {
			return err
		}
		value := map[string]any{"ID": from.ID, "Name": from.Name, "URL": from.URL}
		if err := put(db, map[string]any{name: value}, "data-source"); err != nil {
			return err
		}
		for _, pkg := range sorted(known.Advisories[name]) {
			values := map[string]any{}
			for id, one := range known.Advisories[name][pkg] {
				value, err := one.stored()
				if err == nil && known.Vulnerabilities[id].Severity == "" {
					err = errors.New("is not among the vulnerabilities") // Trivy would call it UNKNOWN
				}
				if err != nil {
					return fmt.Errorf("%s, %s, %s: %w", name, pkg, id, err)
				}
				values[id], used[id] = value, true
			}
			if err := put(db, values, name, pkg); err != nil {
				return err
			}
		}
	}
	values := map[string]any{}
	for id, one := range known.Vulnerabilities {
		if severities[one.Severity] == 0 || one.Title == "" || !used[id] {
			return fmt.Errorf("%s: has no severity, no title, or no advisory", id)
		}
		values[id] = one.stored(id)
	}
	return put(db, values, "vulnerability")
}

func (v vulnerability) stored(id string) map[string]any {
	by := "nvd"
	if strings.HasPrefix(id, "LAB-") {
		by = "lab"
	}
	return map[string]any{
		"Title":          v.Title,
		"Description":    v.Title + ".",
		"Severity":       v.Severity,
		"VendorSeverity": map[string]int{by: severities[v.Severity]},
	}
}

func sourceOf(bucket string, sources []source) (source, error) {
	for _, one := range sources {
		if strings.HasPrefix(bucket, one.Of) {
			return one, nil
		}
	}
	return source{}, fmt.Errorf("no source is that of %q", bucket)
}

// put writes values as JSON into the bucket at this path. Each in a transaction of its own: one that changes two buckets
// lays their pages down in the order of a Go map.
func put(db *bbolt.DB, values map[string]any, path ...string) error {
	return db.Update(func(tx *bbolt.Tx) error {
		bucket, err := tx.CreateBucketIfNotExists([]byte(path[0]))
		for _, name := range path[1:] {
			if err == nil {
				bucket, err = bucket.CreateBucketIfNotExists([]byte(name))
			}
		}
		if err != nil {
			return err
		}
		for _, key := range sorted(values) {
			data, err := json.Marshal(values[key]) // with the keys of maps in order
			if err != nil {
				return err
			}
			if err := bucket.Put([]byte(key), data); err != nil {
				return err
			}
		}
		return nil
	})
}

func sorted[V any](of map[string]V) []string {
	return slices.Sorted(maps.Keys(of))
}
