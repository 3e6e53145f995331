// Package shapes says what can stand in a prompt: families, their parameters, and endless seeded
// streams of pieces. It knows no clock, file, process, network or tokenizer.
//
// A [Shape] is a list of spans; each [Span] is a family with its parameters and, but for the last,
// a length in tokens. The text form parses back to the same shape:
//
//	shape := span ("+" span)*
//	span  := family [":" parameters] ["@" tokens]
//
//	opt                              the word opt, again and again
//	repeat:contexttoken              any word, again and again
//	mixed:natural=3,repeat:foo=1     three pieces of prose to one "foo", in blocks
//	natural@2000+repeat:opt@500+code 2000 tokens of prose, 500 of opt, then source code to the end
//
// When every span has a length and the prompt is longer, the list starts again; the streams go on
// where they stopped, so that prose still does not repeat.
//
// # How text is made without a tokenizer
//
// A family has a finite lexicon of pieces (" word", ",", ".\n\n", "123") and an endless stream of
// [Symbol], each an index into it. The lexicon is tokenised once per vocabulary; after that a prompt
// of any size is a walk over the stream that copies token ids. Pieces are cut where the
// pre-tokenisers of the GPT family cut, so that in those vocabularies the counts of the pieces add up
// to the count of the text. The family random has no lexicon: its symbols are draws that whoever
// knows the vocabulary turns into token ids.
//
// The same seed gives the same stream on every machine and in every version: a golden file pins the
// head of each family's stream. Whoever changes a word list changes what old seeds mean.
//
// # A new family, in four steps
//
//  1. Write a file with a function func(Span) *source: a lexicon and a generator whose units (a
//     paragraph, a line, a function) begin and end where they may be followed by any other family's.
//     Most families are a set of grammar [rules] and one start symbol: see code.go.
//  2. Add a line to the table in families.go: name, one sentence, parameters, that function.
//  3. go test ./shapes -update, and read what the golden file now says the family looks like.
//  4. go test ./shapes ./prompts: the laws are checked for every family in the table.
package shapes
