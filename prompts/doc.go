// Package prompts makes recipes real: a shape, a seed and a count become token ids or text of exactly
// that many tokens for one vocabulary.
//
// Nothing is encoded to generate. A [Maker] asks the [Tokenizer] once for the ids of every piece in a
// shape's lexicon (see package shapes) and keeps them per vocabulary; from then on a prompt of any size
// is a walk that copies ids. So a first prompt costs one or two round trips to a server, and every
// later one of the same shape, of any size, seed and nonce, none.
//
// The three forms:
//
//   - [IDs]: exact by construction. The last piece is cut where the prompt ends. A longer prompt of the
//     same recipe extends the shorter one, id for id.
//   - [Text]: pieces are added up by their counts, the whole is counted by the tokenizer, and the end is
//     corrected with words that are one token each, in a few rounds whose number does not depend on the
//     size. The count never exceeds the target; it misses it only in vocabularies without such a word.
//   - [Chat]: as Text, counted through the model's chat template with its generation prompt.
//
// A nonce stands at the head. Where the prompt is too short for it, its end is cut off: a prompt of n
// tokens is n tokens.
package prompts
