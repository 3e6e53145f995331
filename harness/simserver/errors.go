package simserver

import (
	"fmt"
	"net/http"
)

// The values of error.type that llama-server uses (tools/server/server-common.cpp, format_error_response).
const (
	typeInvalid      = "invalid_request_error"
	typeServer       = "server_error"
	typeNotFound     = "not_found_error"
	typeNotSupported = "not_supported_error"
	typeUnavailable  = "unavailable_error"
	typeAuth         = "authentication_error"
	typeTooLong      = "exceed_context_size_error"
)

// apiError is the body's "error" object.
type apiError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Type    string `json:"type"`

	PromptTokens int `json:"n_prompt_tokens,omitempty"` // with typeTooLong
	Ctx          int `json:"n_ctx,omitempty"`           // with typeTooLong
}

func (e *apiError) Error() string { return e.Message }

func invalid(format string, args ...any) *apiError {
	return &apiError{Code: http.StatusBadRequest, Message: fmt.Sprintf(format, args...), Type: typeInvalid}
}

func tooLong(tokens, ctx int) *apiError {
	return &apiError{
		Code:    http.StatusBadRequest,
		Message: fmt.Sprintf("request (%d tokens) exceeds the available context size (%d tokens), try increasing it", tokens, ctx),
		Type:    typeTooLong, PromptTokens: tokens, Ctx: ctx,
	}
}

// errorType is the type that goes with a status.
func errorType(code int) string {
	switch {
	case code == http.StatusUnauthorized:
		return typeAuth
	case code == http.StatusNotFound:
		return typeNotFound
	case code == http.StatusNotImplemented:
		return typeNotSupported
	case code == http.StatusServiceUnavailable:
		return typeUnavailable
	case code >= 500:
		return typeServer
	}
	return typeInvalid
}
