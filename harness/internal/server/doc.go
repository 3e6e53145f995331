// Package server knows everything about llama-server and nothing about trials: how it is started,
// when it is ready, what it says of itself, how a prompt is sent and watched, how it is stopped.
//
// Facts about the server are those of builds from b8146 (February 2026) to b11669.
package server
