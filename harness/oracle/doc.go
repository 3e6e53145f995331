// Package oracle says whether answers are corrupt. A server that dies says so itself; one that answers
// with status 200 and nonsense does not. It is pure: answers in, results out, the same for the same.
//
// The oracles:
//
//   - canary ([Canary.Compare]): two fixed prompts, asked of the fresh server and again later, are
//     answered by the same tokens with the same probabilities, up to rounding.
//   - nan: no logprob is null.
//   - degenerate: the reply is not one unit over and over, unless the prompt or the fresh server is so.
//   - leak: the nonce of another slot's prompt does not come back.
//   - complete: the answer ended as it was to.
//   - counts: what the server counted is what was sent, asked for and received.
//
// Each can say that it cannot judge here, and why. None guesses: models with random weights, base models
// and prompts that repeat make sound servers say strange things, and a false alarm costs a night.
package oracle
