package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// figure is one line of the output. Target and OK are there when the design
// sets a target of that name. One that could not be measured has no value, and
// its note says why.
type figure struct {
	Name   string   `json:"name"`
	Value  *float64 `json:"value,omitempty"`
	Unit   string   `json:"unit"`
	N      int      `json:"n"` // how many measurements the value is made of
	Target *float64 `json:"target,omitempty"`
	OK     *bool    `json:"ok,omitempty"`
	Note   string   `json:"note,omitempty"`
}

// bench is one run: what was asked for, and where figures go.
type bench struct {
	options
	figures  io.Writer
	progress io.Writer
	measured map[string]bool
	excused  map[string]bool    // said not to have been run, and why
	results  map[string]float64 // of the figures that have a target
	areas    map[int]*area      // by how many people; closed when the run ends
	crowds   map[int]*crowd     // the same, of vaults without a hub
}

// notRunNote begins the note of a figure that has no value.
const notRunNote = "NOT RUN: "

func newBench(o options, figures, progress io.Writer) *bench {
	return &bench{
		options: o, figures: figures, progress: progress,
		measured: map[string]bool{}, excused: map[string]bool{}, results: map[string]float64{},
		areas: map[int]*area{}, crowds: map[int]*crowd{},
	}
}

// machine prints how busy the machine is, where the system says so: figures
// taken while others use the cores are not the program's alone.
func (b *bench) machine(name string) error {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		b.say("how busy this machine is cannot be read here")
		return nil
	}
	word, _, _ := strings.Cut(string(text), " ")
	load, err := strconv.ParseFloat(word, 64)
	if err != nil {
		return fmt.Errorf("reading how busy the machine is: %w", err)
	}
	return b.add(name, load, "", 1, fmt.Sprintf("runnable tasks over a minute, on %d cores", runtime.NumCPU()))
}

// say tells a person what is going on.
func (b *bench) say(format string, args ...any) {
	_, _ = fmt.Fprintf(b.progress, format+"\n", args...)
}

// add prints a figure, with its target if there is one. A target's unit must be
// the figure's: to compare two units would be a wrong answer, so it is an error.
func (b *bench) add(name string, value float64, unit string, n int, note string) error {
	f := figure{Name: name, Value: new(round(value)), Unit: unit, N: n, Note: note}
	verdict := ""
	if t, ok := targetOf(name); ok {
		if t.unit != unit {
			return fmt.Errorf("figure %s is in %s, its target in %s", name, unit, t.unit)
		}
		met := t.met(value)
		f.Target, f.OK = &t.limit, &met
		b.results[name] = value
		verdict = fmt.Sprintf("  target %v, met", t.limit)
		if !met {
			verdict = fmt.Sprintf("  target %v, MISSED", t.limit)
		}
	}
	if b.measured[name] {
		return fmt.Errorf("figure %s was printed twice", name)
	}
	b.measured[name] = true
	if err := b.write(f); err != nil {
		return err
	}
	b.say("  %-28s %12g %-4s%s", name, *f.Value, unit, verdict)
	return nil
}

func (b *bench) write(f figure) error {
	line, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("writing figure %s: %w", f.Name, err)
	}
	if _, err := b.figures.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("writing figure %s: %w", f.Name, err)
	}
	return nil
}

// notRun prints a target that this run cannot measure, and why. It is no
// answer: the target is still named among those that were not measured.
func (b *bench) notRun(name, why string) error {
	t, ok := targetOf(name)
	if !ok || b.measured[name] || b.excused[name] {
		return fmt.Errorf("figure %s is no target, or was printed before", name)
	}
	b.excused[name] = true
	b.say("  %-28s %s%s", name, notRunNote, why)
	return b.write(figure{Name: name, Unit: t.unit, Target: &t.limit, Note: notRunNote + why})
}

// addPercentiles prints name.p50 and name.p99 of durations, in a unit of time.
func (b *bench) addPercentiles(name string, took []time.Duration, unit string, note string) error {
	if len(took) == 0 {
		return fmt.Errorf("figure %s has no measurements", name)
	}
	for _, q := range []struct {
		suffix string
		q      float64
	}{{".p50", 0.5}, {".p99", 0.99}} {
		if err := b.add(name+q.suffix, in(percentile(took, q.q), unit), unit, len(took), note); err != nil {
			return err
		}
	}
	return nil
}

// table prints every target beside what this run measured.
func (b *bench) table() {
	b.say("\n  %-28s %12s %14s  %-8s %s", "figure", "value", "target", "met", "what")
	for _, t := range targets {
		value, measured := b.results[t.name]
		words, met := "-", "not run"
		if measured {
			words, met = fmt.Sprintf("%g %s", round(value), t.unit), "NO"
			if t.met(value) {
				met = "yes"
			}
		}
		sign := "<="
		if t.least {
			sign = ">="
		}
		b.say("  %-28s %12s %14s  %-8s %s", t.name, words, fmt.Sprintf("%s %g %s", sign, t.limit, t.unit), met, t.what)
	}
}

// unmeasured names the targets that this run has no figure for.
func (b *bench) unmeasured() []string {
	var out []string
	for _, t := range targets {
		if !b.measured[t.name] {
			out = append(out, t.name)
		}
	}
	return out
}

// percentile is the nearest-rank percentile; it sorts took.
func percentile(took []time.Duration, q float64) time.Duration {
	slices.Sort(took)
	rank := int(math.Ceil(q*float64(len(took)))) - 1
	return took[max(0, min(rank, len(took)-1))]
}

// in gives a duration as a number of a unit.
func in(d time.Duration, unit string) float64 {
	switch unit {
	case microseconds:
		return float64(d) / float64(time.Microsecond)
	case milliseconds:
		return float64(d) / float64(time.Millisecond)
	}
	return d.Seconds()
}

// round keeps four digits that mean something.
func round(v float64) float64 {
	if v == 0 || math.IsInf(v, 0) || math.IsNaN(v) {
		return 0
	}
	scale := math.Pow(10, 3-math.Floor(math.Log10(math.Abs(v))))
	if scale < 1 {
		return math.Round(v)
	}
	return math.Round(v*scale) / scale
}

// clock measures each run of work.
func clock(n int, work func(i int) error) ([]time.Duration, error) {
	took := make([]time.Duration, n)
	for i := range n {
		start := time.Now()
		if err := work(i); err != nil {
			return nil, err
		}
		took[i] = time.Since(start)
	}
	return took, nil
}
