package tinymodel

import (
	_ "embed"
	"strings"
)

// The vocabulary, by id: 256 bytes, then what each merge makes, then the control tokens. All
// families and seeds share it.
const (
	byteTokens = 256
	vocabSize  = 2048
)

const (
	tokenNormal  = 1 // llama_token_type
	tokenControl = 3
)

// controls are the last ids. llama.cpp knows <|im_end|> and <|endoftext|> as ends by their text.
var controls = []string{"<|bos|>", "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|pad|>"}

// chatTemplate is ChatML. Assistant messages with tool calls may have no content.
const chatTemplate = `{%- for message in messages -%}` +
	`{{- '<|im_start|>' + message['role'] + '\n' -}}` +
	`{%- if message['content'] is string -%}{{- message['content'] -}}{%- endif -%}` +
	`{{- '<|im_end|>\n' -}}` +
	`{%- endfor -%}` +
	`{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\n' -}}{%- endif -%}`

// mergeLines are byte-pair merges, most useful first, learnt from the word list in testdata. The
// vocabulary test learns them again and writes the file with -update.
//
//go:embed merges.txt
var mergeLines string

func merges() []string { return strings.Split(strings.TrimSpace(mergeLines), "\n") }

// tokens is the text of each id, in GPT-2's alphabet.
func tokens() []string {
	all := make([]string, 0, vocabSize)
	for _, r := range alphabet() {
		all = append(all, string(r))
	}
	for _, m := range merges() {
		all = append(all, strings.Replace(m, " ", "", 1))
	}
	return append(all, controls...)
}

func tokenTypes() []int32 {
	types := make([]int32, vocabSize)
	for id := range types {
		types[id] = tokenNormal
		if id >= vocabSize-len(controls) {
			types[id] = tokenControl
		}
	}
	return types
}

// control is the id of a control token.
func control(text string) uint32 {
	for i, c := range controls {
		if c == text {
			return uint32(vocabSize - len(controls) + i)
		}
	}
	return vocabSize - 1
}

// printable says whether an answer may contain a token: not control tokens, not control characters
// but the line feed, not bytes beyond ASCII, of which a server says nothing until the whole
// character is there.
func printable(id int) bool {
	if id < byteTokens {
		return id == '\n' || id >= ' ' && id <= '~'
	}
	return id < vocabSize-len(controls)
}

// alphabet is GPT-2's: a printable character for each byte. Bytes that have none of their own get
// the characters from U+0100 on.
func alphabet() []rune {
	all, next := make([]rune, byteTokens), rune(0x100)
	for b := range all {
		if b >= '!' && b <= '~' || b >= 0xa1 && b != 0xad {
			all[b] = rune(b)
			continue
		}
		all[b] = next
		next++
	}
	return all
}
