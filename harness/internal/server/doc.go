// Package server knows everything about llama-server and nothing about trials: how it is asked what
// it can do (Probe), how its command line is written (Capabilities.Args), how it is started and when
// it is ready (Launch), what it says of itself (ReadBack), how a prompt is sent and watched
// (Complete), how text is counted (Tokenizer), how it is stopped.
//
// It judges nothing. A launch that fails is a [*LoadError] when the server is to blame and a
// [*PortError] when somebody else is; an answer that is none is an [*HTTPError], [ErrCut] or
// [ErrEndless]. Silence is for callers to judge: they see every sign of progress.
//
// A program is known by its pid and start time, never by its name: the kernel's name of a
// llama-server that runs through its own loader is ld-linux-x86-64.so.2.
//
// Facts about the server are those of builds from b8146 (February 2026) to b11669.
package server
