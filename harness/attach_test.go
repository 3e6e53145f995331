package harness

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/search"
	"ctxcliff/harness/tinymodel"
	"ctxcliff/harness/trial"
)

// TestRealServerOfSomebodyElse: it passes over its address, also behind a proxy with a path and a key,
// and is left as it was.
func TestRealServerOfSomebodyElse(t *testing.T) {
	server := realStranger(t, tinymodel.Llama, "-np", "2", "-c", "8192", "--no-kv-unified", "--api-key", "S3cret", "--metrics")
	for name, address := range map[string]string{"itself": server.url(), "behind a prefix": behindPrefix(t, server.url())} {
		t.Run(name, func(t *testing.T) {
			lab := attached(t, address, "S3cret")
			if slots, slot, _ := lab.Attached(); slots != 2 || slot != 4096 || lab.Binary.Build == 0 || lab.Model.Vocabulary == 0 || lab.Model.TrainedContext == 0 {
				t.Errorf("%d slots of %d, %+v %+v", slots, slot, lab.Binary, lab.Model)
			}
			s, recorded, _ := guestScreen(t, lab, matrix{np: 2, tokens: []int{1000, 4095}, shapes: "natural,random", attempts: 2, warmup: true})
			s.Canary = true
			if err := run(t, context.Background(), s); err != nil {
				t.Fatal(err)
			}
			recorded.lawful(t)
			all := recorded.counted()
			if got := outcomes(all); strings.Trim(got, "pas ") != "" || len(all) != 8 || len(recorded.starts) != 1 {
				t.Errorf("%s in %d starts: %q", got, len(recorded.starts), all[0].Reason)
			}
			if !all[0].Cold() || all[1].Cold() {
				t.Error("cold and cached are not told apart")
			}
			start := recorded.starts[0]
			if start.PID != 0 || start.Exit != "" || start.LogFile != "" || start.Requested || !strings.Contains(fmt.Sprint(start.Unobserved), "somebody else's") {
				t.Errorf("%+v", start)
			}
			server.untouched()
		})
	}
}

// TestAProxyFailsByItself: what a proxy loses is no fault of the server behind it.
func TestAProxyFailsByItself(t *testing.T) {
	sim := simStranger(t, "", "-np", "1", "-c", "4096")
	target, err := url.Parse(sim.url())
	if err != nil {
		t.Fatal(err)
	}
	proxy, asked := httputil.NewSingleHostReverseProxy(target), 0
	proxy.Transport = &http.Transport{DisableKeepAlives: true}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/completion" {
			if asked++; asked == 2 {
				w.WriteHeader(http.StatusGatewayTimeout)
				return
			}
		}
		proxy.ServeHTTP(w, r)
	}))
	defer front.Close()
	s, recorded, _ := guestScreen(t, attached(t, front.URL, ""), matrix{tokens: []int{500, 600, 700}})
	if err := run(t, context.Background(), s); err != nil {
		t.Fatal(err)
	}
	recorded.lawful(t)
	if all := recorded.counted(); outcomes(all) != "pass infra pass" || !strings.Contains(all[1].Reason, "HTTP 504") {
		t.Errorf("%s: %q", outcomes(all), all[1].Reason)
	}
}

// TestAServerThatLoadsIsWaitedFor: at the beginning, and when another model was loaded in its place meanwhile.
func TestAServerThatLoadsIsWaitedFor(t *testing.T) {
	sim := simStranger(t, "", "-np", "1", "-c", "4096")
	target, err := url.Parse(sim.url())
	if err != nil {
		t.Fatal(err)
	}
	var loading atomic.Int32
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.Transport = &http.Transport{DisableKeepAlives: true}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if loading.Add(-1) >= 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, `{"error":{"message":"Loading model","type":"unavailable_error","code":503}}`)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	defer front.Close()
	loading.Store(5)
	s, recorded, heard := guestScreen(t, attached(t, front.URL, ""), matrix{tokens: []int{500, 600, 700}})
	heard.on = func(e trial.Event) {
		if began, ok := e.(trial.AttemptBegan); ok && began.Cell.Tokens == 600 {
			loading.Store(4)
		}
	}
	if err := run(t, context.Background(), s); err != nil {
		t.Fatal(err)
	}
	recorded.lawful(t)
	if got := outcomes(recorded.counted()); got != "pass pass pass" || s.Spent != "" {
		t.Errorf("%s %q %q", got, recorded.counted()[1].Reason, s.Spent)
	}
}

// TestRealServerOfSomebodyElseDies: a crash with what a client knows, and the end of the walk.
func TestRealServerOfSomebodyElseDies(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGKILL, syscall.SIGSEGV} {
		for _, proxied := range []bool{false, true} {
			t.Run(fmt.Sprint(sig, proxied), func(t *testing.T) {
				server := realStranger(t, tinymodel.Llama, "-np", "2", "-c", "80000", "--no-kv-unified")
				address := server.url()
				if proxied {
					address = behindPrefix(t, address)
				}
				s, recorded, heard := guestScreen(t, attached(t, address, ""), matrix{np: 2, tokens: []int{500, 39000, 39500}, warmup: true})
				sent := at(heard, 39000, func() { server.signal(sig) })
				if err := run(t, context.Background(), s); err != nil {
					t.Fatal(err)
				}
				recorded.lawful(t)
				all := recorded.counted()
				if got := outcomes(all); got != "pass crash" || !sent() {
					t.Fatalf("%s: %q", got, all[len(all)-1].Reason)
				}
				a := all[1]
				t.Logf("%s\n%+v\n%v", a.Reason, a.Fault, recorded.notes)
				if f := a.Fault; f == nil || f.Phase != "prompt" || f.FirstDeath != "server" || f.Position != a.Position() || f.Position < 4000 {
					t.Errorf("fault %+v", a.Fault)
				}
				if !strings.Contains(s.Spent, "is gone") || len(recorded.starts) != 1 || !strings.Contains(fmt.Sprint(recorded.notes), "is gone") {
					t.Errorf("%q, %d starts, notes %q", s.Spent, len(recorded.starts), recorded.notes)
				}
			})
		}
	}
}

// TestRealServerOfSomebodyElseIsSupervised: it is lost and comes back; the walk goes on in a new start.
func TestRealServerOfSomebodyElseIsSupervised(t *testing.T) {
	for _, proxied := range []bool{false, true} {
		t.Run(fmt.Sprint("behind a proxy ", proxied), func(t *testing.T) {
			server := realStranger(t, tinymodel.Llama, "-np", "1", "-c", "20000")
			server.supervise()
			address := server.url()
			if proxied {
				address = behindPrefix(t, address)
			}
			s, recorded, heard := guestScreen(t, attached(t, address, ""), matrix{tokens: []int{500, 12000}, shapes: "opt,natural", warmup: true})
			s.Limits.Away = 5 * time.Second
			at(heard, 12000, func() { server.signal(syscall.SIGKILL) })
			if err := run(t, context.Background(), s); err != nil {
				t.Fatal(err)
			}
			recorded.lawful(t)
			all := recorded.counted()
			if got := outcomes(all); got != "pass pass crash pass" || len(recorded.starts) != 2 || s.Spent != "" {
				t.Fatalf("%s in %d starts: %q, %q", got, len(recorded.starts), all[len(all)-1].Reason, s.Spent)
			}
			t.Logf("%s\n%v", all[2].Reason, recorded.notes)
			if !strings.Contains(all[2].Reason, "its owner has it restarted") {
				t.Error(all[2].Reason)
			}
		})
	}
}

// TestRealServerOfSomebodyElseHangs: stopped in the middle of a prompt. If it goes on later, so does the
// walk; if not, the walk ends.
func TestRealServerOfSomebodyElseHangs(t *testing.T) {
	for _, recovers := range []bool{true, false} {
		t.Run(fmt.Sprint("recovers ", recovers), func(t *testing.T) {
			server := realStranger(t, tinymodel.Llama, "-np", "2", "-c", "40000", "--no-kv-unified")
			s, recorded, heard := guestScreen(t, attached(t, server.url(), ""), matrix{tokens: []int{500, 12000}, shapes: "opt,natural", warmup: true})
			at(heard, 12000, func() {
				s.bound = stallBound{floor: 700 * time.Millisecond} // whatever it was slow at so far
				server.signal(syscall.SIGSTOP)
			})
			watch := heard.on
			heard.on = func(e trial.Event) {
				watch(e)
				if ended, ok := e.(trial.AttemptEnded); ok && ended.Attempt.Outcome == trial.Hang {
					s.bound = stallBound{floor: 5 * time.Second}
					if recovers {
						server.signal(syscall.SIGCONT)
					} else {
						s.bound.floor = time.Second
					}
				}
			}
			if err := run(t, context.Background(), s); err != nil {
				t.Fatal(err)
			}
			recorded.lawful(t)
			want := map[bool]string{true: "pass pass hang pass", false: "pass pass hang"}[recovers]
			if got := outcomes(recorded.counted()); got != want || (s.Spent == "") != recovers || len(recorded.starts) != 1 {
				t.Errorf("%s, %q, %d starts, %q", got, s.Spent, len(recorded.starts), recorded.notes)
			}
			t.Log(recorded.counted()[2].Reason, recorded.notes)
			server.untouched()
		})
	}
}

// TestRealServerOfSomebodyElseIsBusy: others are waited for, and then it is trouble, not a hang.
func TestRealServerOfSomebodyElseIsBusy(t *testing.T) {
	server := realStranger(t, tinymodel.Llama, "-np", "2", "-c", "80000", "--no-kv-unified")
	lab := attached(t, server.url(), "")
	ctx, cancel := context.WithCancel(context.Background())
	var others sync.WaitGroup
	others.Go(func() {
		body := strings.NewReader(`{"prompt":"once","n_predict":30000,"ignore_eos":true,"stream":true}`)
		r, _ := http.NewRequestWithContext(ctx, http.MethodPost, server.url()+"/completion", body)
		if answer, err := http.DefaultClient.Do(r); err == nil {
			<-ctx.Done()
			answer.Body.Close()
		}
	})
	defer others.Wait()
	defer cancel()
	time.Sleep(200 * time.Millisecond)
	s, recorded, _ := guestScreen(t, lab, matrix{np: 2, tokens: []int{500, 600, 700}})
	if err := run(t, context.Background(), s); err != nil {
		t.Fatal(err)
	}
	recorded.lawful(t)
	a := recorded.counted()[0]
	if a.Outcome != trial.Infra || !strings.Contains(a.Reason, "busy with requests of others") || s.Spent == "" {
		t.Errorf("%v %q %q", a.Outcome, a.Reason, s.Spent)
	}
	server.untouched()
}

// TestEdgesOfSomebodyElsesServer: a bisection over the address finds what one of our own finds, in one life
// of the server; if that ends, it can be taken up again.
func TestEdgesOfSomebodyElsesServer(t *testing.T) {
	real := realStranger(t, tinymodel.Gemma3, "-np", "2", "-c", "16384", "--no-kv-unified")
	b, j := hunt{np: []int{1, 2}, ps: []int{8192}, shapes: "natural"}.bisection(t, attached(t, real.url(), ""))
	b.Limits.Away, b.Limits.Busy = time.Second, time.Second
	for _, e := range edges(t, b, j) {
		if e.Safe != 8191 || e.Limit != search.ByRefusal || e.Status != search.Confirmed || e.Starts != 1 {
			t.Errorf("%+v", e)
		}
	}
	real.untouched()

	sim := simStranger(t, "abort when position>=5000", "-np", "1", "-c", "8192")
	h := hunt{ps: []int{8192}, shapes: "natural"}
	b, j = h.bisection(t, attached(t, sim.url(), ""))
	b.Limits.Away, b.Limits.Busy = 500*time.Millisecond, time.Second
	for session := 1; session < 10; session++ {
		if err := b.Run(context.Background()); err != nil {
			t.Fatal(err)
		}
		if b.Why == search.Complete {
			break
		}
		if !strings.Contains(b.Why, "is gone") {
			t.Fatal(b.Why)
		}
		<-sim.latest()
		sim.start() // its owner has seen it
		sim.await()
		again, _ := h.bisection(t, attached(t, sim.url(), ""))
		again.Recorder, again.Journal, again.Done, again.Starts = j, j, j.entries, len(j.starts)
		again.Limits.Away, again.Limits.Busy = 500*time.Millisecond, time.Second
		b = again
	}
	j.lawful(t)
	if e := edgesOf(t, b, j.entries)[0]; e.Safe >= 5000 || e.Safe < 2500 || e.Limit != search.ByFault || e.Status != search.Confirmed {
		t.Errorf("%+v\n%s", e, story(j.entries))
	}
}

// TestAttachSaysWhatIsWrong: one sentence each.
func TestAttachSaysWhatIsWrong(t *testing.T) {
	locked := simStranger(t, "", "-np", "1", "-c", "4096", "--api-key", "S3cret")
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	moved := httptest.NewServer(http.RedirectHandler("https://127.0.0.1/", http.StatusMovedPermanently))
	defer moved.Close()
	for name, c := range map[string]struct{ url, key, want string }{
		"no key":       {locked.url(), "", "CTXCLIFF_API_KEY"},
		"a wrong key":  {locked.url(), "wr0ng", "does not take the API key"},
		"nobody there": {fmt.Sprintf("http://127.0.0.1:%d", freePort()), "", "see that it runs"},
		"another":      {other.URL, "", "upstream/MODEL"},
		"moved":        {moved.URL, "", "redirection"},
	} {
		_, err := Attach(context.Background(), plan.Target{URL: c.url}, c.key, Limits{Ready: time.Second})
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "wr0ng") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSlotsThatShareAPool: without -np four slots share one context; what no longer fits into it together is
// refused, and no finding.
func TestSlotsThatShareAPool(t *testing.T) {
	server := realStranger(t, tinymodel.Gemma3, "-c", "8192")
	lab := attached(t, server.url(), "")
	s, recorded, _ := guestScreen(t, lab, matrix{np: 4, tokens: []int{2000, 4000}, warmup: true})
	if err := run(t, context.Background(), s); err != nil {
		t.Fatal(err)
	}
	recorded.lawful(t)
	if all := recorded.counted(); outcomes(all) != "pass refused" || !strings.Contains(all[1].Reason, "share one pool") {
		t.Errorf("%s: %q", outcomes(all), all[1].Reason)
	}
	b, j := hunt{np: []int{4}, ps: []int{8192}, shapes: "natural"}.bisection(t, attached(t, server.url(), ""))
	b.Limits.Away, b.Limits.Busy = time.Second, time.Second
	e := edges(t, b, j)[0]
	t.Logf("%s\n%s", e.Why, story(j.entries))
	if e.Safe > 2048 || e.Safe < 1500 || e.Limit != search.ByRefusal {
		t.Errorf("%+v", e)
	}
	server.untouched()
}

// TestAServerIsReplacedWhileIdle: what happens between two attempts is held against none of them.
func TestAServerIsReplacedWhileIdle(t *testing.T) {
	sim := simStranger(t, "", "-np", "1", "-c", "4096")
	s, recorded, heard := guestScreen(t, attached(t, sim.url(), ""), matrix{tokens: []int{500, 600, 700}})
	heard.on = func(e trial.Event) {
		if ended, ok := e.(trial.AttemptEnded); ok && ended.Attempt.Requests[0].Target == 600 {
			sim.signal(syscall.SIGTERM) // its owner ends it in good order, and starts it again
			<-sim.latest()
			sim.start()
			sim.await()
		}
	}
	if err := run(t, context.Background(), s); err != nil {
		t.Fatal(err)
	}
	recorded.lawful(t)
	if got := outcomes(recorded.counted()); got != "pass pass pass" || len(recorded.starts) != 2 || !strings.Contains(fmt.Sprint(recorded.notes), "start 1 ended: the server that answers now counts its tasks") {
		t.Errorf("%s in %d starts: %q", got, len(recorded.starts), recorded.notes)
	}
}
