package main

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// module is the prefix of every package of ours in what the go command says.
const module = "satchel/"

//go:embed must_run.txt
var mustRunList string

// test runs every test under the race detector, in random order, prints the go
// command's own line for each package, and fails for a listed test that did not run.
func (h house) test(ctx context.Context, out io.Writer) error {
	required, err := parseMustRun(mustRunList, os.Geteuid() == 0)
	if err != nil {
		return err
	}
	cmd := h.command(ctx, "go", "test", "-json", "-race", "-shuffle=on", "-timeout", "25m", "-tags", buildTags, "./...")
	var warned bytes.Buffer
	cmd.Stderr = &warned
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting the tests: %w", err)
	}
	results, readErr := readResults(stdout, out)
	err = cmd.Wait()
	if readErr != nil {
		return fmt.Errorf("reading the tests' results: %w", readErr)
	}
	var problems []string
	if err != nil {
		problems = append(problems, warned.String()+results.failures()+err.Error())
	}
	problems = append(problems, results.unmet(required)...)
	if len(problems) > 0 {
		return errors.New(strings.Join(problems, "\n"))
	}
	return nil
}

// testID names a test as must_run.txt does: the package's folder, a dot, the test.
type testID string

// parseMustRun reads the list of tests that may not skip. A line is a testID, and
// the word root where the test needs root: such a line counts only for root.
func parseMustRun(list string, root bool) ([]testID, error) {
	var out []testID
	n := 0
	for line := range strings.Lines(list) {
		n++
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		switch {
		case len(words) == 0:
		case len(words) == 1:
			out = append(out, testID(words[0]))
		case len(words) == 2 && words[1] == "root":
			if root {
				out = append(out, testID(words[0]))
			}
		default:
			return nil, fmt.Errorf("must_run.txt:%d: want a test and perhaps the word root", n)
		}
	}
	return out, nil
}

// results is what a run of the tests came to.
type results struct {
	verdict map[testID]string   // pass, fail or skip, of each top-level and sub-test
	said    map[testID][]string // the output of tests that have not passed
	order   []testID            // of failures, and of packages that failed to build
}

// event is a line of go test -json (cmd/test2json).
type event struct {
	Action     string
	Package    string
	ImportPath string // of build-output and build-fail
	Test       string
	Output     string
}

// readResults reads the stream that go test -json writes, printing as it goes the go
// command's line for each package and every line that says NOT RUN.
func readResults(stream io.Reader, out io.Writer) (results, error) {
	r := results{verdict: map[testID]string{}, said: map[testID][]string{}}
	lines := bufio.NewReader(stream)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if jsonErr := json.Unmarshal(line, &e); jsonErr != nil {
				fmt.Fprintf(out, "    %s", line) // not an event: the go command speaking
			} else {
				r.take(e, out)
			}
		}
		if errors.Is(err, io.EOF) {
			return r, nil
		}
		if err != nil {
			return r, err
		}
	}
}

func (r *results) take(e event, out io.Writer) {
	id := testID(strings.TrimPrefix(e.Package, module))
	if e.ImportPath != "" {
		id = testID(e.ImportPath)
	}
	if e.Test != "" {
		id += testID("." + e.Test)
	}
	switch e.Action {
	case "output", "build-output":
		if e.Test == "" && isPackageLine(e.Output) || strings.Contains(e.Output, "NOT RUN") {
			fmt.Fprintf(out, "    %s", e.Output)
		}
		r.said[id] = append(r.said[id], e.Output)
	case "pass", "skip", "fail", "build-fail":
		r.verdict[id] = e.Action
		if strings.HasSuffix(e.Action, "fail") {
			r.order = append(r.order, id)
		} else {
			delete(r.said, id)
		}
	}
}

// isPackageLine tells the line that go test prints for a package at its end.
func isPackageLine(output string) bool {
	return strings.HasPrefix(output, "ok  \t") || strings.HasPrefix(output, "FAIL\t") ||
		strings.HasPrefix(output, "?   \t")
}

// failures is what the failing tests and packages printed.
func (r *results) failures() string {
	var b strings.Builder
	for _, id := range r.order {
		fmt.Fprintf(&b, "%s\n%s", id, indent(strings.Join(r.said[id], "")))
		b.WriteString("\n")
	}
	return b.String()
}

// unmet says which of the required tests were skipped or were not run at all. A test
// that failed is reported as a failure, not here.
func (r *results) unmet(required []testID) []string {
	var out []string
	for _, id := range required {
		switch verdict, ran := r.verdict[id]; {
		case !ran:
			out = append(out, fmt.Sprintf("%s may not be left out, and did not run", id))
		case verdict == "skip":
			out = append(out, fmt.Sprintf("%s may not skip, and did", id))
		}
	}
	slices.Sort(out)
	return out
}
