package trial

import "testing"

func TestEveryOutcomeHasOneEnding(t *testing.T) {
	want := map[Outcome]Ending{
		Unknown: Unended, Pass: Answered, Warn: Answered, Garbage: Finding, Leak: Finding, Fail: Finding, Crash: Finding,
		GPUFault: Finding, OOM: Finding, Hang: Finding, LoadFail: Finding, Refused: Refusal, Sizing: Trouble,
		Incomplete: Interruption, Infra: Trouble, Skip: Unended, Missing: Unended,
	}
	if len(want) != int(outcomes) {
		t.Fatalf("%d outcomes are listed of %d", len(want), outcomes)
	}
	for o, e := range want {
		if got := (Attempt{Outcome: o}).Ending(); got != e {
			t.Errorf("%v ends as %v, want %v", o, got, e)
		}
	}
	if got := (Attempt{Outcome: Incomplete, HostLost: true}).Ending(); got != HostLost {
		t.Errorf("an attempt whose host went down ends as %v", got)
	}
}
