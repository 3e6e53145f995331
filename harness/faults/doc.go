// Package faults turns evidence into a fault: what died, who died first, under a signature that is
// equal for equal bugs. It is pure: text in, value out.
package faults
