// What is passed on, and what is left out. That BuildKit takes it is seen on a node.

package frontend

import (
	"bytes"
	"errors"
	"maps"
	"net/http"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

func field(number protowire.Number, value string) []byte {
	return protowire.AppendString(protowire.AppendTag(nil, number, protowire.BytesType), value)
}

func TestOptionsAreThoseOfTheEnvironment(t *testing.T) {
	found := optionsOf([]string{
		"PATH=/bin", "BUILDKIT_FRONTEND_OPT_0=build-arg:A=b=c", "BUILDKIT_FRONTEND_OPT_1=cmdline=docker/dockerfile:1",
		"BUILDKIT_FRONTEND_OPT_2=source=docker/dockerfile:1", "BUILDKIT_FRONTEND_OPT_3=no-cache=", "BUILDKIT_FRONTEND_OPT_4",
	})
	wanted := map[string]string{"build-arg:A": "b=c", "cmdline": "docker/dockerfile:1", "no-cache": "", "": ""}
	if !maps.Equal(found, wanted) {
		t.Errorf("%v", found)
	}
}

func TestFieldsArePassedOnAsTheyCome(t *testing.T) {
	message := append(append(field(1, "old"), field(3, "result")...), field(9, "new")...)
	passed, err := renumbered(nil, message, solvedResult, returnResult)
	if err != nil || !bytes.Equal(passed, field(1, "result")) {
		t.Errorf("%q %v", passed, err)
	}
	if _, err := renumbered(nil, message[:len(message)-1], solvedResult, returnResult); err == nil {
		t.Error("half a message is one")
	}
}

func TestAnErrorIsReturnedAsItCame(t *testing.T) {
	end := http.Header{"Grpc-Message": {"line 4%3A what"}, "Grpc-Status-Details-Bin": {"CAMSAWE="}}
	if got := statusOf(refused("3", end)); !bytes.Equal(got, []byte{8, 3, 18, 1, 'a'}) {
		t.Errorf("% x", got)
	}
	end.Del("Grpc-Status-Details-Bin")
	err := refused("3", end)
	if got := statusOf(err); err.Error() != "line 4: what" || !bytes.HasPrefix(got, []byte{8, 3}) {
		t.Errorf("%v % x", err, got)
	}
	if got := statusOf(errors.New("x")); !bytes.Equal(got, []byte{8, 2, 18, 1, 'x'}) {
		t.Errorf("% x", got)
	}
}
