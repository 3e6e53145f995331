package server

// What a request is on the line, for those who write it into a script.

// Encode is the body: JSON.
func (r CompletionRequest) Encode() ([]byte, error) { return r.encode() }

// Endpoint is the path that it goes to.
func (r CompletionRequest) Endpoint() string { return r.path() }

// Streams reports whether the answer comes as a stream of events.
func (r CompletionRequest) Streams() bool { return r.streams() }
