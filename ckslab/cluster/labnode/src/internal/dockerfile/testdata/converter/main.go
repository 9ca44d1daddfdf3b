// What BuildKit's own converter makes of a Dockerfile: texts as JSON strings on standard input, a verdict a line on standard output.
//
// The base images have a PATH and nothing else. It recorded ../converter.jsonl, in a module of its own:
//
//	go mod init converter && go get github.com/moby/buildkit@v0.26.3 && go mod tidy && go run . <texts >verdicts
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

type resolver struct{}

func (resolver) ResolveImageConfig(ctx context.Context, ref string, opt sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	return ref, "", []byte(`{"architecture":"amd64","os":"linux","config":{"Env":["PATH=/p"]},"rootfs":{"type":"layers","diff_ids":["sha256:0000000000000000000000000000000000000000000000000000000000000000"]}}`), nil
}

func one(dt []byte) (out map[string]any) {
	defer func() {
		if r := recover(); r != nil {
			out = map[string]any{"panic": fmt.Sprint(r)}
		}
	}()
	p := ocispecs.Platform{OS: "linux", Architecture: "amd64"}
	opt := dockerfile2llb.ConvertOpt{MetaResolver: resolver{}, TargetPlatform: &p}
	_, img, _, _, err := dockerfile2llb.Dockerfile2LLB(context.Background(), dt, opt)
	if err != nil {
		line := 0
		var located *parser.LocationError
		if errors.As(err, &located) && len(located.Locations) > 0 && len(located.Locations[0]) > 0 {
			line = located.Locations[0][0].Start.Line
		}
		return map[string]any{"error": map[string]any{"message": err.Error(), "line": line}}
	}
	c := img.Config
	return map[string]any{"user": c.User, "workdir": c.WorkingDir, "env": c.Env, "cmd": c.Cmd, "entrypoint": c.Entrypoint, "labels": c.Labels, "shell": c.Shell, "health": c.Healthcheck}
}

// a JSON text a line in, a JSON object a line out
func main() {
	in := bufio.NewReader(os.Stdin)
	dec := json.NewDecoder(in)
	enc := json.NewEncoder(os.Stdout)
	for dec.More() {
		var text string
		if err := dec.Decode(&text); err != nil {
			panic(err)
		}
		enc.Encode(one([]byte(text)))
	}
}
