package far

import (
	"encoding/json"
	"io"
	"runtime"
	"sync"

	"ctxcliff/harness/internal/gpu"
	"ctxcliff/harness/internal/kernlog"
	"ctxcliff/harness/internal/peer"
	"ctxcliff/harness/internal/process"
)

// Command is the hidden first argument with which our program runs as the helper.
const Command = "__far"

// protocol changes whenever one side could misunderstand the other.
const protocol = 2

// maxMessage bounds a line of the protocol: a portrait of a server with hundreds of threads is long.
const maxMessage = 16 << 20

// What can be asked of a helper. Each request but the first has a number, which its reply repeats.
const (
	doHello   = "hello"   // exactly once, first
	doPing    = "ping"    // what time is it there?
	doStart   = "start"   // an rpc-server
	doStop    = "stop"    // the rpc-server of that name
	doLook    = "look"    // portrait and vitals of it
	doMemory  = "memory"  // vitals only
	doGauges  = "gauges"  // what the GPUs show
	doKills   = "kills"   // kills for memory that control groups have counted
	doCatchUp = "catchup" // tell the end of it, if there was one, then reply
	doBuild   = "build"   // what an rpc-server's build is, as a llama-server beside it says
	doKernel  = "kernel"  // tell the kernel lines that there are, then reply
)

type request struct {
	Do      string    `json:"do"`
	ID      uint64    `json:"id,omitempty"`
	Hello   *greeting `json:"hello,omitempty"`
	Name    string    `json:"name,omitempty"` // of a peer
	Start   *order    `json:"start,omitempty"`
	GraceMS int64     `json:"grace_ms,omitempty"`
}

// greeting says who asks.
type greeting struct {
	Protocol int   `json:"protocol"`
	QuietMS  int64 `json:"quiet_ms"`           // a silence of the near side after which the helper ends everything
	Previous *Self `json:"previous,omitempty"` // a helper that was cut off, and is to be ended first
}

// order says which rpc-server to start.
type order struct {
	Program string   `json:"program,omitempty"` // "": one that is on PATH
	Env     [][]byte `json:"env,omitempty"`
	Listen  string   `json:"listen,omitempty"` // "": where ssh came in
	Port    int      `json:"port,omitempty"`
	ReadyMS int64    `json:"ready_ms,omitempty"`
}

// Self is what a helper says of itself and its host.
type Self struct {
	Protocol int      `json:"protocol"`
	PID      int      `json:"pid"`
	Start    uint64   `json:"start"` // clock ticks after boot
	Boot     string   `json:"boot,omitempty"`
	Dark     string   `json:"dark,omitempty"` // why the kernel log cannot be read; "" it can
	KernLog  string   `json:"kernlog,omitempty"`
	Ended    []string `json:"ended,omitempty"` // leftovers that it ended, in sentences

	Available int64 `json:"available,omitempty"` // bytes of memory that its host could give when it began; 0 not known
}

// What a helper says.
const (
	isHello  = "hello"
	isReply  = "reply"
	isLines  = "lines"  // of an rpc-server
	isExit   = "exit"   // it has ended
	isDone   = "done"   // and everything that it said was told
	isKernel = "kernel" // lines of the kernel log
	isBlind  = "blind"  // the kernel log cannot be read any more
)

type message struct {
	Is   string `json:"is"`
	ID   uint64 `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
	At   int64  `json:"at,omitempty"` // Unix time in nanoseconds when it was asked, by the helper's clock

	Error    string              `json:"error,omitempty"` // a sentence
	Hello    *Self               `json:"hello,omitempty"`
	Started  *started            `json:"started,omitempty"`
	NotReady *peer.NotReadyError `json:"not_ready,omitempty"`
	Exit     *process.Exit       `json:"exit,omitempty"`
	Lines    []line              `json:"lines,omitempty"`
	Kernel   []kernlog.Line      `json:"kernel,omitempty"`
	Lost     int                 `json:"lost,omitempty"` // lines that did not fit into memory, before these
	Snapshot *gpu.Snapshot       `json:"snapshot,omitempty"`
	Vitals   *process.Vitals     `json:"vitals,omitempty"`
	Texts    []string            `json:"texts,omitempty"`
	Counted  bool                `json:"counted,omitempty"` // there is a control group that counts kills
}

// started is an rpc-server that accepts connections.
type started struct {
	Endpoint string   `json:"endpoint"` // where a server on another host reaches it
	Argv     []string `json:"argv"`
	PID      int      `json:"pid"`
	Start    uint64   `json:"start"`
	HostPID  int      `json:"host_pid"`
	Comm     string   `json:"comm"`
}

// line is a line of output; bytes, because they need not be UTF-8.
type line struct {
	At     int64  `json:"at"`
	Stderr bool   `json:"stderr,omitempty"`
	Text   []byte `json:"text"`
	Cut    int64  `json:"cut,omitempty"`
}

// lineWriter writes values, one a line, from any goroutine.
type lineWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lineWriter) write(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err = l.w.Write(append(b, '\n'))
	return err
}

// platform is what a host is, in the words of uname -sm.
var platform = map[string]string{
	"Linux x86_64": "linux/amd64", "Linux aarch64": "linux/arm64", "Linux riscv64": "linux/riscv64",
	"Linux ppc64le": "linux/ppc64le", "Linux s390x": "linux/s390x", "Darwin arm64": "darwin/arm64", "Darwin x86_64": "darwin/amd64",
}

// ours is what this program was built for.
const ours = runtime.GOOS + "/" + runtime.GOARCH
