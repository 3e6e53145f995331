//go:build !unix

package main

import "errors"

// lockNight refuses: without a lock that its holder's death gives back, two nights could meet.
func lockNight(string) (release func(), err error) {
	return nil, errors.New("nights need a kind of lock that ctxcliff has on Linux and macOS only; run screen, bisect and diff by themselves here")
}
