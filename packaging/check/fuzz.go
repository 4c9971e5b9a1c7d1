package main

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
)

// fuzzTarget is one FuzzXxx function.
type fuzzTarget struct {
	dir  string // relative to the root, with slashes
	name string
}

// fuzzTargets runs each target for h.fuzz, one after the other: each uses all cores
// by itself.
func (h house) fuzzTargets(ctx context.Context, out io.Writer) error {
	targets, err := findFuzzTargets(os.DirFS(h.root))
	if err != nil {
		return err
	}
	if h.fuzz <= 0 {
		return notRun(fmt.Sprintf("--fuzz 0 leaves out %d fuzz targets", len(targets)))
	}
	if len(targets) == 0 {
		return fmt.Errorf("no fuzz target was found in the sources")
	}
	var failures []string
	for _, t := range targets {
		cmd := h.command(ctx, "go", "test", "-tags", buildTags, "-run", "^$",
			"-fuzz", "^"+t.name+"$", "-fuzztime", h.fuzz.String(), "./"+t.dir)
		said, err := cmd.CombinedOutput()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil && !onlyTimeEnded(string(said)) {
			failures = append(failures, fmt.Sprintf("%s %s: %v\n%s", t.dir, t.name, err, said))
			continue
		}
		fmt.Fprintf(out, "    %s %s: %s\n", t.dir, t.name, lastProgress(string(said)))
	}
	if len(failures) > 0 {
		return fmt.Errorf("%d of %d fuzz targets failed\n%s", len(failures), len(targets), strings.Join(failures, "\n"))
	}
	return nil
}

// onlyTimeEnded tells a fuzzer whose time ran out while it was handing work round,
// which the go command calls a failure (its issue 48591), from one that found
// something: a finding names an input, a panic or a test's own words.
func onlyTimeEnded(said string) bool {
	ended := false
	for line := range strings.Lines(said) {
		line = strings.TrimSpace(line)
		switch {
		case line == "context deadline exceeded":
			ended = true
		case line == "" || line == "FAIL" || strings.HasPrefix(line, "fuzz: ") || strings.HasPrefix(line, "--- FAIL: Fuzz") ||
			strings.HasPrefix(line, "FAIL\t") || strings.HasPrefix(line, "exit status ") || strings.HasPrefix(line, "warning: starting with empty corpus"):
		default:
			return false
		}
	}
	return ended
}

// lastProgress is the last line in which the fuzzer says how much it tried.
func lastProgress(said string) string {
	last := "ran"
	for line := range strings.Lines(said) {
		if rest, ok := strings.CutPrefix(line, "fuzz: "); ok && strings.Contains(rest, "execs:") {
			last = strings.TrimSpace(rest)
		}
	}
	return last
}

// findFuzzTargets finds every fuzz target by reading the sources, so that a new one
// needs no list to be kept.
func findFuzzTargets(tree fs.FS) ([]fuzzTarget, error) {
	var found []fuzzTarget
	err := walkSources(tree, func(name string, src []byte) error {
		if !strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, src, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && isFuzzTarget(f) {
				found = append(found, fuzzTarget{path.Dir(name), f.Name.Name})
			}
		}
		return nil
	})
	return found, err
}

// isFuzzTarget tells func FuzzXxx(f *testing.F) from everything else.
func isFuzzTarget(f *ast.FuncDecl) bool {
	if f.Recv != nil || !strings.HasPrefix(f.Name.Name, "Fuzz") || f.Type.Params.NumFields() != 1 {
		return false
	}
	star, ok := f.Type.Params.List[0].Type.(*ast.StarExpr)
	if !ok {
		return false
	}
	sel, ok := star.X.(*ast.SelectorExpr)
	return ok && sel.Sel.Name == "F"
}

// walkSources calls visit for every Go file of the module, in order of name. It goes
// where the go command goes: not into testdata, nor into folders that begin with a
// dot or an underscore, nor into other modules.
func walkSources(tree fs.FS, visit func(name string, src []byte) error) error {
	return fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return skipFolder(tree, name)
		}
		if path.Ext(name) != ".go" || strings.HasPrefix(path.Base(name), "_") || strings.HasPrefix(path.Base(name), ".") {
			return nil
		}
		src, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		return visit(name, src)
	})
}

func skipFolder(tree fs.FS, name string) error {
	if name == "." {
		return nil
	}
	base := path.Base(name)
	if base == "testdata" || base == "vendor" || base[0] == '.' || base[0] == '_' {
		return fs.SkipDir
	}
	if _, err := fs.Stat(tree, path.Join(name, "go.mod")); err == nil {
		return fs.SkipDir
	}
	return nil
}
