package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// Every store does what it is asked for, keeps every document whole, and says
// so where it cannot.
func TestStores(t *testing.T) {
	lines := []struct {
		line string
		took int
		err  string
	}{
		{line: "badger load", took: 1},
		{line: "sqlite load", took: 1},
		{line: "disk load", err: "a bare file has no keys"},
		{line: "badger open", took: 1},
		{line: "sqlite open", took: 1},
		{line: "badger get 50", took: 50},
		{line: "sqlite get 50", took: 50},
		{line: "badger append 3", took: 3},
		{line: "sqlite append 3", took: 3},
		{line: "disk append 3", took: 3},
		{line: "badger delete 20", took: 1},
		{line: "sqlite delete 20", took: 1},
		{line: "badger delete 100", err: "too few are left"},
		{line: "badger get 50", took: 50},
		{line: "sqlite get 50", took: 50},
		{line: "badger size"},
		{line: "sqlite size"},
		{line: "sqlite get 1", took: 1},
		{line: "badger sing", err: `"sing" is not known`},
		{line: "badger get none", err: `"none" is no number of times`},
		{line: "mysql get 1", err: `no store is called "mysql"`},
	}
	var in strings.Builder
	for _, l := range lines {
		in.WriteString(l.line + "\n")
	}
	var out bytes.Buffer
	if err := run(t.TempDir(), 60, strings.NewReader(in.String()), &out); err != nil {
		t.Fatal(err)
	}
	answers := json.NewDecoder(&out)
	for _, l := range lines {
		var a answer
		if err := answers.Decode(&a); err != nil {
			t.Fatal(err)
		}
		if len(a.Took) != l.took || a.Error != l.err || strings.HasSuffix(l.line, "size") != (a.Bytes > 0) {
			t.Errorf("%s: %d times, %d bytes, %q", l.line, len(a.Took), a.Bytes, a.Error)
		}
	}
}
