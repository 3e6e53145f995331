// Package tinymodel writes small models with random weights, so that a real llama-server can run
// anywhere: in a test, on a laptop, on the first run of a user who has no model at hand.
//
// A model is about 350 KB, answers nonsense, and is otherwise like a big one: a byte-level
// vocabulary of 2048 tokens whose merges make an English word cost one to three tokens, control
// tokens, a chat template, a trained context of 1 Mi tokens. There are five families, because how a
// server spends memory and time depends on the kind of attention:
//
//   - [Gemma3] sees through a sliding window only, so that time is linear in the prompt: 150 thousand
//     tokens take 1.2 s on one core. llama.cpp makes every sixth layer of gemma3 a full
//     one (swa_period in src/models/gemma3.cpp); this model has fewer. Builds before mid-2026
//     abort at load on a model without a full layer.
//   - [Mamba] is recurrent: linear as well, and loads on old builds too.
//   - [Llama] attends to everything. Its time is quadratic, good for some 30 thousand tokens, and its
//     cache takes memory for every token, as a real model's does.
//   - [Qwen3MoE] is like it, but each token goes through two of four experts.
//   - [LFM2] is a hybrid: layers of short convolutions, whose state has a fixed size, take turns with
//     layers of attention, so that the server keeps two kinds of memory for a sequence. Quadratic.
//
// Beside the family a model has a pre-tokeniser ([Pre]): the regular expressions that a server runs on
// every text. All families take all of them.
//
// How the weights are made:
//
//  1. Every tensor draws from a stream of its own, named by seed and tensor, with integer arithmetic
//     and single multiplications: the same options give the same bytes on every machine.
//  2. One channel of the residual stream is the same for every token, and no layer writes to it. The
//     output weights of control tokens, of control characters and of bytes that are not ASCII are
//     negative there and 0 elsewhere, so that greedy answers are printable and never end by
//     themselves. The other rows are embeddings of other tokens, in one long circle: answers vary
//     even where the prompt is one token again and again, and look nothing like a broken server's.
//  3. The norms keep activations small, whatever the prompt: no NaN, no infinity. A NaN is put
//     in on request ([Options].NaN), for tests of silent corruption.
package tinymodel
