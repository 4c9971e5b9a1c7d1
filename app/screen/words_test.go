package screen

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"satchel/assets"
)

var keyShape = regexp.MustCompile(`^[a-z]+(\.[a-z0-9-]+)+$`)

// literals returns every string literal of the package's own sources, without
// tests.
func literals(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
				if s, err := strconv.Unquote(l.Value); err == nil {
					out[s] = name
				}
			}
			return true
		})
	}
	return out
}

func TestEveryWordIsInTheFile(t *testing.T) { // P10
	w := english(t)
	used := map[string]bool{}
	for s, file := range literals(t) {
		if !keyShape.MatchString(s) {
			continue
		}
		if strings.HasPrefix(s, "problem.") && s != "problem.heading" && s != "problem.code-line" {
			continue // made of a ProblemKey and a part, below
		}
		used[s] = true
		if !w.Has(s) {
			t.Errorf("%s says %q, which the language file does not have", file, s)
		}
	}
	for _, p := range problems {
		if !w.Has(string(p) + ".what") {
			t.Errorf("%s has no words for what happened", p)
		}
		for _, part := range []string{".what", ".works", ".do"} {
			used[string(p)+part] = true
		}
	}
	for _, key := range w.Keys() {
		if !used[key] {
			t.Errorf("the language file has %q, which no screen says", key)
		}
	}
}

func TestEveryProblemIsListed(t *testing.T) {
	n := 0
	for s := range literals(t) {
		if strings.HasPrefix(s, "problem.") && s != "problem.heading" && s != "problem.code-line" {
			n++
		}
	}
	if n != len(problems) {
		t.Errorf("problem.go names %d problems and lists %d", n, len(problems))
	}
}

func TestModelsAreFreeOfFyne(t *testing.T) {
	files, err := filepath.Glob("*_model.go")
	if err != nil || len(files) < 8 {
		t.Fatalf("%d models, %v", len(files), err)
	}
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, im := range f.Imports {
			if p := im.Path.Value; strings.Contains(p, "fyne") || strings.Contains(p, "satchel/app/") {
				t.Errorf("%s imports %s", name, p)
			}
		}
	}
}

func TestLanguageFileIsSorted(t *testing.T) {
	b, err := os.ReadFile("../../assets/translations/base.en.json")
	if err != nil {
		t.Fatal(err)
	}
	var last string
	for _, m := range regexp.MustCompile(`(?m)^  "([^"]+)":`).FindAllStringSubmatch(string(b), -1) {
		if m[1] <= last {
			t.Errorf("%q stands after %q", m[1], last)
		}
		last = m[1]
	}
	if last == "" || assets.English != "en" {
		t.Error("no key was found")
	}
}
