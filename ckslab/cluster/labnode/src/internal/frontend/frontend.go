// Package frontend is `labnode frontend`: a frontend of BuildKit that has BuildKit's own, built-in one do the work.
//
// BuildKit runs the image that a Dockerfile's `# syntax=` names and speaks gRPC with it over standard input and output
// (frontend/gateway, 0.26). What the real image holds is the code that BuildKit has built in as `dockerfile.v0`, so this
// one asks for that. Its messages are passed on as they come: none of their types is needed here.
package frontend

import (
	"context"
	"os"
	"strings"
	"time"

	"ckslab.invalid/labnode/internal/command"
	"google.golang.org/protobuf/encoding/protowire"
)

const (
	builtIn   = "dockerfile.v0"
	optPrefix = "BUILDKIT_FRONTEND_OPT_"
	patience  = 24 * time.Hour // of a build: BuildKit ends us with it
)

// Fields of frontend/gateway/pb/gateway.proto.
const (
	solveFrontend      = 2  // SolveRequest
	solveOpt           = 3  // map<string, string>
	solveAllowResult   = 5  // bool
	solveAllowArrayRef = 6  // bool
	solveInputs        = 13 // map<string, pb.Definition>
	solvedResult       = 3  // SolveResponse
	returnResult       = 1  // ReturnRequest
	returnError        = 2  // google.rpc.Status
	inputsDefinitions  = 1  // InputsResponse: map<string, pb.Definition>
	statusCode         = 1  // google.rpc.Status
	statusMessage      = 2
	mapKey, mapValue   = 1, 2
)

// Run is the subcommand.
func Run(args []string) error {
	if err := command.ParseOnly(command.NewFlags("frontend"), args); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	bridge := newBridge(os.Stdin, os.Stdout)
	answer, err := solve(ctx, bridge)
	if err != nil {
		answer = protowire.AppendBytes(protowire.AppendTag(nil, returnError, protowire.BytesType), statusOf(err))
	}
	_, err = bridge.call(ctx, "Return", answer)
	return err
}

// solve is the ReturnRequest of what the built-in frontend makes.
func solve(ctx context.Context, bridge *bridge) ([]byte, error) {
	inputs, err := bridge.call(ctx, "Inputs", nil)
	if err != nil {
		return nil, err
	}
	request, err := solveRequest(optionsOf(os.Environ()), inputs)
	if err != nil {
		return nil, err
	}
	solved, err := bridge.call(ctx, "Solve", request)
	if err != nil {
		return nil, err
	}
	return renumbered(nil, solved, solvedResult, returnResult)
}

// optionsOf is what BuildKit was asked for: NAME_0=key=value. `cmdline` among them says that syntax was seen to.
func optionsOf(environment []string) map[string]string {
	found := map[string]string{}
	for _, one := range environment {
		name, option, _ := strings.Cut(one, "=")
		if strings.HasPrefix(name, optPrefix) {
			key, value, _ := strings.Cut(option, "=")
			found[key] = value
		}
	}
	delete(found, "source") // the image that we are
	return found
}

func solveRequest(options map[string]string, inputs []byte) ([]byte, error) {
	request := protowire.AppendString(protowire.AppendTag(nil, solveFrontend, protowire.BytesType), builtIn)
	for key, value := range options {
		entry := protowire.AppendString(protowire.AppendTag(nil, mapKey, protowire.BytesType), key)
		entry = protowire.AppendString(protowire.AppendTag(entry, mapValue, protowire.BytesType), value)
		request = protowire.AppendBytes(protowire.AppendTag(request, solveOpt, protowire.BytesType), entry)
	}
	for _, allowed := range []protowire.Number{solveAllowResult, solveAllowArrayRef} {
		request = protowire.AppendVarint(protowire.AppendTag(request, allowed, protowire.VarintType), 1)
	}
	return renumbered(request, inputs, inputsDefinitions, solveInputs)
}

// renumbered appends the fields `from` of a message as fields `to`, and leaves out all others.
func renumbered(into, message []byte, from, to protowire.Number) ([]byte, error) {
	for len(message) > 0 {
		number, kind, size := protowire.ConsumeTag(message)
		if size < 0 {
			return nil, protowire.ParseError(size)
		}
		message = message[size:]
		if size = protowire.ConsumeFieldValue(number, kind, message); size < 0 {
			return nil, protowire.ParseError(size)
		}
		if number == from {
			into = append(protowire.AppendTag(into, to, kind), message[:size]...)
		}
		message = message[size:]
	}
	return into, nil
}
