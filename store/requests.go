package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"ctxcliff/harness/trial"
)

// request is a request as it stands in the row of its attempt, where there is little room. The view of the
// requests gives the keys their names.
type request struct {
	Slot       int           `json:"s,omitzero"`
	Shape      string        `json:"f,omitzero"`
	Seed       uint64        `json:"seed,omitzero,string"`
	Target     int           `json:"n,omitzero"`
	Vocabulary string        `json:"v,omitzero"`
	Nonce      string        `json:"nonce,omitzero"`
	Form       string        `json:"form,omitzero"`
	Hash       string        `json:"h,omitzero"`
	Asked      int           `json:"r,omitzero"`
	MayReuse   bool          `json:"again,omitzero"`
	Delay      time.Duration `json:"d,omitzero"`
	CancelAt   int           `json:"cut,omitzero"`
	Endpoint   string        `json:"at,omitzero"`
	Params     string        `json:"params,omitzero"`
	MayRefuse  bool          `json:"refuse,omitzero"`

	HTTPStatus      int           `json:"http,omitzero"`
	ErrorType       string        `json:"class,omitzero"`
	Error           string        `json:"error,omitzero"`
	Complete        bool          `json:"ok,omitzero"`
	PromptTokens    int           `json:"p,omitzero"`
	CachedTokens    int           `json:"c,omitzero"`
	ProcessedTokens int           `json:"w,omitzero"`
	PredictedTokens int           `json:"g,omitzero"`
	PromptTime      time.Duration `json:"t,omitzero"`
	PredictedTime   time.Duration `json:"u,omitzero"`
	Cancelled       bool          `json:"left,omitzero"`
	Position        int           `json:"pos,omitzero"`
	Elapsed         time.Duration `json:"e,omitzero"`
	StopType        string        `json:"stop,omitzero"`
	Truncated       bool          `json:"short,omitzero"`
	Reply           []int32       `json:"ids,omitzero"`
	ServedBy        int           `json:"by,omitzero"`
}

// inOneRow puts requests into one text; NULL when that cannot hold them, for bytes that are no UTF-8.
func inOneRow(list []trial.Request) (text sql.NullString, err error) {
	all := make([]request, len(list))
	for i, r := range list {
		all[i] = request(r)
		all[i].Delay = r.Delay.Truncate(time.Microsecond)
		all[i].PromptTime = r.PromptTime.Truncate(time.Microsecond)
		all[i].PredictedTime = r.PredictedTime.Truncate(time.Microsecond)
		all[i].Elapsed = r.Elapsed.Truncate(time.Microsecond)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err = e.Encode(all); err != nil || bytes.Contains(b.Bytes(), []byte(`\ufffd`)) { // stands for such a byte
		return text, err
	}
	return sql.NullString{String: string(bytes.TrimSpace(b.Bytes())), Valid: true}, nil
}

const requestColumns = "slot, shape, seed, target_tokens, vocabulary, nonce, form, hash, asked, may_reuse, delay_us, cancel_at, endpoint, params, may_refuse, " +
	"http_status, error_type, error, complete, cancelled, prompt_tokens, cached_tokens, processed_tokens, predicted_tokens, " +
	"prompt_us, predicted_us, reached, elapsed_us, stop_type, truncated, reply, served_by"

var insertRequest = insertInto("request_rows", "attempt, position, "+requestColumns)

// putRequests stores the requests of an attempt that its own row cannot hold.
func putRequests(ctx context.Context, t tx, attempt int64, list []trial.Request) error {
	for position, r := range list {
		if _, err := t.run(ctx, insertRequest, append([]any{attempt, position}, requestValues(r)...)...); err != nil {
			return err
		}
	}
	return nil
}

func requestValues(r trial.Request) []any {
	return []any{r.Slot, r.Shape, int64(r.Seed), r.Target, r.Vocabulary, r.Nonce, r.Form, r.Hash, r.Asked, r.MayReuse, r.Delay.Microseconds(), r.CancelAt, r.Endpoint, r.Params, r.MayRefuse,
		r.HTTPStatus, r.ErrorType, r.Error, r.Complete, r.Cancelled,
		r.PromptTokens, r.CachedTokens, r.ProcessedTokens, r.PredictedTokens,
		r.PromptTime.Microseconds(), r.PredictedTime.Microseconds(), r.Position, r.Elapsed.Microseconds(),
		r.StopType, r.Truncated, ids(r.Reply), r.ServedBy}
}

// counted is what bugs need of a request; the rest is not even parsed.
type counted struct {
	Shape     string `json:"f"`
	Target    int    `json:"n"`
	Prompt    int    `json:"p"`
	Cached    int    `json:"c"`
	Processed int    `json:"w"`
}

// fromOneRow reads what inOneRow wrote; nil of NULL.
func fromOneRow[T request | counted](attempt int64, text sql.RawBytes) (list []T, err error) {
	if text == nil {
		return nil, nil
	}
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, fmt.Errorf("read the requests of attempt %d: %w", attempt, err)
	}
	return list, nil
}

// eachRequest hands out the requests of a run's attempts that have rows of their own, those of one attempt in
// their order.
func eachRequest(ctx context.Context, t tx, run int64, condition string, do func(attempt int64, r trial.Request)) error {
	return t.rows(ctx, func(into func(...any) error) error {
		var r trial.Request
		var attempt, seed, delay, promptTime, predictedTime, elapsed int64
		err := into(&attempt, &r.Slot, &r.Shape, &seed, &r.Target, &r.Vocabulary, &r.Nonce, &r.Form, &r.Hash, &r.Asked, &r.MayReuse, &delay, &r.CancelAt, &r.Endpoint, &r.Params, &r.MayRefuse,
			&r.HTTPStatus, &r.ErrorType, &r.Error, &r.Complete, &r.Cancelled,
			&r.PromptTokens, &r.CachedTokens, &r.ProcessedTokens, &r.PredictedTokens,
			&promptTime, &predictedTime, &r.Position, &elapsed,
			&r.StopType, &r.Truncated, (*ids)(&r.Reply), &r.ServedBy)
		if err != nil {
			return err
		}
		r.Seed, r.Delay = uint64(seed), fromSpan(delay)
		r.PromptTime, r.PredictedTime, r.Elapsed = fromSpan(promptTime), fromSpan(predictedTime), fromSpan(elapsed)
		do(attempt, r)
		return nil
	}, "SELECT q.attempt, "+qualified("q", requestColumns)+
		" FROM attempts a JOIN request_rows q ON q.attempt = a.key WHERE a.requests IS NULL AND "+ofRun("a", condition)+" ORDER BY a.key, q.position", run)
}
