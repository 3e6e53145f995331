// Package gguf reads and writes the container that llama.cpp keeps models in: a list of keys with
// values, a list of tensors, and the tensors' data. It knows nothing of what the weights mean.
//
// Reading a model takes three steps, and none of them touches the weights:
//
//  1. [Open] (or [Read]) walks the header once. Scalars and texts are kept; arrays, which in a real
//     model are the vocabulary and its merges, are only located.
//  2. It checks what llama.cpp checks (ggml/src/gguf.cpp): counts, types, names, offsets, and that
//     the data of every tensor lies inside the file. A download that broke off is [ErrTruncated].
//  3. [File.Strings] and [File.Ints] read an array when somebody asks for it.
//
// A header is data from strangers. Every count is held against the bytes that are left before
// anything is allocated, so a hostile file costs an error and no more memory than it is long.
//
// [ModelInfo] is what a tester wants to know of a model before a server loads it. [Writer] writes
// version 3 files of f32 and f16 tensors; the tiny models of our tests are made with it.
package gguf
