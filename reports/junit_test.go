package reports

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"ctxcliff/harness/trial"
)

// element is a node of an XML document.
type element struct {
	Name     string
	Attr     map[string]string
	Text     string
	Children []*element
}

func parseXML(t testing.TB, text string) *element {
	t.Helper()
	root := &element{}
	stack := []*element{root}
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return root.Children[0]
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		top := stack[len(stack)-1]
		switch token := token.(type) {
		case xml.StartElement:
			e := &element{Name: token.Name.Local, Attr: map[string]string{}}
			for _, a := range token.Attr {
				e.Attr[a.Name.Local] = a.Value
			}
			top.Children, stack = append(top.Children, e), append(stack, e)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			top.Text += string(token)
		}
	}
}

// junitRule is what Surefire's surefire-test-report.xsd says of an element, written down anew: its
// attributes, those with a ! required, and its children in order, with how often each may come.
type junitRule struct {
	attributes []string
	children   []string // name, then ? for at most one, * for any number, 1 for exactly one
	text       bool
}

var junitRules = map[string]junitRule{
	"testsuites":   {[]string{"name", "time", "tests", "failures", "errors"}, []string{"testsuite*"}, false}, // of junit-10.xsd
	"testsuite":    {[]string{"name!", "time", "tests!", "errors!", "skipped!", "failures!", "group"}, []string{"properties*", "testcase*"}, false},
	"properties":   {nil, []string{"property*"}, false},
	"property":     {[]string{"name!", "value!"}, nil, false},
	"testcase":     {[]string{"name!", "classname", "group", "time!"}, []string{"failure*", "rerunFailure*", "flakyFailure*", "skipped?", "error?", "rerunError*", "flakyError*", "system-out?", "system-err?"}, false},
	"failure":      {[]string{"message", "type!"}, nil, true},
	"error":        {[]string{"message", "type!"}, nil, true},
	"skipped":      {[]string{"message"}, nil, true},
	"rerunFailure": {[]string{"message", "type!"}, []string{"stackTrace1", "system-out?", "system-err?"}, false},
	"rerunError":   {[]string{"message", "type!"}, []string{"stackTrace1", "system-out?", "system-err?"}, false},
	"flakyFailure": {[]string{"message", "type!"}, []string{"stackTrace1", "system-out?", "system-err?"}, false},
	"stackTrace":   {text: true},
	"system-out":   {text: true},
}

var surefireTime = regexp.MustCompile(`^(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]{0,3})?$`)

func (e *element) check() error {
	rule, known := junitRules[e.Name]
	if !known {
		return fmt.Errorf("<%s> is not in the schema", e.Name)
	}
	for name := range e.Attr {
		if !slices.Contains(rule.attributes, name) && !slices.Contains(rule.attributes, name+"!") {
			return fmt.Errorf("<%s> has the attribute %s", e.Name, name)
		}
	}
	for _, name := range rule.attributes {
		if required, ok := strings.CutSuffix(name, "!"); ok {
			if _, has := e.Attr[required]; !has {
				return fmt.Errorf("<%s> lacks %s", e.Name, required)
			}
		}
	}
	if took, has := e.Attr["time"]; has && !surefireTime.MatchString(took) {
		return fmt.Errorf("<%s>: %q is no time", e.Name, took)
	}
	if !rule.text && strings.TrimSpace(e.Text) != "" {
		return fmt.Errorf("<%s> holds text: %q", e.Name, e.Text)
	}
	return e.checkChildren(rule.children)
}

func (e *element) checkChildren(allowed []string) error {
	rest := e.Children
	for _, a := range allowed {
		name, often := a[:len(a)-1], a[len(a)-1]
		n := 0
		for len(rest) > 0 && rest[0].Name == name {
			if err := rest[0].check(); err != nil {
				return err
			}
			rest, n = rest[1:], n+1
		}
		if often != '*' && n > 1 || often == '1' && n != 1 {
			return fmt.Errorf("%d <%s> in <%s>", n, name, e.Name)
		}
	}
	if len(rest) > 0 {
		return fmt.Errorf("<%s> is not allowed there in <%s>", rest[0].Name, e.Name)
	}
	return nil
}

func (e *element) all(name string) []*element {
	var list []*element
	for _, c := range e.Children {
		if c.Name == name {
			list = append(list, c)
		}
	}
	return list
}

func TestJUnitFollowsTheSchema(t *testing.T) {
	for _, r := range records {
		if err := parseXML(t, render(t, "junit", Summarize(r.make(t)), TextOptions{})).check(); err != nil {
			t.Errorf("%s: %v", r.name, err)
		}
	}
}

// Each outcome is what DESIGN's table of states says it is in JUnit.
func TestJUnitStates(t *testing.T) {
	for outcome, want := range map[trial.Outcome]string{
		trial.Pass: "", trial.Warn: "system-out", trial.Garbage: "failure garbage", trial.Leak: "failure leak", trial.Fail: "failure fail",
		trial.Crash: "error crash", trial.GPUFault: "error gpufault", trial.OOM: "error oom", trial.Hang: "error timeout", trial.LoadFail: "error loadfail",
		trial.Refused: "skipped", trial.Sizing: "error tester", trial.Incomplete: "error incomplete", trial.Infra: "error infra",
		trial.Skip: "skipped", trial.Missing: "skipped",
	} {
		c := xmlCaseOf(&Cell{Outcome: outcome, Verdict: trial.Unproven}, "suite")
		got := ""
		switch {
		case len(c.Failures) > 0:
			got = "failure " + c.Failures[0].Type
		case c.Error != nil:
			got = "error " + c.Error.Type
		case c.Skipped != nil:
			got = "skipped"
		case c.Out != "":
			got = "system-out"
		}
		if got != want {
			t.Errorf("%v is %q, want %q", outcome, got, want)
		}
	}
}

func TestJUnitFlakesAndReruns(t *testing.T) {
	root := parseXML(t, render(t, "junit", Summarize(troubled(t)), TextOptions{}))
	flaky, again := 0, 0
	for _, c := range root.all("testsuite")[0].all("testcase") {
		flaky += len(c.all("flakyFailure"))
		again += len(c.all("rerunError"))
		if len(c.all("flakyFailure"))*(len(c.all("failure"))+len(c.all("error"))) > 0 {
			t.Errorf("%s is a flake and a failure", c.Attr["name"])
		}
	}
	if flaky != 1 || again != 1 {
		t.Errorf("%d flaky failures, %d reruns", flaky, again)
	}
}

func readJUnit(t testing.TB, text string) counts {
	c := counts{Passes: -1, Attempts: -1, Starts: -1, Verdicts: map[string]int{}}
	root := parseXML(t, text)
	if len(root.Children) == 0 {
		c.Attempts, c.Passes, c.Starts = 0, 0, 0
		return c
	}
	failures, errs, skipped := 0, 0, 0
	for _, suite := range root.all("testsuite") {
		for _, k := range suite.all("testcase") {
			c.Cells++
			failures, errs, skipped = failures+min(1, len(k.all("failure"))), errs+len(k.all("error")), skipped+len(k.all("skipped"))
			types := ""
			for _, e := range append(k.all("error"), k.all("failure")...) {
				types = e.Attr["type"]
			}
			if len(k.all("flakyFailure")) > 0 || types != "" && !slices.Contains([]string{"tester", "infra", "incomplete"}, types) {
				c.Unexpected++
			}
		}
		for _, p := range suite.all("properties")[0].Children {
			n, _ := strconv.Atoi(p.Attr["value"])
			if name, ok := strings.CutPrefix(p.Attr["name"], "verdict."); ok {
				c.Verdicts[name] = n // of the whole run, the same in each suite
			}
			for name, into := range map[string]*int{"attempts": &c.Attempts, "passes": &c.Passes, "starts": &c.Starts} {
				if p.Attr["name"] == name {
					*into = n
				}
			}
		}
	}
	for name, want := range map[string]int{"tests": c.Cells, "failures": failures, "errors": errs} {
		if got := root.Attr[name]; got != strconv.Itoa(want) {
			t.Errorf("%s says %s, there are %d", name, got, want)
		}
	}
	return c
}
