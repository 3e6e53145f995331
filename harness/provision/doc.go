// Package provision finds llama-server and rpc-server, or obtains them from the system's package
// manager without root and without touching the system.
//
// The order is always the same:
//
//  1. PATH. A llama-server there that does not run is an error, never silently replaced: a tester
//     must not measure another binary than the one its user sees.
//  2. The cache, which remembers what was obtained before. A remembered server is checked by file
//     sizes and times alone; no package manager, no network.
//  3. The package manager. Its packages are downloaded with lists and caches of our own and unpacked
//     into a private root in the cache, dependencies and C library included, and run through that
//     root's own loader. The result is verified by running it before it is remembered.
//
// What cannot be had is an [UnavailableError] that says what to type on this system.
//
// Parsing and deciding (os-release, apt sources, resolver output, versions, launcher text) are pure
// functions; every process runs through one function, run.
package provision
