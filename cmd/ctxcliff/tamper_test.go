package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
)

// recordBodies names the file in the environment that a tampered server notes all requests in.
const recordBodies = "CTXCLIFF_TEST_BODIES"

// tamperCommand makes the test binary stand before a real llama-server: it passes everything on, and kills
// the server (SIGSEGV) by a rule that nobody else knows, when a prompt of so many ids comes. It takes the
// number, and the server with its arguments.
const tamperCommand = "__tamper"

func playTampered(ids string, argv []string) int {
	server := exec.Command(argv[0], argv[1:]...)
	server.Stdout, server.Stderr = os.Stdout, os.Stderr
	at := slices.Index(argv, "--port")
	if at < 0 { // a question to the binary
		_ = server.Run()
		return server.ProcessState.ExitCode()
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", argv[at+1]))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	inner, limit := freePort(), 0
	_, _ = fmt.Sscan(ids, &limit)
	server.Args[at+1] = inner
	if err := server.Start(); err != nil {
		return 1
	}
	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM)
	go func() {
		for s := range term {
			_ = server.Process.Signal(s)
		}
	}()
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: net.JoinHostPort("127.0.0.1", inner)})
	proxy.FlushInterval, proxy.ErrorHandler = -1, func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusServiceUnavailable) }
	// A connection that the server closes while a request is on its way would look like a fault of the server.
	proxy.Transport = &http.Transport{DisableKeepAlives: true}
	go func() {
		_ = http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			body, _ := io.ReadAll(q.Body)
			q.Body = io.NopCloser(bytes.NewReader(body))
			note(q.URL.Path, body)
			var sent struct {
				Prompt []int32 `json:"prompt"`
			}
			if _ = json.Unmarshal(body, &sent); len(sent.Prompt) >= limit {
				_ = server.Process.Signal(syscall.SIGSEGV)
			}
			proxy.ServeHTTP(w, q)
		}))
	}()
	_ = server.Wait()
	if s := server.ProcessState.Sys().(syscall.WaitStatus); s.Signaled() {
		return 128 + int(s.Signal())
	}
	return server.ProcessState.ExitCode()
}

// note adds a line to the record: path and body.
func note(path string, body []byte) {
	f, err := os.OpenFile(os.Getenv(recordBodies), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return // nobody asked for it
	}
	defer f.Close()
	_, _ = fmt.Fprintf(f, "%s %s\n", path, body)
}

// tampered is a program that runs the server so that a prompt of so many ids kills it.
func tampered(t *testing.T, dir, server string, ids int) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "tampered-"+strconv.Itoa(ids))
	text := fmt.Sprintf("#!/bin/sh\nexec '%s' %s %d '%s' \"$@\"\n", self, tamperCommand, ids, server)
	if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}
