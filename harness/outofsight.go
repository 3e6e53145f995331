package harness

import (
	"context"
	"errors"
	"fmt"

	"ctxcliff/harness/internal/far"
	"ctxcliff/harness/trial"
)

// isLinkTrouble reports whether an error is about a link, which may be there again for the next start.
func isLinkTrouble(err error) bool {
	var link *far.LinkError
	return errors.As(err, &link)
}

// outOfSight is the first peer whose end nobody can have seen.
func outOfSight(deaths []death) (death, bool) {
	for _, d := range deaths {
		if d.exit.GuardLost {
			return d, true
		}
	}
	return death{}, false
}

// lostSight is the sentence about it.
func (l *life) lostSight(d death) string {
	for _, c := range l.peers {
		if c.name == d.who && c.outpost != nil {
			return fmt.Sprintf("%s at %s was lost from sight: %s; what it said and how it ended after that is not seen", c.name, c.endpoint, c.outpost.link.Why())
		}
	}
	return fmt.Sprintf("the guard of %[1]s was killed, and %[1]s with it; nobody saw why it ended", d.words())
}

// dropped is an attempt in which a peer was lost from sight: trouble of the lab, whatever else happened.
// What was seen until then is kept.
func (l *life) dropped(ctx context.Context, a *trial.Attempt, s *account, d death) {
	l.invalid(a, trial.Infra, l.lostSight(d))
	a.TimeLine = l.timeLine(a, s, s.found.deaths(), l.scene.gather(ctx, true))
	if l.hang != nil {
		l.keep(a, "hang", l.hang.portrait)
	}
}
