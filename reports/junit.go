package reports

import (
	"encoding/xml"
	"io"
	"strconv"
	"strings"

	"ctxcliff/harness/expect"
	"ctxcliff/harness/trial"
)

// JUnit writes JUnit XML that both strict readings of the format take: Maven Surefire's
// surefire-test-report.xsd for each <testsuite>, and junit-10.xsd of Jenkins' xUnit plugin for the whole.
// There is a suite for each target (model, backend, topology) and a case for each cell, called by its id.
//
// An answer that was wrong is a <failure>; a process that died, hung or never came up an <error>, and so
// is trouble of ctxcliff ("tester") and of the lab ("infra"), by their type. A cell of which only some
// starts broke passes with a <flakyFailure> for each that did, as Surefire has it for tests that a rerun
// saves: a gate that must not pass then looks at these, or at ctxcliff's exit code. Refusals over the
// limit and what was never run are <skipped>. Characters that XML cannot hold become U+FFFD.
//
// Held against expectations, a failure that was expected is <skipped>, a known flake passes with its
// <flakyFailure>, and a pass that was not expected is a <failure>.
func JUnit(w io.Writer, s Summary) error {
	all := xmlSuites{Name: "ctxcliff " + clean(s.Run.ID)}
	seconds := 0.0
	suites := matrices(s)
	if s.Hunt != nil {
		suites = []*matrix{nil}
	}
	for _, m := range suites {
		suite, took := xmlSuiteOf(s, m)
		all.Tests, all.Failures, all.Errors = all.Tests+suite.Tests, all.Failures+suite.Failures, all.Errors+suite.Errors
		all.Suites, seconds = append(all.Suites, suite), seconds+took
	}
	all.Time = xmlSeconds(seconds)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func xmlSuiteOf(s Summary, m *matrix) (suite xmlSuite, seconds float64) {
	if s.Hunt != nil {
		return xmlSuiteOfEdges(s)
	}
	suite.Name, suite.Properties = oneLine(".", m.model, m.backend, m.topology), append(xmlPropertiesOf(s), xmlComparison(s, m)...)
	for i := range s.Cells {
		c := &s.Cells[i]
		if !m.holds(c) {
			continue
		}
		t := xmlCaseOf(c, suite.Name)
		suite.Tests++
		switch {
		case len(t.Failures) > 0:
			suite.Failures++
		case t.Error != nil:
			suite.Errors++
		case t.Skipped != nil:
			suite.Skipped++
		}
		suite.Cases, seconds = append(suite.Cases, t), seconds+c.seconds()
	}
	suite.Time = xmlSeconds(seconds)
	return suite, seconds
}

// xmlTypes is how outcomes that are no pass are called; those of the first list are failures, of the
// second errors.
var (
	xmlFailures = map[trial.Outcome]string{trial.Garbage: "garbage", trial.Leak: "leak", trial.Fail: "fail"}
	xmlErrors   = map[trial.Outcome]string{
		trial.Crash: "crash", trial.GPUFault: "gpufault", trial.OOM: "oom", trial.Hang: "timeout", trial.LoadFail: "loadfail",
		trial.Sizing: "tester", trial.Infra: "infra", trial.Incomplete: "incomplete",
	}
)

func xmlCaseOf(c *Cell, suite string) xmlCase {
	t := xmlCase{Name: clean(c.ID), Class: suite, Time: xmlSeconds(c.seconds())}
	message := clean(c.Reason)
	if message == "" {
		message = c.Outcome.Words()
	}
	if c.Gate != "" {
		message = oneLine("; ", string(c.Gate), c.GateSays, message)
	}
	told, said := strings.Join(evidenceLines(c), "\n"), strings.Join(excerptLines(c), "\n")
	switch {
	case c.Gate == expect.UnexpectedPass:
		t.Failures = []xmlResult{{message, string(c.Gate), told}}
	case c.Gate == expect.ExpectedFail:
		t.Skipped, t.Out = &xmlSkipped{message}, strings.TrimSpace(told+"\n"+said)
	case c.Verdict == trial.Flaky, c.Gate == expect.KnownFlake:
		t.Flaky = xmlRerunsOf(failedStarts(c))
		if len(t.Flaky) == 0 {
			t.Flaky = []xmlRerun{{"some starts passed and some were refused", "refused", message}}
		}
		t.Out = strings.TrimSpace(told + "\n" + said)
	case c.Verdict == trial.Limit && c.Surprise != "":
		t.Error = &xmlResult{clean(c.Surprise), "tester", told}
	case c.Outcome == trial.Refused, c.Outcome == trial.Skip, c.Outcome == trial.Missing:
		t.Skipped = &xmlSkipped{c.Outcome.String() + ": " + message}
	case xmlFailures[c.Outcome] != "":
		t.Failures = []xmlResult{{message, xmlFailures[c.Outcome], told}}
		t.RerunFailures, t.Out = xmlRerunsOf(otherStarts(c)), said
	case xmlErrors[c.Outcome] != "":
		t.Error, t.RerunErrors, t.Out = &xmlResult{message, xmlErrors[c.Outcome], told}, xmlRerunsOf(otherStarts(c)), said
	case c.Outcome == trial.Warn:
		t.Out = message
	}
	return t
}

func xmlRerunsOf(list []Attempt) []xmlRerun {
	var all []xmlRerun
	for _, a := range list {
		kind := xmlErrors[a.Outcome]
		if kind == "" {
			kind = a.Outcome.String()
		}
		all = append(all, xmlRerun{clean(a.Reason), kind, "start " + strconv.Itoa(a.Start) + ", attempt " + strconv.Itoa(a.N)})
	}
	return all
}
