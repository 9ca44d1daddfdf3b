// Package look is `labnode look`: one look at the API server as the node shows it: files, recorded starts, and its newest log.
package look

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"ckslab.invalid/labnode/internal/command"
	"ckslab.invalid/labnode/internal/files"
	"ckslab.invalid/labnode/internal/nodefile"
)

const (
	maxStartsFile = 8 << 20 // 20 starts with 500 digests each are 2
	maxTail       = 2 << 20 // bytes in which the last lines of a log are looked for
	maxLogLines   = 10_000
)

// lookAnswer is what one look saw; now and changed are this node's clock, in seconds since the epoch.
type lookAnswer struct {
	Now     float64               `json:"now"`
	Files   map[string]files.Fact `json:"files"`
	Starts  []json.RawMessage     `json:"starts"`
	LogPath string                `json:"log_path"`
	Changed float64               `json:"changed"`
	Log     []string              `json:"log"`
}

// Run is the subcommand.
func Run(args []string) error {
	flags := command.NewFlags("look")
	lines := flags.Int("log-lines", 80, "how many of the log's last lines")
	process := flags.String("process", "kube-apiserver", "name of the static pod, and of its container until another was seen")
	starts := flags.String("starts", "/run/ckslab/starts.json", "record of labnode watch")
	manifests := flags.String("manifests", "/etc/kubernetes/manifests", "folder of static pods")
	logs := flags.String("logs", "/var/log/pods", "the kubelet's folder of container logs")
	if err := command.ParseOnly(flags, args); err != nil {
		return err
	}
	if *lines < 0 || *lines > maxLogLines {
		return command.Usage("look: --log-lines is 0 to 10000")
	}
	request, err := files.ReadRequest(os.Stdin)
	if err != nil {
		return err
	}
	// The files first: a change that comes after they were read makes `changed` the newer one, never the older.
	answer := lookAnswer{Files: files.Of(request), Now: seconds(time.Now()), Starts: recordedStarts(*starts)}
	answer.LogPath = newestLog(*logs, *process, lastContainer(answer.Starts))
	answer.Log = lastLines(answer.LogPath, *lines)
	answer.Changed = lastChange(*manifests)
	return command.PrintJSON(answer)
}

func seconds(at time.Time) float64 { return float64(at.UnixMicro()) / 1e6 }

// recordedStarts is empty where the record is missing, too large or not what labnode watch writes.
func recordedStarts(path string) []json.RawMessage {
	var record struct {
		Starts []json.RawMessage `json:"starts"`
	}
	data, err := nodefile.ReadRegular(path, maxStartsFile)
	if err != nil || json.Unmarshal(data, &record) != nil || record.Starts == nil {
		return []json.RawMessage{}
	}
	return record.Starts
}

// lastContainer is what the last recorded start's container is called in its pod, "" where that is not known.
func lastContainer(starts []json.RawMessage) string {
	var last struct {
		Container string `json:"container"`
	}
	if len(starts) == 0 || json.Unmarshal(starts[len(starts)-1], &last) != nil {
		return ""
	}
	return filepath.Base(last.Container)
}

// newestLog is the newest log of the container in the newest folder of its pod, FOLDER/kube-system_NAME-NODE_UID/CONTAINER/N.log:
// of the one that was seen last, else of the one of the pod's name.
func newestLog(folder, name, container string) string {
	pod := newest(folder, func(entry os.DirEntry) bool {
		return entry.IsDir() && strings.HasPrefix(entry.Name(), "kube-system_"+name+"-")
	})
	if pod == "" {
		return ""
	}
	for _, each := range []string{container, name} {
		found := newest(filepath.Join(pod, each), func(entry os.DirEntry) bool {
			return !strings.HasPrefix(entry.Name(), ".") && strings.HasSuffix(entry.Name(), ".log")
		})
		if found != "" {
			return found
		}
	}
	return ""
}

// newest is the entry that was written last, "" where there is none.
func newest(folder string, wanted func(os.DirEntry) bool) string {
	found, when := "", time.Time{}
	for _, entry := range nodefile.Entries(folder) {
		if !wanted(entry) {
			continue
		}
		path := filepath.Join(folder, entry.Name())
		if info, err := os.Stat(path); err == nil && (found == "" || info.ModTime().After(when)) {
			found, when = path, info.ModTime()
		}
	}
	return found
}

// lastLines are whole lines without their ends; of a last part that is larger than maxTail, those in it.
func lastLines(path string, count int) []string {
	lines := []string{}
	if path == "" || count == 0 {
		return lines
	}
	file, size, err := nodefile.OpenRegular(path)
	if err != nil {
		return lines
	}
	defer file.Close()
	from := max(0, size-maxTail)
	data, err := io.ReadAll(io.NewSectionReader(file, from, size-from))
	if err != nil {
		return lines
	}
	if from > 0 { // the first line is a part of one
		_, data, _ = bytes.Cut(data, []byte("\n"))
	}
	for line := range bytes.Lines(data) {
		lines = append(lines, string(bytes.TrimSuffix(line, []byte("\n"))))
	}
	return lines[max(0, len(lines)-count):]
}

// lastChange is the newest change of a folder and of what lies directly in it, as links and as what they lead to;
// 0 where the folder is missing. It is the ctime, which nobody can set.
func lastChange(folder string) float64 {
	last := changeOf(folder, syscall.Stat)
	if last == 0 {
		return 0
	}
	for _, entry := range nodefile.Entries(folder) {
		path := filepath.Join(folder, entry.Name())
		last = max(last, changeOf(path, syscall.Lstat), changeOf(path, syscall.Stat))
	}
	return last
}

func changeOf(path string, look func(string, *syscall.Stat_t) error) float64 {
	var info syscall.Stat_t
	if look(path, &info) != nil {
		return 0
	}
	return float64(info.Ctim.Nano()/1000) / 1e6
}
