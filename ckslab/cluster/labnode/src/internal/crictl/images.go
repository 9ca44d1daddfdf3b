// Images of containerd's namespace k8s.io: their names, the digests behind these, and their IDs.

package crictl

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
)

const none = "<none>"

// image is one of the store. id: the digest of its configuration, which is another than that of its manifest.
type image struct {
	id, size      string
	tags, digests []string
}

// named is what an image is called by one tag, or by a digest alone. digest: <none> where no name has one.
type named struct{ name, tag, digest string }

func images() ([]image, error) {
	out, err := ctr("images", "ls")
	return parseImages(string(out)), err
}

// parseImages reads what `ctr images ls` prints: REF TYPE DIGEST SIZE UNIT and more. The CRI plugin gives each image a
// name that is its ID, which leads to the same manifest as the others.
func parseImages(listing string) []image {
	var found []image
	at := map[string]int{}
	for _, line := range strings.Split(strings.TrimSpace(listing), "\n")[1:] {
		fields := strings.Fields(line)
		if len(fields) < 5 {
			continue
		}
		reference, manifest := fields[0], fields[2]
		place, known := at[manifest]
		if !known {
			place = len(found)
			at[manifest] = place
			found = append(found, image{id: manifest, size: fields[3] + fields[4]})
		}
		switch one := &found[place]; {
		case strings.HasPrefix(reference, "sha256:"):
			one.id = reference
		case strings.Contains(reference, "@"):
			one.digests = append(one.digests, reference)
		default:
			one.tags = append(one.tags, reference)
		}
	}
	return found
}

// called are its rows in a table: one a tag, and one a name that has a digest and no tag.
func (i image) called() []named {
	var rows []named
	digests := map[string]string{}
	for _, reference := range i.digests {
		name, digest, _ := strings.Cut(reference, "@")
		digests[name] = digest
	}
	for _, reference := range i.tags {
		name, tag := split(reference)
		row := named{name, tag, none}
		if digest := digests[name]; digest != "" {
			row.digest = digest
		}
		rows = append(rows, row)
	}
	for _, reference := range i.digests {
		name, digest, _ := strings.Cut(reference, "@")
		if !slices.ContainsFunc(rows, func(row named) bool { return row.name == name }) {
			rows = append(rows, named{name, none, digest})
		}
	}
	return rows
}

func printImages(want asked) error {
	found, err := images()
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 4, 3, ' ', 0)
	columns := []string{"IMAGE", "TAG", "DIGEST", "IMAGE ID", "SIZE"}
	if !want.digests {
		columns = slices.Delete(columns, 2, 3)
	}
	if !want.quiet {
		fmt.Fprintln(table, strings.Join(columns, "\t"))
	}
	for _, one := range found {
		if want.quiet {
			fmt.Fprintln(table, one.id)
			continue
		}
		for _, row := range one.called() {
			cells := []string{row.name, row.tag, want.digest(row.digest), want.digest(one.id), one.size}
			if !want.digests {
				cells = slices.Delete(cells, 2, 3)
			}
			fmt.Fprintln(table, strings.Join(cells, "\t"))
		}
	}
	return table.Flush()
}

// digest is as crictl shows one: 13 of its digits, or all of it with --no-trunc.
func (a asked) digest(digest string) string {
	if a.noTrunc || digest == none {
		return digest
	}
	return a.id(strings.TrimPrefix(digest, "sha256:"))
}

func inspectImage(wanted string) error {
	all, err := images()
	if err != nil {
		return err
	}
	for _, one := range all {
		if one.is(wanted) {
			out := json.NewEncoder(os.Stdout)
			out.SetIndent("", "  ")
			return out.Encode(map[string]any{"status": map[string]any{
				"id": one.id, "repoTags": append([]string{}, one.tags...), "repoDigests": append([]string{}, one.digests...),
			}})
		}
	}
	return fmt.Errorf("no such image %q: crictl images", wanted)
}

// is says whether an image is meant by a name, or by its ID or the beginning of it.
func (i image) is(wanted string) bool {
	bare := strings.TrimPrefix(wanted, "sha256:")
	return slices.Contains(i.tags, wanted) || slices.Contains(i.digests, wanted) ||
		bare != "" && strings.HasPrefix(i.id, "sha256:"+bare)
}

// split takes a reference apart at its tag; one by digest has none.
func split(reference string) (name, tag string) {
	plain, _, pinned := strings.Cut(reference, "@")
	if at := strings.LastIndex(plain, ":"); at > strings.LastIndex(plain, "/") {
		return plain[:at], plain[at+1:]
	}
	if pinned {
		return plain, none
	}
	return plain, "latest"
}
