package scenario

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Validate says in one sentence what is wrong with a scenario, nil if nothing is.
func (s Scenario) Validate() error {
	switch {
	case s.NP < 1:
		return fmt.Errorf("a scenario on %d slots sends nothing; give it 1 or more", s.NP)
	case s.Ctx < s.NP:
		return fmt.Errorf("a context of %d tokens cannot be split over %d slots", s.Ctx, s.NP)
	case len(s.Steps) == 0:
		return errors.New("a scenario without a request shows nothing; give it a step")
	case s.Flags.Batch < 0 || s.Flags.MicroBatch < 0:
		return fmt.Errorf("batch %d and micro-batch %d must not be negative", s.Flags.Batch, s.Flags.MicroBatch)
	}
	for i, step := range s.Steps {
		if len(step.Requests) == 0 {
			return fmt.Errorf("step %d has no request; leave it out", i+1)
		}
		busy := map[int]bool{}
		for _, r := range step.Requests {
			if err := r.validate(s.NP); err != nil {
				return fmt.Errorf("step %d: %w", i+1, err)
			}
			if busy[r.Slot] {
				return fmt.Errorf("step %d: slot %d cannot serve two requests at once; use another slot or another step", i+1, r.Slot)
			}
			busy[r.Slot] = true
		}
	}
	return nil
}

func (r Request) validate(np int) error {
	var object map[string]any
	switch {
	case r.Slot < 0 || r.Slot >= np:
		return fmt.Errorf("slot %d does not exist on a server of %d", r.Slot, np)
	case r.Reply < 1:
		return fmt.Errorf("a reply of %d tokens cannot be asked for: llama-server generates 1 at least", r.Reply)
	case r.Delay < 0 || r.CancelAfter < 0:
		return fmt.Errorf("delay %d and cancel after %d must not be negative", r.Delay, r.CancelAfter)
	case r.CancelAfter > 0 && r.CancelAfter >= r.Recipe.Tokens:
		return fmt.Errorf("cancelling after %d of %d prompt tokens never happens; cancel earlier", r.CancelAfter, r.Recipe.Tokens)
	case r.Form != "" && r.Form != Text && r.Form != Solid:
		return fmt.Errorf("form %q is not known; leave it out for token ids, or write %s or %s", r.Form, Text, Solid)
	case r.Endpoint != "" && !strings.HasPrefix(r.Endpoint, "/"):
		return fmt.Errorf("endpoint %q does not begin with a slash", r.Endpoint)
	case r.Params != "" && json.Unmarshal([]byte(r.Params), &object) != nil:
		return fmt.Errorf("parameters %q are not a JSON object", r.Params)
	}
	return r.Recipe.validate()
}

func (r Recipe) validate() error {
	switch {
	case r.Shape.String() == "":
		return errors.New("a recipe without a shape makes nothing; give one such as natural")
	case r.Tokens < 1:
		return fmt.Errorf("a prompt of %d tokens cannot be; ask for 1 or more", r.Tokens)
	case r.Period < 0:
		return fmt.Errorf("a period of %d tokens cannot be; 0 leaves the prompt as it comes", r.Period)
	case r.Distinct < 0:
		return fmt.Errorf("%d distinct ids cannot be; 0 leaves them as they come", r.Distinct)
	case r.Filler == "" && len(r.Keep) > 0:
		return errors.New("ranges to keep mean nothing without a filler for the rest; give one")
	}
	end := 0
	for _, x := range r.Keep {
		if x.From < end || x.To <= x.From || x.To > r.Tokens {
			return fmt.Errorf("the range %d to %d does not fit: ranges ascend, do not overlap and end at %d", x.From, x.To, r.Tokens)
		}
		end = x.To
	}
	return nil
}
