// A call that cannot be understood ends with 2.
package main

import "testing"

func TestExitCodes(t *testing.T) {
	for code, call := range map[int][]string{0: {"help"}, 1: {"init", "/missing.json"}, 2: {"service", "status", "--nope"}} {
		if got := exitCode(dispatch(call[0], call[1:])); got != code {
			t.Errorf("%v: %d", call, got)
		}
	}
	if got := exitCode(dispatch("nope", nil)); got != 2 {
		t.Error(got)
	}
}
