package oracle_test

import (
	"strings"
	"testing"

	"ctxcliff/harness/oracle"
	"ctxcliff/harness/tinymodel"
)

// says finds what an oracle says of a slot.
func says(results []oracle.Result, name string, slot int) oracle.Result {
	for _, r := range results {
		if r.Oracle == name && r.Slot == slot {
			return r
		}
	}
	return oracle.Result{}
}

func TestARealNaNIsFound(t *testing.T) {
	for family, tensor := range map[tinymodel.Family]string{
		tinymodel.Gemma3: "blk.0.ffn_down.weight", tinymodel.Llama: "blk.1.attn_v.weight", tinymodel.Mamba: "blk.0.ssm_out.weight",
	} {
		sound := start(t, tinymodel.Options{Family: family, Seed: 1}, 2, 4096).canary(t, 0)
		l := start(t, tinymodel.Options{Family: family, Seed: 1, NaN: tensor}, 2, 4096)
		answers := l.wave(t, "natural", 1, 100, 16, false)
		results := oracle.Judge(answers, oracle.Reference{Answers: sound.Answers()})
		for slot := range answers {
			r := says(results, oracle.NaNOracle, slot)
			if r.Says != oracle.Corrupt || r.Finding.Class != "wrong-output.nan-logits" || r.Finding.Slot != slot {
				t.Errorf("%s: slot %d: %+v", family, slot, r)
			}
			if r := says(results, oracle.DegenerateOracle, slot); r.Says != oracle.CannotJudge {
				t.Errorf("%s: slot %d: a consequence is called %s: %s", family, slot, r.Says, r.Reason)
			}
		}
		broken := l.canary(t, 1)
		r := sound.Compare(broken, "when fresh", "after attempt 1")
		if r.Says != oracle.Corrupt || r.Finding.Class != "wrong-output.nan-logits" || r.Slot != 1 || !strings.Contains(r.Reason, "well when fresh") || !strings.HasSuffix(r.Reason, "after attempt 1") {
			t.Errorf("%s: %+v", family, r)
		}
		if r := broken.Compare(broken, "when fresh", "after attempt 1"); r.Says != oracle.CannotJudge {
			t.Errorf("%s: a server that never was well: %+v", family, r)
		}
		// Without probabilities nobody can tell.
		for i := range answers {
			answers[i].Logprobs, answers[i].Rivals = nil, nil
		}
		if r := says(oracle.Judge(answers, oracle.Reference{}), oracle.NaNOracle, 0); r.Says != oracle.CannotJudge {
			t.Errorf("%s: %+v", family, r)
		}
	}
}

func TestAnotherModelsAnswersAreFound(t *testing.T) {
	var all []oracle.Canary
	for _, family := range tinymodel.Families() {
		for seed := range uint64(2) {
			l := start(t, tinymodel.Options{Family: family, Seed: seed}, 1, 2048)
			if all = append(all, l.canary(t, 0)); len(all[len(all)-1].Answers()) != 2 {
				t.Fatal("no long canary")
			}
		}
	}
	for i, fresh := range all {
		for j, now := range all {
			now.Short.Slot, now.Long.Slot = 3, 3
			r := fresh.Compare(now, "when fresh", "after attempt 1")
			if i == j {
				if r.Says != oracle.Clean || r.Reason != "" {
					t.Errorf("%d against itself: %s: %s", i, r.Says, r.Reason)
				}
				continue
			}
			if r.Says != oracle.Corrupt || r.Finding.Class != "wrong-output.incoherent" || r.Slot != 3 {
				t.Errorf("%d against %d: %s: %s %+v", j, i, r.Says, r.Reason, r.Finding)
			}
			// Where only one prompt is answered otherwise. Two of these models nearly agree somewhere.
			for _, now := range []oracle.Canary{{Short: now.Short, Long: fresh.Long}, {Short: fresh.Short, Long: now.Long}} {
				if r := fresh.Compare(now, "when fresh", "after attempt 1"); r.Says != oracle.Corrupt && !strings.Contains(r.Reason, "a tie") {
					t.Errorf("%d against %d, one prompt: %s: %s", j, i, r.Says, r.Reason)
				}
			}
		}
	}
}
