// Package night is what an unattended night is made of: its steps, how they share time and server loads, what
// its exit code is, and what of old nights may go. It is pure; whoever runs the steps tells how they went.
package night
