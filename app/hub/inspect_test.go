package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const examples = "../../../shared/data"

// inspect runs the command and gives what it printed.
func runInspect(args ...string) (out, trouble string, err error) {
	var o, e bytes.Buffer
	cmd := inspectCommand()
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(args)
	cmd.SetOut(&o)
	cmd.SetErr(&e)
	err = cmd.Execute()
	return o.String(), e.String(), err
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestInspectLines(t *testing.T) { // P28
	dir := t.TempDir()
	for name, text := range map[string]string{
		"b/person.json": `{"resourceType":"Patient","name":[{"family":"Smith","given":["John"],"prefix":["Mr"]}],"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}]}`,
		"a/body.json":   `{"resourceType":"Organization","name":"Oak House"}`,
		"a/bad.json":    "{\"resourceType\":\"Patient\",\n\"id\":\"1\",\"id\":\"2\"}",
		"a/notes.txt":   "not looked at",
		"c d.JSON":      `[]`,
	} {
		write(t, filepath.Join(dir, name), text)
	}
	out, trouble, err := runInspect(dir)
	if err != nil || trouble != "" {
		t.Fatalf("%v, %s", err, trouble)
	}
	want := "refused DIR/a/bad.json line 2, column 10, at $.id: the same property twice: two readers would see two records\n" +
		"ok DIR/a/body.json no person sections=0 shown=1 unreadable=0 missing=0 warnings=0\n" +
		"ok DIR/b/person.json person=\"SMITH, John (Mr)\" nhs=9990000018 sections=0 shown=1 unreadable=0 missing=0 warnings=0\n" +
		"refused \"DIR/c d.JSON\" line 1, column 1: not a FHIR resource: the outermost value is not an object\n"
	if got := strings.ReplaceAll(filepath.ToSlash(out), filepath.ToSlash(dir), "DIR"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if out, _, err := runInspect(filepath.Join(dir, "a", "notes.txt")); err != nil || !strings.HasPrefix(out, "refused ") {
		t.Errorf("a file named by hand is not looked at: %q, %v", out, err)
	}
}

func TestInspectJSON(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "1.json"), `{"resourceType":"Patient","name":[{"family":"Smith"}]}`)
	write(t, filepath.Join(dir, "2.json"), `{"resourceType":"Patient",}`)
	out, _, err := runInspect("--json", dir)
	if err != nil {
		t.Fatal(err)
	}
	var lines []inspected
	for line := range strings.Lines(out) {
		var l inspected
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, l)
	}
	if len(lines) != 2 || lines[0].Result != "ok" || lines[0].Person != "SMITH, Not known" || *lines[0].Shown != 1 || len(lines[0].Warnings) != 1 {
		t.Errorf("%s", out)
	}
	if lines[1].Result != "refused" || lines[1].Line != 1 || lines[1].Column != 27 || lines[1].Cause == "" {
		t.Errorf("%s", out)
	}
}

// TestInspectSaysWhatItCannotLookAt: everything else is still looked at, and
// the exit is not 0.
func TestInspectSaysWhatItCannotLookAt(t *testing.T) {
	dir := t.TempDir()
	good := filepath.Join(dir, "good.json")
	write(t, good, `{"resourceType":"Basic"}`)
	out, trouble, err := runInspect(filepath.Join(dir, "gone"), good, filepath.Join(dir, "gone too.json"))
	if err == nil || err.Error() != "2 paths could not be looked at" || !strings.HasPrefix(out, "ok ") {
		t.Errorf("%v, %q", err, out)
	}
	if strings.Count(trouble, "Cannot look at ") != 2 || !strings.Contains(trouble, "gone too.json\": no such file or directory.") {
		t.Errorf("%q", trouble)
	}
	if err := os.Symlink(filepath.Join(dir, "nowhere"), filepath.Join(dir, "link.json")); err == nil {
		if _, trouble, err := runInspect(dir); err == nil || !strings.Contains(trouble, "link.json") {
			t.Errorf("a link to nowhere: %v, %q", err, trouble)
		}
	}
	if _, _, err := runInspect(); err == nil {
		t.Error("no path is no error")
	}
}

func TestInspectRefusesAHugeFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "huge.json")
	write(t, path, "")
	if err := os.Truncate(path, 1<<32); err != nil {
		t.Skip("NOT RUN: no sparse files here")
	}
	out, _, err := runInspect(path)
	if err != nil || !strings.Contains(out, "whole file: larger than 32 MB") {
		t.Errorf("%q, %v", out, err)
	}
}

var (
	okLine      = regexp.MustCompile(`^ok \S+ (no person|person="[^"]+" nhs=\S+) sections=\d+ shown=\d+ unreadable=\d+ missing=\d+ warnings=\d+$`)
	refusedLine = regexp.MustCompile(`^refused (\S+) (line \d+, column \d+(, at \$[^ ]*)?|whole file): .+$`)
)

// TestInspectEveryExample: exactly one line for each file, in order; refused
// are those that store/record lists, and no other.
func TestInspectEveryExample(t *testing.T) { // P28
	if _, err := os.Stat(examples); err != nil {
		t.Skip("NOT RUN: ../shared/data is missing")
	}
	out, trouble, err := runInspect(examples)
	if err != nil || trouble != "" {
		t.Fatalf("%v, %s", err, trouble)
	}
	var files []string
	if err := filepath.WalkDir(examples, func(p string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && strings.HasSuffix(p, ".json") {
			files = append(files, p)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	list, err := os.ReadFile("../../store/record/testdata/refusals.tsv")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	if len(lines) != len(files) {
		t.Fatalf("%d lines for %d files", len(lines), len(files))
	}
	for i, line := range lines {
		rel := strings.TrimPrefix(filepath.ToSlash(files[i]), examples+"/")
		listed := strings.Contains(string(list), "\n"+rel+"\t")
		switch {
		case !strings.Contains(line, " "+files[i]+" "):
			t.Errorf("line %d is not about %s", i+1, rel)
		case listed && !refusedLine.MatchString(line), !listed && !okLine.MatchString(line):
			t.Errorf("%s: %s", rel, line)
		}
	}
	again, _, err := runInspect(examples)
	if err != nil || again != out {
		t.Error("a second look differs")
	}
}
