// What a container of a node without cgroups may not ask for, and who its users are where one id is mapped.

package runcshim

import (
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"strings"
)

func adaptSpec(spec map[string]any, seccomp, single bool, floor int64) {
	if linux, is := spec["linux"].(map[string]any); is {
		delete(linux, "cgroupsPath")
		delete(linux, "resources")
		if !seccomp {
			delete(linux, "seccomp")
		}
	}
	if process, is := spec["process"].(map[string]any); is {
		adaptProcess(process, single, floor)
	}
	if mounts, is := spec["mounts"].([]any); is && single {
		for _, mount := range mounts {
			dropGroupOfDevpts(mount)
		}
	}
}

func dropGroupOfDevpts(mount any) {
	fields, is := mount.(map[string]any)
	if !is || fields["type"] != "devpts" {
		return
	}
	if options, is := fields["options"].([]any); is {
		fields["options"] = slices.DeleteFunc(options, func(option any) bool {
			text, is := option.(string)
			return is && strings.HasPrefix(text, "gid=")
		})
	}
}

// adaptProcess also lifts oomScoreAdj to our own: a lower one needs CAP_SYS_RESOURCE outside of the namespace
// (fs/proc/base.c, __set_oom_adj). It is what containerd's restrict_oom_score_adj does.
func adaptProcess(process map[string]any, single bool, floor int64) {
	if user, is := process["user"].(map[string]any); is && single {
		user["uid"], user["gid"] = json.Number("0"), json.Number("0")
		delete(user, "additionalGids")
	}
	if wanted, is := process["oomScoreAdj"].(json.Number); is {
		if value, err := wanted.Int64(); err == nil && value < floor {
			process["oomScoreAdj"] = json.Number(strconv.FormatInt(floor, 10))
		}
	}
}

// singleID says whether this user namespace maps one id only.
func singleID() bool {
	data, err := os.ReadFile("/proc/self/uid_map")
	fields := strings.Fields(string(data))
	return err == nil && len(fields) == 3 && fields[2] == "1"
}

// oomFloor is the lowest oom_score_adj that a child can surely have; outside of a user namespace any.
func oomFloor() int64 {
	const lowest = -1000
	ids, err := os.ReadFile("/proc/self/uid_map")
	if err != nil || slices.Equal(strings.Fields(string(ids)), []string{"0", "0", "4294967295"}) {
		return lowest
	}
	data, err := os.ReadFile("/proc/self/oom_score_adj")
	if err != nil {
		return lowest
	}
	value, err := strconv.ParseInt(strings.TrimSpace(string(data)), 10, 64)
	if err != nil {
		return lowest
	}
	return value
}
