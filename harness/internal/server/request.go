package server

import (
	"encoding/json"
	"errors"
	"strconv"
	"unicode/utf8"
)

// CompletionRequest is one prompt for one slot. Answers are greedy and do not end before Reply
// tokens, unless the slot is full.
type CompletionRequest struct {
	Prompt []int32 // token ids, sent as they are, no BOS added; used when Text is empty
	Text   string  // valid UTF-8
	Slot   int
	Reply  int  // tokens to generate; the server generates at least one
	Cache  bool // may the server reuse what the slot holds?
	// Probs is how many likely tokens to list beside each generated one; 0 asks for no probabilities.
	Probs int
}

// responseFields keeps the server from repeating the prompt as text in its last event. The list is
// left open: probabilities are added where they are asked for.
const responseFields = `["index","content","tokens","stop","id_slot","tokens_predicted","tokens_evaluated","truncated","stop_type","timings","error"`

// encode writes the request's JSON. Ids are appended by hand: 300,000 of them take 3 ms.
func (r CompletionRequest) encode() ([]byte, error) {
	b := make([]byte, 0, 512+len(r.Text)+7*len(r.Prompt))
	b = append(b, `{"prompt":`...)
	if r.Text != "" {
		if !utf8.ValidString(r.Text) { // the encoder would quietly send another prompt
			return nil, errors.New("the text is not valid UTF-8, and JSON carries nothing else; send token ids")
		}
		text, err := json.Marshal(r.Text)
		if err != nil {
			return nil, err
		}
		b = append(b, text...)
	} else {
		b = append(b, '[')
		for i, id := range r.Prompt {
			if i > 0 {
				b = append(b, ',')
			}
			b = strconv.AppendInt(b, int64(id), 10)
		}
		b = append(b, ']')
	}
	b = append(b, `,"stream":true,"return_progress":true,"return_tokens":true,"temperature":0,"ignore_eos":true,"seed":1`...)
	b = strconv.AppendInt(append(b, `,"n_predict":`...), int64(r.reply()), 10)
	b = strconv.AppendInt(append(b, `,"id_slot":`...), int64(r.Slot), 10)
	b = strconv.AppendBool(append(b, `,"cache_prompt":`...), r.Cache)
	b = append(b, `,"response_fields":`+responseFields...)
	if r.Probs > 0 {
		b = append(b, `,"completion_probabilities"],"n_probs":`...)
		return append(strconv.AppendInt(b, int64(r.Probs), 10), '}'), nil
	}
	return append(b, "]}"...), nil
}

// reply is how many tokens the server will generate. To llama-server 0 means 1, and -1 no end.
func (r CompletionRequest) reply() int { return max(r.Reply, 1) }

// allowance is how many tokens of reply are read before the server counts as one that never stops:
// far more than asked for, because a few too many are for others to judge.
func (r CompletionRequest) allowance() int { return 2*r.reply() + 64 }
