package simserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
)

// The environment of a simulated server that runs as a process.
const (
	EnvProfile = "CTXCLIFF_SIM_PROFILE" // the profile, where --sim-profile is not given
	EnvSeed    = "CTXCLIFF_SIM_SEED"    // a number; chance and fault addresses depend on it
	EnvStart   = "CTXCLIFF_SIM_START"   // a number, or a file that holds one and is counted up by every start
)

// ownArgs is how many arguments Main was given; what stands before them makes this program a
// simulated server, and is needed to start it once more.
var ownArgs int

// Main is a llama-server: args are its arguments without the program's name, the result is its exit
// code. Rules may end the process before Main returns. --sim-profile PROFILE may come first.
func Main(args []string) int {
	ownArgs = len(args)
	signal.Reset(syscall.SIGTERM, syscall.SIGINT)
	if code, ok := helper(args); ok {
		return code
	}
	profile, args := cutProfile(args)
	o, err := environment(profile)
	if err != nil {
		fmt.Fprintln(os.Stderr, "error: simulated server:", err)
		return 1
	}
	build := o.setup().build
	line, err := parseArgs(args, build)
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		return 1
	case line.help:
		printHelp(os.Stdout, build)
		return 0
	case line.version:
		fmt.Printf("version: 0.7.0-sim (build %d, commit sim)\nbuilt with Go for simulation\n", build)
		return 0
	case line.devices:
		fmt.Print("Available devices:\n  (none)\n")
		return 0
	}
	line.options.Profile, line.options.Start, line.options.Seed = o.Profile, o.Start, o.Seed
	return serveChild(line)
}

// cutProfile takes --sim-profile from the front.
func cutProfile(args []string) (string, []string) {
	if len(args) >= 2 && args[0] == "--sim-profile" {
		return args[1], args[2:]
	}
	return os.Getenv(EnvProfile), args
}

// environment reads what is not llama-server's business.
func environment(profile string) (o Options, err error) {
	if o.Profile, err = ParseProfile(profile); err != nil {
		return o, err
	}
	if text := os.Getenv(EnvSeed); text != "" {
		if o.Seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			return o, fmt.Errorf("%s=%s is not a number", EnvSeed, text)
		}
	}
	o.Start, err = startNumber(os.Getenv(EnvStart))
	return o, err
}

// startNumber is the number in text, or the one in the file that text names, which is counted up.
func startNumber(text string) (int, error) {
	if n, err := strconv.Atoi(text); err == nil || text == "" {
		return max(1, n), nil
	}
	f, err := os.OpenFile(text, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return 0, fmt.Errorf("count starts: %w", err)
	}
	defer f.Close()
	if err := lockFile(f); err != nil {
		return 0, fmt.Errorf("count starts in %s: %w", text, err)
	}
	old, err := io.ReadAll(f)
	if err != nil {
		return 0, fmt.Errorf("count starts in %s: %w", text, err)
	}
	n, _ := strconv.Atoi(string(bytes.TrimSpace(old))) // an empty file counts as 0
	n++
	_, err = f.WriteAt([]byte(strconv.Itoa(n)+"\n"), 0)
	return n, err
}

// serveChild is a server's whole life after its command line was understood.
func serveChild(line commandLine) int {
	o := line.options
	o.Model, o.Stderr, o.Die, o.child = line.model, os.Stderr, dieForReal, true
	if line.logFile != "" {
		f, err := os.Create(line.logFile)
		if err != nil {
			fmt.Fprintln(os.Stderr, "error: open log file:", err)
			return 1
		}
		defer f.Close()
		o.Log = f
	}
	s := newServer(o)
	s.log.line("I", "srv", "llama_server", "initializing ...")
	s.log.line("W", "srv", "llama_server", "security: no API key is set and CORS allows all origins (see https://github.com/ggml-org/llama.cpp/pull/25655)")
	listener, err := net.Listen("tcp", net.JoinHostPort(line.host, strconv.Itoa(line.port)))
	if err != nil {
		s.log.line("E", "srv", "start", "couldn't bind HTTP server socket, hostname: %s, port: %d", line.host, line.port)
		s.log.line("E", "srv", "llama_server", "exiting due to HTTP server error")
		return 1
	}
	web := &http.Server{Handler: s, ErrorLog: log.New(io.Discard, "", 0)}
	s.Configure(web)
	if line.model == "" && !s.setup.noModel {
		web.Handler = http.HandlerFunc(s.router)
		s.log.line("I", "srv", "llama_server", "starting server in router mode. models will be automatically loaded on-demand")
	}
	served := make(chan error, 1)
	go func() { served <- web.Serve(listener) }()
	if line.model != "" || s.setup.noModel {
		if err := s.loadFile(line.model); err != nil {
			s.log.line("I", "srv", "operator()", "operator(): cleaning up before exit...")
			s.log.line("E", "srv", "llama_server", "exiting due to model loading error")
			return 1
		}
		s.log.line("I", "srv", "llama_server", "model loaded")
	}
	signals := make(chan os.Signal, 2)
	if !s.setup.deafness {
		signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	}
	s.open()
	s.log.line("I", "srv", "llama_server", "listening on http://%s", listener.Addr())
	return s.untilTold(web, listener, signals, served)
}

// loadFile reads the model file and loads it; what goes wrong is in the log.
func (s *Server) loadFile(path string) error {
	if path != "" {
		m, err := readModel(path)
		if err != nil {
			s.log.bare("E", err.Error())
			if !strings.HasPrefix(err.Error(), "llama_model_load:") {
				s.log.bare("E", "llama_model_load: error loading model: llama_model_loader: failed to load model from "+path)
			}
			s.log.bare("E", "llama_model_load_from_file_impl: failed to load model")
			s.log.line("E", "cmn", "common_init_", "failed to load model '%s'", path)
			s.log.line("E", "srv", "load_model", "failed to load model, '%s'", path)
			return err
		}
		s.options.Trained = m.trained
	}
	if err := s.load(); err != nil {
		s.log.bare("E", "llama_init_from_model: "+err.Error())
		s.log.line("E", "cmn", "common_init_", "failed to create context with model '%s'", path)
		s.log.line("E", "srv", "load_model", "failed to create_context with model '%s'", path)
		return err
	}
	return nil
}

// untilTold serves until a signal. Then, like llama-server: the listener closes, work stops, and
// the process waits for its clients to go; a second signal ends it with code 1.
func (s *Server) untilTold(web *http.Server, listener net.Listener, signals <-chan os.Signal, served <-chan error) int {
	select {
	case <-signals:
	case err := <-served:
		s.log.line("E", "srv", "llama_server", "HTTP server ended: %s", err)
		return 1
	}
	listener.Close()
	s.log.line("I", "srv", "operator()", "operator(): cleaning up before exit...")
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		s.stop()
		if err := web.Shutdown(context.Background()); err != nil && !errors.Is(err, net.ErrClosed) {
			s.log.line("E", "srv", "operator()", "close connections: %s", err)
		}
		s.wait()
	}()
	select {
	case <-gone:
		return 0
	case <-signals:
		s.log.raw("Received second interrupt, terminating immediately.\n")
		return 1
	}
}

// router is what llama-server is without -m: healthy, and of no use.
func (s *Server) router(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Server", "llama.cpp")
	switch r.URL.Path {
	case "/health", "/v1/health":
		reply(w, map[string]any{"status": "ok"})
	case "/props":
		reply(w, map[string]any{
			"role": "router", "max_instances": 4, "models_autoload": true, "model_alias": "llama-server", "model_path": "none",
			"default_generation_settings": map[string]any{"params": nil, "n_ctx": 0}, "ui_settings": map[string]any{},
			"build_info": s.buildInfo(), "cors_proxy_enabled": false,
		})
	case "/models", "/v1/models":
		reply(w, map[string]any{"data": []any{}, "object": "list"})
	default:
		s.refuse(w, invalid("model name is missing from the request"))
	}
}
