package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// sourcePackage is a folder of Go files, as far as the house rules are concerned.
type sourcePackage struct {
	dir       string // relative to the root, with slashes; "." for the root
	name      string
	comment   string // the package comment, from whichever file has it
	testsOnly bool
	imports   []importLine
}

// importLine is one import of one file.
type importLine struct {
	path string
	at   string // file:line
	test bool   // in a _test.go file
}

// inspect reads a tree's sources and returns every breach of the house rules, in
// order. The files are parsed here, whatever their build constraints.
func inspect(tree fs.FS) []string {
	packages, problems := readPackages(tree)
	for _, dir := range slices.Sorted(maps.Keys(packages)) {
		p := packages[dir]
		if dir == "sync" {
			problems = append(problems, "sync: holds no Go files, so that the standard library's sync is never shadowed")
			continue
		}
		if _, ok := floors[dir]; !ok {
			problems = append(problems, fmt.Sprintf("%s: has no floor; give it one in packaging/check/floors_test.go", dir))
			continue
		}
		problems = append(problems, commentProblems(p)...)
		for _, i := range p.imports {
			if why := breach(p, i); why != "" {
				problems = append(problems, fmt.Sprintf("%s: %s", i.at, why))
			}
		}
	}
	return problems
}

// breach says which rule an import breaks; empty when it breaks none. The rules on
// I/O and on the standard library alone are for what ships, not for its tests.
func breach(p *sourcePackage, i importLine) string {
	if to, ours := strings.CutPrefix(i.path, module); ours && !ownParts(p, to, i.test) {
		if why := floorBreach(p.dir, to); why != "" {
			return why
		}
		if slices.Contains(apart, p.dir) && (to == "store" || strings.HasPrefix(to, "sync/")) {
			return fmt.Sprintf("%s imports %s; main hands it what it needs", p.dir, to)
		}
	}
	for library, where := range homes {
		if strings.HasPrefix(i.path, library) && !within(p.dir, where) {
			return fmt.Sprintf("%s imports %s, which belongs only in %s", p.dir, i.path, strings.Join(where, ", "))
		}
	}
	if i.test {
		return ""
	}
	if shared, bound := standardOnly[p.dir]; bound && !isStandard(i.path) && !slices.Contains(shared, i.path) {
		return fmt.Sprintf("%s imports %s; it has to run on the standard library alone", p.dir, i.path)
	}
	if floors[p.dir] <= 20 && !strings.HasPrefix(p.dir, "packaging/") && !slices.Contains(mayDoIO, p.dir) && doesIO(i.path) {
		return fmt.Sprintf("%s imports %s; floors 0 to 2 do no I/O of their own", p.dir, i.path)
	}
	return ""
}

// floorBreach holds an import of one of our packages to "down, never up, never
// sideways".
func floorBreach(from, to string) string {
	above, ok := floors[to]
	if !ok {
		return fmt.Sprintf("%s imports %s, which has no floor", from, to)
	}
	switch {
	case above > floors[from]:
		return fmt.Sprintf("%s imports %s, which stands above it", from, to)
	case above == floors[from]:
		return fmt.Sprintf("%s imports %s, which stands beside it", from, to)
	}
	return ""
}

// ownParts reports whether a test imports what it tests: its own package, or one in
// a folder below it.
func ownParts(p *sourcePackage, to string, test bool) bool {
	return test && (to == p.dir || strings.HasPrefix(to, p.dir+"/"))
}

// within reports whether a package is one of the named, or below a named folder.
func within(dir string, where []string) bool {
	return slices.ContainsFunc(where, func(w string) bool {
		return dir == w || strings.HasSuffix(w, "/") && strings.HasPrefix(dir, w)
	})
}

// isStandard reports whether an import is of the standard library: its first element
// has no dot, and it is not ours.
func isStandard(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return !strings.Contains(first, ".") && first+"/" != module
}

// doesIO reports whether a package is a way to the operating system or the network.
// net/url and net/netip only compute.
func doesIO(importPath string) bool {
	switch importPath {
	case "os", "net", "syscall", "plugin", "io/ioutil", "path/filepath", "database/sql", "log/syslog":
		return true
	case "net/url", "net/netip", "net/mail", "net/textproto":
		return false
	}
	for _, family := range []string{"os/", "net/", "golang.org/x/sys/", "golang.org/x/net/http"} {
		if strings.HasPrefix(importPath, family) {
			return true
		}
	}
	return false
}

// commentProblems asks for the package comment that says what a package is, what it
// guarantees and what it does not.
func commentProblems(p *sourcePackage) []string {
	if strings.TrimSpace(p.comment) == "" {
		return []string{p.dir + ": has no package comment"}
	}
	if p.name != "main" && !p.testsOnly && !strings.HasPrefix(p.comment, "Package "+p.name+" ") {
		return []string{fmt.Sprintf("%s: its package comment does not begin with \"Package %s \"", p.dir, p.name)}
	}
	return nil
}

func readPackages(tree fs.FS) (map[string]*sourcePackage, []string) {
	packages := map[string]*sourcePackage{}
	var problems []string
	err := walkSources(tree, func(name string, src []byte) error {
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, name, src, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			problems = append(problems, err.Error())
			return nil
		}
		p := packages[path.Dir(name)]
		if p == nil {
			p = &sourcePackage{dir: path.Dir(name), testsOnly: true}
			packages[p.dir] = p
		}
		p.add(files, file, name)
		return nil
	})
	if err != nil {
		problems = append(problems, err.Error())
	}
	return packages, problems
}

func (p *sourcePackage) add(files *token.FileSet, file *ast.File, name string) {
	test := strings.HasSuffix(name, "_test.go")
	if !test && p.testsOnly {
		p.testsOnly, p.comment = false, "" // a test's comment is not the package's
	}
	if !test || p.testsOnly {
		p.name = file.Name.Name
		if file.Doc != nil && p.comment == "" {
			p.comment = file.Doc.Text()
		}
	}
	for _, spec := range file.Imports {
		target, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			target = spec.Path.Value // the parser has checked it; then it is simply unknown
		}
		at := files.Position(spec.Pos())
		p.imports = append(p.imports, importLine{target, fmt.Sprintf("%s:%d", at.Filename, at.Line), test})
	}
}
