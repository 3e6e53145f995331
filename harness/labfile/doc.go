// Package labfile reads the description of a lab from a file: what ctxcliff's flags say, and axes that
// flags cannot span, of models, backends and topologies. It is strict: a key or a value that cannot be
// right is an [Error], which says where it stands. The package is pure; the file's bytes and the
// environment come in as arguments.
//
// What may stand in a file is the table in keys.go. Decoder and JSON [Schema] are both made from it.
package labfile
