package server

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"ctxcliff/harness/internal/process"
	"ctxcliff/harness/provision/provisiontest"
)

// rpcServer runs a real rpc-server until the end of the test and returns its endpoint.
func rpcServer(t testing.TB) string {
	t.Helper()
	endpoint := freeEndpoint(t)
	_, port, _ := net.SplitHostPort(endpoint)
	p, err := process.Start(within(t), process.Spec{Argv: []string{provisiontest.RPCServer(t), "-H", loopback, "-p", port}, Name: "rpc"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Stop(context.Background(), 0) })
	for {
		if c, err := net.Dial("tcp", endpoint); err == nil {
			c.Close()
			return endpoint
		}
		if _, ended := p.Exit(); ended {
			t.Fatalf("the rpc-server ended: %v", p.Tail())
		}
	}
}

func freeEndpoint(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// fakePeer accepts connections, one after the other, and does with each of them what handle does.
func fakePeer(t testing.TB, handle func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			handle(c)
			c.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return l.Addr().String()
}

// anotherVersion passes everything on to a real rpc-server, but for the first byte of its greeting:
// the major version, after eight bytes of length.
func anotherVersion(t testing.TB, real string) string {
	return fakePeer(t, func(c net.Conn) {
		up, err := net.Dial("tcp", real)
		if err != nil {
			return
		}
		defer up.Close()
		go func() { io.Copy(up, c); up.Close() }() // ends with the client
		greeting := make([]byte, 9)
		if _, err := io.ReadFull(up, greeting); err != nil {
			return
		}
		greeting[8] = 99
		c.Write(greeting)
		io.Copy(c, up)
	})
}

func TestReachPeers(t *testing.T) {
	command := []string{provisiontest.Server(t)}
	one, two := rpcServer(t), rpcServer(t)
	for range 2 { // asking leaves them free
		if err := ReachPeers(within(t), nil, command, nil, []string{one, two}, patient); err != nil {
			t.Fatal(err)
		}
	}
	silent := fakePeer(t, func(c net.Conn) { io.Copy(io.Discard, c) })
	for name, c := range map[string]struct {
		endpoint string
		limit    time.Duration
		says     string
		silent   bool
	}{
		"nobody there":          {freeEndpoint(t), patient, "accepts no connection", false},
		"another protocol":      {anotherVersion(t, rpcServer(t)), patient, "run the same build on all hosts", false},
		"no rpc-server":         {fakePeer(t, func(c net.Conn) { io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n") }), patient, "does not answer as an rpc-server does", false},
		"busy with another one": {silent, 1500 * time.Millisecond, "did not say within 1.5s", true},
	} {
		t.Run(name, func(t *testing.T) {
			for _, all := range [][]string{{c.endpoint}, {one, c.endpoint, two}} {
				err := ReachPeers(within(t), nil, command, nil, all, c.limit)
				oneSentence(t, err, c.says)
				var trouble *PeerError
				if !errors.As(err, &trouble) || trouble.Endpoint != c.endpoint || trouble.Silent != c.silent {
					t.Errorf("%+v, want %s", trouble, c.endpoint)
				}
				if left := process.Descendants(os.Getpid()); len(left) > 9 { // three rpc-servers with their guards
					t.Errorf("left behind: %v", left)
				}
			}
		})
	}
	if err := ReachPeers(within(t), nil, []string{script(t, `echo "Available devices:"`)}, nil, []string{one}, patient); err == nil || !strings.Contains(err.Error(), "has no device") {
		t.Errorf("a build that goes on without its peer: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(50*time.Millisecond, cancel)
	if err := ReachPeers(ctx, nil, command, nil, []string{silent}, patient); !errors.Is(err, context.Canceled) {
		t.Errorf("an interruption: %v", err)
	}
}

func TestPeersComeFirst(t *testing.T) {
	c := Capabilities{flags: parseFlags("--ctx-size N\n--port N\n--rpc SERVERS\n")}
	args := c.Args(Options{Model: "m", NP: 1, Ctx: 512, Peers: []string{"a:1", "b:2"}, Extra: []string{"--device", "RPC0,RPC1", "-ts", "1/1"}})
	if line := strings.Join(args, " "); !strings.HasPrefix(line, "--rpc a:1,b:2 --model m") || !strings.HasSuffix(line, "--device RPC0,RPC1 -ts 1/1") {
		t.Errorf("%q", line)
	}
	if line := strings.Join(c.Args(Options{Model: "m", NP: 1, Ctx: 512}), " "); strings.Contains(line, "--rpc") {
		t.Errorf("%q", line)
	}
}
