package far

import "time"

// clock measures how much the far clock is ahead.
type clock struct {
	asked   map[uint64]time.Time
	samples []sample // the latest
}

type sample struct{ ahead, uncertain time.Duration }

// maxSamples is how many answers the quickest is chosen from: few enough to follow clocks that drift.
const maxSamples = 16

func (c *clock) ask(id uint64, at time.Time) {
	if c.asked == nil || len(c.asked) > maxSamples {
		c.asked = map[uint64]time.Time{}
	}
	c.asked[id] = at
}

func (c *clock) answer(id uint64, now time.Time, far int64) {
	asked, ok := c.asked[id]
	if !ok {
		return
	}
	delete(c.asked, id)
	half := now.Sub(asked) / 2
	c.samples = append(c.samples, sample{time.Unix(0, far).Sub(asked.Add(half)), half})
	c.samples = c.samples[max(0, len(c.samples)-maxSamples):]
}

func (c *clock) offset() (ahead, uncertain time.Duration) {
	for i, s := range c.samples {
		if i == 0 || s.uncertain < uncertain {
			ahead, uncertain = s.ahead, s.uncertain
		}
	}
	return ahead, uncertain
}
