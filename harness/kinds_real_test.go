package harness

import (
	"context"
	"testing"
	"time"

	"ctxcliff/harness/scenario"
	"ctxcliff/harness/tinymodel"
	"ctxcliff/harness/trial"
)

// kinds are requests of all kinds, and what a server that is well does with each.
var kinds = map[string]struct {
	request scenario.Request
	refused bool // with an error of the client's kind
	silent  bool // it generates nothing
}{
	"text":                    {request: scenario.Request{Form: scenario.Text, Reply: 4}},
	"text, no stream":         {request: scenario.Request{Form: scenario.Text, Reply: 4, Params: `{"stream":false}`}},
	"ids, no stream":          {request: scenario.Request{Reply: 4, Params: `{"stream":false}`}},
	"completions":             {request: scenario.Request{Endpoint: "/v1/completions", Reply: 4}},
	"completions, no stream":  {request: scenario.Request{Endpoint: "/v1/completions", Reply: 4, Params: `{"stream":false}`}},
	"chat":                    {request: scenario.Request{Endpoint: "/v1/chat/completions", Reply: 8}},
	"chat, no stream":         {request: scenario.Request{Endpoint: "/v1/chat/completions", Reply: 8, Params: `{"stream":false}`}},
	"chat with a tool":        {request: scenario.Request{Endpoint: "/v1/chat/completions", Reply: 8, Params: `{"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{}}}}]}`, MayRefuse: true}},
	"a grammar":               {request: scenario.Request{Reply: 8, Params: `{"grammar":"root ::= [a-z]+"}`}},
	"a schema":                {request: scenario.Request{Endpoint: "/v1/chat/completions", Reply: 8, Params: `{"response_format":{"type":"json_object"}}`}},
	"a grammar that is none":  {request: scenario.Request{Reply: 8, Params: `{"grammar":"root ::= ["}`, MayRefuse: true}, refused: true},
	"too long":                {request: scenario.Request{Reply: 8, MayRefuse: true}, refused: true},
	"ids that are none":       {request: scenario.Request{Reply: 8, Params: `{"prompt":[2147483647]}`, MayRefuse: true}, refused: true},
	"embeddings that are off": {request: scenario.Request{Endpoint: "/v1/embeddings", Reply: 1, MayRefuse: true}, refused: true},
	"fill in":                 {request: scenario.Request{Endpoint: "/infill", Reply: 4, MayRefuse: true}, silent: true},
	"tokenize":                {request: scenario.Request{Endpoint: "/tokenize", Reply: 1}, silent: true},
	"template":                {request: scenario.Request{Endpoint: "/apply-template", Reply: 1}, silent: true},
}

// TestRequestsOfAllKindsArePlayed: what is no plain completion reaches a real server, is read to its end, and
// a refusal that may be is no finding.
func TestRequestsOfAllKindsArePlayed(t *testing.T) {
	p, _ := stagedPlayer(t, realLab(t, tinymodel.Gemma3))
	s := scenario.Scenario{NP: 1, Ctx: 4096}
	var names []string
	for name, k := range kinds {
		r := k.request
		r.Recipe = recipe(t, "natural", uint64(len(names)+1), 300)
		if name == "too long" {
			r.Recipe.Tokens = 5000
		}
		s.Steps, names = append(s.Steps, scenario.Step{Requests: []scenario.Request{r}}), append(names, name)
	}
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	p.Open(ctx)
	defer p.Close()
	played, err := p.Play(ctx, s, 1)
	if err != nil || played.Unfit != "" {
		t.Fatal(err, played.Unfit)
	}
	for i, a := range played.Attempts {
		k, r := kinds[names[i]], a.Requests[0]
		if a.Outcome != trial.Pass {
			t.Errorf("%s: %s, %q: %+v", names[i], a.Outcome, a.Reason, r)
		}
		if r.Refused() != k.refused && !k.silent {
			t.Errorf("%s: status %d, %q", names[i], r.HTTPStatus, r.Error)
		}
		if !k.silent && !k.refused && (r.PredictedTokens == 0 || r.PromptTokens < 250 || r.StopType == "") {
			t.Errorf("%s: %d prompt tokens, %d generated, stopped by %q", names[i], r.PromptTokens, r.PredictedTokens, r.StopType)
		}
	}
	if len(played.Attempts) != len(s.Steps) {
		t.Fatalf("%d of %d steps were played", len(played.Attempts), len(s.Steps))
	}
}
