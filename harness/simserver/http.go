package simserver

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

func itoa(n int) string { return strconv.Itoa(n) }

// maxBody is where llama-server answers 413.
const maxBody = 100 << 20

// ServeHTTP answers as llama-server does: 503 for every path while loading, then by path. A server
// that has died in-process drops the connection.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	select {
	case <-s.dead:
		panic(http.ErrAbortHandler)
	default:
	}
	w.Header().Set("Server", "llama.cpp")
	w.Header().Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
	if !s.ready.Load() {
		s.refuse(w, &apiError{Code: http.StatusServiceUnavailable, Message: "Loading model", Type: typeUnavailable})
		return
	}
	path := strings.TrimPrefix(r.URL.Path, "/v1")
	if path != "/health" && !s.authorised(r) {
		s.refuse(w, &apiError{Code: http.StatusUnauthorized, Message: "Invalid API Key", Type: typeAuth})
		return
	}
	if err := s.route(w, r); err != nil {
		s.refuse(w, err)
	}
}

func (s *Server) route(w http.ResponseWriter, r *http.Request) *apiError {
	switch r.Method + " " + r.URL.Path {
	case "GET /health", "GET /v1/health":
		return reply(w, map[string]any{"status": "ok"})
	case "GET /props":
		return reply(w, s.props())
	case "GET /slots":
		return s.serveSlots(w)
	case "GET /metrics":
		return s.serveMetrics(w)
	case "GET /models", "GET /v1/models":
		return reply(w, s.models())
	}
	serve := map[string]func(http.ResponseWriter, *http.Request, fields) *apiError{
		"/tokenize": s.tokenize, "/detokenize": s.detokenize, "/apply-template": s.applyTemplate,
		"/completion": s.completion, "/completions": s.completion,
		"/v1/completions": s.completionOAI, "/v1/chat/completions": s.chat, "/chat/completions": s.chat,
	}[r.URL.Path]
	if r.Method != http.MethodPost || serve == nil {
		_, _ = io.Copy(io.Discard, r.Body) // a client that is still writing would take the answer for a broken line
		return &apiError{Code: http.StatusNotFound, Message: "File Not Found", Type: typeNotFound}
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		panic(http.ErrAbortHandler) // the client has gone
	}
	if len(body) > maxBody {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return nil
	}
	f, bad := readFields(body)
	if bad != nil {
		return bad
	}
	return serve(w, r, f)
}

func (s *Server) authorised(r *http.Request) bool {
	if len(s.options.APIKeys) == 0 {
		return true
	}
	key := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	return slices.Contains(s.options.APIKeys, key) || slices.Contains(s.options.APIKeys, r.Header.Get("X-Api-Key"))
}

// refuse writes an error as the whole reply.
func (s *Server) refuse(w http.ResponseWriter, e *apiError) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(e.Code)
	w.Write(encode(map[string]any{"error": e}))
}

// reply writes v as the whole reply.
func reply(w http.ResponseWriter, v any) *apiError {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Write(encode(v))
	return nil
}

// encode is JSON without the escapes that only HTML needs.
func encode(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil { // maps of plain values: cannot happen
		return []byte(`{"error":{"code":500,"message":"simulated server: cannot encode its reply","type":"server_error"}}`)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
