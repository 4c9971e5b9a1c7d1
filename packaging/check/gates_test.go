package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func TestGatesReport(t *testing.T) {
	var order []string
	step := func(name string, err error) gate {
		return gate{name, func(context.Context, io.Writer) error {
			order = append(order, name)
			return err
		}}
	}
	var out strings.Builder
	err := runGates(t.Context(), &out, []gate{
		step("first", nil),
		step("second", errors.New("a.go:1: wrong")),
		step("third", notRun("no database")),
		step("fourth", errors.New("b.go:2: wrong too")),
	})
	if want := []string{"first", "second", "third", "fourth"}; !slices.Equal(order, want) {
		t.Errorf("ran %v, want %v: one failure must not hide the next", order, want)
	}
	if err == nil || err.Error() != "2 of 4 gates failed: second, fourth" {
		t.Errorf("error %v", err)
	}
	for _, want := range []string{"    a.go:1: wrong\n", "ok\n", "NOT RUN: no database\n", "FAILED\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("output lacks %q:\n%s", want, out.String())
		}
	}
	out.Reset()
	if err := runGates(t.Context(), &out, []gate{step("only", nil)}); err != nil {
		t.Errorf("a gate that holds: %v", err)
	}
}

// A real command decides: one that fails, one that only prints, one that is quiet.
func TestCommandsDecide(t *testing.T) {
	h := house{root: "."}
	tests := []struct {
		name string
		run  func(context.Context, io.Writer) error
		want string // in the error; empty = holds
	}{
		{"quiet holds", h.quiet("go", "version"), ""},
		{"quiet fails with what was said", h.quiet("go", "no-such-command"), "unknown command"},
		{"silent fails on output alone", h.silent("go", "version"), "go version"},
		{"silent holds", h.silent("go", "vet", "-n", "unsafe"), ""},
		{"silent fails with the command", h.silent("go", "no-such-command"), "unknown command"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.run(t.Context(), io.Discard)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

func TestGatesAreThoseOfTheStyle(t *testing.T) {
	var names []string
	for _, g := range (house{}).gates() {
		names = append(names, g.name)
	}
	want := "setup gofumpt vet floors staticcheck tidy test cgo-free desktop fuzz deadcode govulncheck"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("gates %s, want %s", got, want)
	}
	chosen, err := choose((house{}).gates(), "test,vet")
	if err != nil || len(chosen) != 2 || chosen[0].name != "vet" {
		t.Errorf("choose: %v, %v", chosen, err)
	}
	if _, err := choose((house{}).gates(), "vett"); err == nil {
		t.Error("a gate that does not exist was accepted: a check could pass by a slip of the pen")
	}
}

func TestMustRun(t *testing.T) {
	const stream = `{"Action":"start","Package":"satchel/store"}
{"Action":"run","Package":"satchel/store","Test":"TestKept"}
{"Action":"output","Package":"satchel/store","Test":"TestKept","Output":"=== RUN   TestKept\n"}
{"Action":"pass","Package":"satchel/store","Test":"TestKept","Elapsed":0}
{"Action":"run","Package":"satchel/store","Test":"TestPowerCut"}
{"Action":"output","Package":"satchel/store","Test":"TestPowerCut","Output":"    cut_test.go:9: NOT RUN: needs root\n"}
{"Action":"skip","Package":"satchel/store","Test":"TestPowerCut","Elapsed":0}
{"Action":"run","Package":"satchel/store","Test":"TestLost"}
{"Action":"output","Package":"satchel/store","Test":"TestLost","Output":"    lost_test.go:7: lost 1 of 2\n"}
{"Action":"fail","Package":"satchel/store","Test":"TestLost","Elapsed":0}
{"Action":"output","Package":"satchel/store","Output":"FAIL\tsatchel/store\t0.1s\n"}
{"Action":"fail","Package":"satchel/store","Elapsed":0.1}
{"ImportPath":"satchel/sync/wire [satchel/sync/wire.test]","Action":"build-output","Output":"wire.go:3:1: syntax error\n"}
{"ImportPath":"satchel/sync/wire [satchel/sync/wire.test]","Action":"build-fail"}
{"Action":"output","Package":"satchel/store/canon","Output":"ok  \tsatchel/store/canon\t0.2s\n"}
{"Action":"pass","Package":"satchel/store/canon","Elapsed":0.2}
`
	var out strings.Builder
	r, err := readResults(strings.NewReader(stream), &out)
	if err != nil {
		t.Fatal(err)
	}
	if want := "    FAIL\tsatchel/store\t0.1s\n"; !strings.Contains(out.String(), want) {
		t.Errorf("printed %q, want the package's own line", out.String())
	}
	if !strings.Contains(out.String(), "NOT RUN: needs root") || !strings.Contains(out.String(), "ok  \tsatchel/store/canon") {
		t.Errorf("printed %q", out.String())
	}
	if f := r.failures(); !strings.Contains(f, "lost 1 of 2") || !strings.Contains(f, "syntax error") || strings.Contains(f, "TestKept") {
		t.Errorf("failures:\n%s", f)
	}

	const list = `# a comment
store.TestKept

store.TestPowerCut root   # cuts a loop mount
store.TestGone
store.TestLost
`
	tests := []struct {
		root bool
		want []string
	}{
		{false, []string{"store.TestGone may not be left out, and did not run"}},
		{true, []string{"store.TestGone may not be left out, and did not run", "store.TestPowerCut may not skip, and did"}},
	}
	for _, tt := range tests {
		required, err := parseMustRun(list, tt.root)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.unmet(required); !slices.Equal(got, tt.want) {
			t.Errorf("root %v: %q, want %q", tt.root, got, tt.want)
		}
	}
	if _, err := parseMustRun("store.TestKept rooot\n", true); err == nil {
		t.Error("an unknown word in the list was accepted")
	}
	if _, err := parseMustRun(mustRunList, true); err != nil {
		t.Errorf("the real list: %v", err)
	}
}

// A test that the list names is there: a slip of the pen is seen in a second, and not
// at the end of the long gates.
func TestMustRunNamesTests(t *testing.T) {
	required, err := parseMustRun(mustRunList, true)
	if err != nil {
		t.Fatal(err)
	}
	err = walkSources(os.DirFS("../.."), func(name string, src []byte) error {
		if strings.HasSuffix(name, "_test.go") {
			required = slices.DeleteFunc(required, func(id testID) bool {
				dot := strings.LastIndex(string(id), ".")
				return path.Dir(name) == string(id[:dot]) && strings.Contains(string(src), "\nfunc "+string(id[dot+1:])+"(t *testing.T) {")
			})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range required {
		t.Errorf("%s is in the list and not in the sources", id)
	}
}

func TestFindFuzzTargets(t *testing.T) {
	tree := fstest.MapFS{
		"store/canon/fuzz_test.go": {Data: []byte(`package canon
import "testing"
func FuzzDecode(f *testing.F) {}
func FuzzHelper(t *testing.T) {}
func TestFuzz(t *testing.T) {}
type s struct{}
func (s) FuzzMethod(f *testing.F) {}
`)},
		"store/canon/canon.go":         {Data: []byte("package canon\nfunc FuzzNot(f *testing.F) {}\n")},
		"sync/wire/wire_test.go":       {Data: []byte("package wire\nfunc FuzzFrame(f *testing.F) {}\n")},
		"sync/testdata/other_test.go":  {Data: []byte("package x\nfunc FuzzSkipped(f *testing.F) {}\n")},
		"packaging/tools/go.mod":       {Data: []byte("module x\n")},
		"packaging/tools/tool_test.go": {Data: []byte("package x\nfunc FuzzOther(f *testing.F) {}\n")},
	}
	got, err := findFuzzTargets(tree)
	want := []fuzzTarget{{"store/canon", "FuzzDecode"}, {"sync/wire", "FuzzFrame"}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("found %v, %v; want %v", got, err, want)
	}
	if got := lastProgress("fuzz: elapsed: 0s, gathering\nfuzz: elapsed: 3s, execs: 9 (3/sec)\nPASS\n"); got != "elapsed: 3s, execs: 9 (3/sec)" {
		t.Errorf("progress %q", got)
	}
	var skip notRun
	if err := (house{root: "../.."}).fuzzTargets(t.Context(), io.Discard); !errors.As(err, &skip) {
		t.Errorf("--fuzz 0 gave %v, want NOT RUN", err)
	}
}

// Where no database answers, the gate says so and does not pretend to have looked.
func TestDatabaseThatDoesNotAnswer(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	<-ctx.Done()
	if err := answers(ctx, publicDatabase); err == nil {
		t.Error("a request that could not be sent counts as answered")
	}
}

func TestModuleRoot(t *testing.T) {
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(root + "/packaging/check/must_run.txt"); err != nil {
		t.Errorf("root %s: %v", root, err)
	}
}

// A fuzzer that only ran out of time passes; one that found something never does.
func TestFuzzerThatRanOutOfTime(t *testing.T) {
	const ended = "fuzz: elapsed: 1s, execs: 4283 (4016/sec), new interesting: 5 (total: 43)\n--- FAIL: FuzzParse (1.07s)\n    context deadline exceeded\nFAIL\nexit status 1\nFAIL\tsatchel/store/consent\t1.095s\n"
	if !onlyTimeEnded(ended) {
		t.Error("the end of time was taken for a finding")
	}
	for _, finding := range []string{
		"    Failing input written to testdata/fuzz/FuzzParse/5a7c\n",
		"    consent_test.go:12: it does not come back\n",
		"panic: runtime error: index out of range\n",
		"    fuzzing process hung or terminated unexpectedly: exit status 2\n",
	} {
		if onlyTimeEnded(ended + finding) {
			t.Errorf("a finding was taken for the end of time: %s", finding)
		}
	}
	if onlyTimeEnded("--- FAIL: FuzzParse (1.07s)\nFAIL\n") {
		t.Error("a failure without a reason was passed over")
	}
}
