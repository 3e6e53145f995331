package reports

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
)

// The fields of these types stand in the order that the stricter schema wants.

type xmlSuites struct {
	XMLName  xml.Name   `xml:"testsuites"`
	Name     string     `xml:"name,attr"`
	Time     string     `xml:"time,attr"`
	Tests    int        `xml:"tests,attr"`
	Failures int        `xml:"failures,attr"`
	Errors   int        `xml:"errors,attr"`
	Suites   []xmlSuite `xml:"testsuite"`
}

type xmlSuite struct {
	Name       string        `xml:"name,attr"`
	Time       string        `xml:"time,attr"`
	Tests      int           `xml:"tests,attr"`
	Errors     int           `xml:"errors,attr"`
	Skipped    int           `xml:"skipped,attr"`
	Failures   int           `xml:"failures,attr"`
	Properties []xmlProperty `xml:"properties>property"`
	Cases      []xmlCase     `xml:"testcase"`
}

type xmlProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type xmlCase struct {
	Name          string      `xml:"name,attr"`
	Class         string      `xml:"classname,attr"`
	Time          string      `xml:"time,attr"`
	Failures      []xmlResult `xml:"failure"`
	RerunFailures []xmlRerun  `xml:"rerunFailure"`
	Flaky         []xmlRerun  `xml:"flakyFailure"`
	Skipped       *xmlSkipped `xml:"skipped"`
	Error         *xmlResult  `xml:"error"`
	RerunErrors   []xmlRerun  `xml:"rerunError"`
	Out           string      `xml:"system-out,omitempty"`
}

type xmlResult struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

type xmlRerun struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Trace   string `xml:"stackTrace"`
}

type xmlSkipped struct {
	Message string `xml:"message,attr"`
}

// xmlSeconds has the three digits after the point that Surefire's schema allows.
func xmlSeconds(s float64) string { return strconv.FormatFloat(s, 'f', 3, 64) }

// seconds is what the cell's attempts took together.
func (c *Cell) seconds() float64 {
	sum := 0.0
	for _, a := range c.Attempts {
		sum += a.Seconds
	}
	return sum
}

// xmlPropertiesOf are the setup and the totals of the whole run, and what it could not observe.
func xmlPropertiesOf(s Summary) []xmlProperty {
	var list []xmlProperty
	add := func(name, value string) {
		if value = clean(value); value != "" {
			list = append(list, xmlProperty{name, value})
		}
	}
	r, t := s.Run, s.Totals
	add("run", r.ID)
	add("command", commandLine(append([]string{"ctxcliff"}, r.Argv...)))
	add("began", stamp(r.Began))
	add("seed", strconv.FormatUint(r.Seed, 10))
	add("build", s.Build.String())
	add("model", r.Model.Path)
	add("devices", strings.Join(r.Server.Devices, "; "))
	add("kernel", r.Host.Kernel)
	add("cpu", r.Host.CPU)
	add("result", s.Exit().String())
	for _, n := range []struct {
		name string
		n    int
	}{
		{"cells", t.Cells}, {"tested", t.Tested}, {"unexpected_failures", t.Unexpected}, {"troubled", t.Troubled}, {"starts", t.Starts},
		{"counted_starts", t.CountedStarts}, {"failed_starts", t.FailedStarts}, {"attempts", t.Attempts}, {"passes", t.Passes}, {"warmups", t.Warmups},
	} {
		add(n.name, strconv.Itoa(n.n))
	}
	if s.Gate != nil {
		for _, w := range s.Gate.Counts {
			add("gate."+w.Name, strconv.Itoa(w.Count))
		}
	}
	for _, v := range t.Verdicts {
		add("verdict."+v.Name, strconv.Itoa(v.Count))
	}
	for i, sentence := range s.Unobserved {
		add(fmt.Sprintf("not_observed.%d", i+1), sentence)
	}
	return list
}

// failedStarts is one attempt for each start that broke: the first in it that did.
func failedStarts(c *Cell) []Attempt {
	var list []Attempt
	seen := map[int]bool{}
	for _, a := range c.Attempts {
		if a.Outcome.Bad() && !seen[a.Start] {
			seen[a.Start] = true
			list = append(list, a)
		}
	}
	return list
}

// otherStarts are the failed starts but for the one that stands for the cell.
func otherStarts(c *Cell) []Attempt {
	list := failedStarts(c)
	for i, a := range list {
		if a.Outcome == c.Outcome {
			return append(list[:i:i], list[i+1:]...)
		}
	}
	return list
}

// evidenceLines are what is known of a cell, for whoever reads a plain log.
func evidenceLines(c *Cell) []string {
	list := []string{circumstances(c)}
	if f := c.Fault; f != nil {
		list = append(list, oneLine(" ", c.Bug, f.Class+":", f.Title))
	}
	for _, o := range c.Opinions {
		list = append(list, oneLine(": ", o.Oracle, string(o.Says), o.Reason))
	}
	return append(list, "again: "+commandLine(c.Again))
}

// excerptLines are the lines of logs that justify a cell's fault.
func excerptLines(c *Cell) []string {
	var list []string
	if c.Fault != nil {
		for _, line := range c.Fault.Excerpt {
			list = append(list, clean(line))
		}
	}
	return list
}
