// gRPC with BuildKit over two pipes: HTTP/2 without TLS, one message there and one back.

package frontend

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

const (
	service    = "http://buildkit/moby.buildkit.v1.frontend.LLBBridge/"
	maxMessage = 16 << 20 // BuildKit's own bound (frontend/gateway/grpcclient)
	unknown    = 2        // gRPC's code for what has none
)

type bridge struct{ client http.Client }

func newBridge(in, out *os.File) *bridge {
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	return &bridge{http.Client{Transport: &http.Transport{
		Protocols:   protocols,
		DialContext: func(context.Context, string, string) (net.Conn, error) { return &pipes{in, out}, nil },
	}}}
}

// failure is what BuildKit answers instead of a message: a google.rpc.Status, with the places in the Dockerfile.
type failure struct {
	code    uint64
	message string
	whole   []byte
}

func (f *failure) Error() string { return f.message }

// call is one method. The error is a *failure where BuildKit refuses.
func (b *bridge) call(ctx context.Context, method string, message []byte) ([]byte, error) {
	body := binary.BigEndian.AppendUint32([]byte{0}, uint32(len(message)))
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, service+method, bytes.NewReader(append(body, message...)))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/grpc")
	request.Header.Set("Te", "trailers")
	response, err := b.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	data, err := io.ReadAll(io.LimitReader(response.Body, maxMessage+6))
	if err != nil {
		return nil, err
	}
	end := response.Trailer
	if response.Header.Get("Grpc-Status") != "" { // an error that came without a message
		end = response.Header
	}
	if status := end.Get("Grpc-Status"); status != "0" {
		return nil, refused(status, end)
	}
	if len(data) < 5 || data[0] != 0 || uint64(binary.BigEndian.Uint32(data[1:])) != uint64(len(data)-5) {
		return nil, errors.New("BuildKit's answer to " + method + " is no message")
	}
	return data[5:], nil
}

func refused(status string, end http.Header) error {
	code, err := strconv.ParseUint(status, 10, 32)
	if err != nil {
		return fmt.Errorf("BuildKit ended a call with the status %q", status)
	}
	message, err := url.PathUnescape(end.Get("Grpc-Message"))
	if err != nil {
		message = end.Get("Grpc-Message")
	}
	details := strings.TrimRight(end.Get("Grpc-Status-Details-Bin"), "=")
	whole, err := base64.RawStdEncoding.DecodeString(details)
	if err != nil {
		whole = nil
	}
	return &failure{code, message, whole}
}

// statusOf is the google.rpc.Status of an error: BuildKit's own as it came.
func statusOf(err error) []byte {
	code, message := uint64(unknown), err.Error()
	if told := new(failure); errors.As(err, &told) {
		if len(told.whole) > 0 {
			return told.whole
		}
		code = told.code
	}
	status := protowire.AppendVarint(protowire.AppendTag(nil, statusCode, protowire.VarintType), code)
	return protowire.AppendString(protowire.AppendTag(status, statusMessage, protowire.BytesType), message)
}

// pipes are the two ends as one connection. Nobody sets its deadlines: BuildKit ends the process with the build.
type pipes struct{ in, out *os.File }

func (p *pipes) Read(into []byte) (int, error)  { return p.in.Read(into) }
func (p *pipes) Write(data []byte) (int, error) { return p.out.Write(data) }
func (p *pipes) Close() error                   { return errors.Join(p.in.Close(), p.out.Close()) }

func (p *pipes) LocalAddr() net.Addr              { return &net.UnixAddr{Name: "stdio", Net: "unix"} }
func (p *pipes) RemoteAddr() net.Addr             { return p.LocalAddr() }
func (p *pipes) SetDeadline(time.Time) error      { return nil }
func (p *pipes) SetReadDeadline(time.Time) error  { return nil }
func (p *pipes) SetWriteDeadline(time.Time) error { return nil }
