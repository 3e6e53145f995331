package simserver

import (
	"errors"
	"net/http"
	"time"
)

// dialect says events in the words of one endpoint.
type dialect interface {
	progress(e event) []any
	token(e event) []any
	last(e event) []any
	done() string // what ends a stream, after the last event; empty for nothing
	whole(replies []whole, several bool) any
}

// whole is one finished task of a request that does not stream.
type whole struct {
	task   *task
	stats  stats
	tokens []token
}

// serve runs the prompts of one request and answers in the given dialect.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, p params, prompts [][]int, d dialect) *apiError {
	if p.nPredict == 0 {
		p.nPredict = 1 // llama-server always predicts one token
	}
	c := &conversation{s: s, w: w, r: r, p: p, dialect: d, inbox: newMailbox(&s.office, s.dead)}
	for i, ids := range prompts {
		c.tasks = append(c.tasks, &task{index: i, params: p, ids: ids, inbox: c.inbox})
	}
	s.submit(c.tasks)
	err := c.follow()
	if err == nil && !c.gone {
		s.replied(r.Context(), c.tasks[len(c.tasks)-1])
	}
	return err
}

// conversation is one request that waits for its tasks.
type conversation struct {
	s       *Server
	w       http.ResponseWriter
	r       *http.Request
	p       params
	dialect dialect
	inbox   *mailbox
	tasks   []*task

	streaming bool // headers are out
	gone      bool // the client went away, or the reply was cut or failed
	replies   []whole
}

// follow forwards events until every task has ended. Errors that come before the stream has begun
// are the reply; later ones are said inside of it.
func (c *conversation) follow() *apiError {
	c.replies = make([]whole, len(c.tasks))
	ticker := time.NewTicker(c.silence())
	defer ticker.Stop()
	defer c.inbox.close()
	for open := len(c.tasks); open > 0; {
		e, ticked, err := c.inbox.next(c.r.Context(), ticker.C)
		switch {
		case errors.Is(err, errDead):
			panic(http.ErrAbortHandler)
		case err != nil:
			c.gone = true
			c.s.cancel(c.tasks)
			return nil
		case ticked:
			c.ping()
			continue
		}
		ticker.Reset(c.silence())
		switch e.kind {
		case eventCut:
			c.s.cancel(c.tasks)
			panic(http.ErrAbortHandler)
		case eventFail:
			c.gone = true
			c.s.cancel(c.tasks)
			if !c.streaming {
				return e.err
			}
			c.say(map[string]any{"error": e.err})
			return nil
		case eventFinal:
			open--
		}
		c.hear(e)
	}
	if c.p.stream {
		if end := c.dialect.done(); end != "" {
			c.write("data: " + end + "\n\n")
		}
		return nil
	}
	return reply(c.w, c.dialect.whole(c.replies, c.p.rawPrompts))
}

// hear keeps or forwards one event.
func (c *conversation) hear(e event) {
	mine := &c.replies[e.task.index]
	switch e.kind {
	case eventToken:
		if !c.p.stream {
			mine.tokens = append(mine.tokens, e.token)
		}
	case eventFinal:
		mine.task, mine.stats = e.task, e.stats
	}
	if !c.p.stream {
		return
	}
	c.begin()
	var said []any
	switch {
	case e.kind == eventProgress && c.p.progress:
		said = c.dialect.progress(e)
	case e.kind == eventToken:
		said = c.dialect.token(e)
	case e.kind == eventFinal:
		said = c.dialect.last(e)
	}
	for _, v := range said {
		c.say(v)
	}
}

// begin sends the headers of a stream, as soon as a slot has taken the task.
func (c *conversation) begin() {
	if c.streaming {
		return
	}
	c.streaming = true
	c.w.Header().Set("Content-Type", "text/event-stream")
	c.w.WriteHeader(http.StatusOK)
	c.flush()
}

func (c *conversation) say(v any) { c.write("data: " + string(encode(v)) + "\n\n") }

// ping keeps a silent stream alive (llama.cpp PR 24013). A queued request gets none.
func (c *conversation) ping() {
	if c.streaming && c.s.setup.build >= oldBuild {
		c.write(":\n\n")
	}
}

func (c *conversation) write(text string) {
	if _, err := c.w.Write([]byte(text)); err == nil {
		c.flush()
	}
}

func (c *conversation) flush() {
	if f, ok := c.w.(http.Flusher); ok {
		f.Flush()
	}
}

// silence is how long nothing is said before a ping.
func (c *conversation) silence() time.Duration {
	if c.p.ping <= 0 {
		return 1000 * time.Hour
	}
	return time.Duration(c.p.ping) * time.Second
}
