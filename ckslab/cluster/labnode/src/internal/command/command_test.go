// Flags stand anywhere, and a wrong one is a wrong call.

package command

import (
	"errors"
	"strings"
	"testing"
)

func TestFlagsAnywhere(t *testing.T) {
	flags := NewFlags("x")
	socket := flags.String("socket", "", "")
	positional, err := Parse(flags, []string{"a", "--socket", "S", "b"})
	if err != nil || *socket != "S" || strings.Join(positional, " ") != "a b" {
		t.Error(positional, *socket, err)
	}
	var wrong Usage
	if _, err := Parse(NewFlags("x"), []string{"status", "--nope"}); !errors.As(err, &wrong) {
		t.Error(err)
	}
	if err := ParseOnly(NewFlags("x"), []string{"status"}); !errors.As(err, &wrong) {
		t.Error(err)
	}
}
