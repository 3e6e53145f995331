// Package awake tells how long something has taken while we were there to see it. Whatever stops us and the server
// alike, as a suspended laptop, a frozen container, a saved virtual machine or a debugger does, is no silence of the
// server's.
package awake
