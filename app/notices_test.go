package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"

	"satchel/store"
)

// Whatever the vault has to tell, a screen has a sentence for: a notice that is
// added and not shown would be a silent loss (R8).
func TestEveryNoticeIsShown(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../store/notices.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	codes := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if typ, ok := spec.Type.(*ast.Ident); !ok || typ.Name != "NoticeCode" {
			return true
		}
		code, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		codes++
		if _, ok := noticeOf[store.NoticeCode(code)]; !ok {
			t.Errorf("no screen says %q", code)
		}
		return true
	})
	if codes < len(noticeOf) {
		t.Fatalf("%d codes were read of at least %d", codes, len(noticeOf))
	}
}
