// Package handover makes of a fault what somebody without ctxcliff can run: a bash script that starts
// llama-server, makes the very token ids of each prompt, sends the requests as they were sent, and says
// whether it broke. It is pure: a value in, texts out.
//
// The script carries no prompt, it carries what makes one. The ids of a prompt become a list of [Op], each
// a line of the script:
//
//	run 5364 1070            one period, again and again: filler, opt, repeat, a nonce
//	draw 77 5364 12 34 56    ids drawn by a seed from a small vocabulary, as package scenario draws them
//	random 7 9 5364          ids drawn by a seed from all ordinary ones, as the shape random draws them
//	unpack 4a 7 3b           whatever else: pairs that recur are named once, pairs of pairs too
//
// [Encode] chooses them and proves each choice by making the ids again. Content of no form, which only what
// was not minimised has, is what costs: less than a byte and a half for each token of prose or code.
package handover
