package main

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// TestBrokenHouses breaks each rule once, in a tree made for it, and wants exactly
// that breach named. A check that cannot fail is no check.
func TestBrokenHouses(t *testing.T) {
	tests := []struct {
		name string
		tree map[string]string
		want []string // each problem contains its line; none = the tree is sound
	}{
		{
			name: "a sound house",
			tree: map[string]string{
				"store/identity/id.go":      "// Package identity is.\npackage identity\n",
				"store/record/record.go":    "// Package record is.\npackage record\nimport \"satchel/store/identity\"\n",
				"store/store.go":            "// Package store is.\npackage store\nimport (\n\"os\"\n\"satchel/store/cache\"\n\"satchel/store/record\"\n)\n",
				"store/cache/c.go":          "// Package cache is.\npackage cache\nimport \"github.com/dgraph-io/badger/v4\"\n",
				"store/files/files.go":      "// Package files is.\npackage files\nimport \"os\"\n",
				"store/files/f_test.go":     "package files_test\nimport (\n\"satchel/store/files\"\n\"satchel/store/files/crash\"\n)\n",
				"store/files/crash/disk.go": "// Package crash is.\npackage crash\nimport \"satchel/store/files\"\n",
				"store/record/x_test.go":    "package record_test\nimport (\n\"os\"\n\"satchel/store/record\"\n)\n",
				"app/touch/touch.go":        "// Package touch is.\npackage touch\nimport (\n\"satchel/app/look\"\n\"fyne.io/fyne/v2\"\n)\n",
				"app/look/look.go":          "// Package look is.\npackage look\n",
				"sync/scenario/day_test.go": "// Package scenario_test tells.\npackage scenario_test\n",
				"packaging/try/main.go":     "// Try runs.\npackage main\nimport \"satchel/packaging/setup\"\n",
				"packaging/setup/setup.go":  "// Package setup is.\npackage setup\nimport \"os/exec\"\n",
				"store/testdata/odd.go":     "package store\nimport \"satchel/app/screen\"\n",
				"packaging/tools/go.mod":    "module satchel/packaging/tools\n",
				"packaging/tools/tools.go":  "package tools\n",
			},
		},
		{
			name: "a package with no floor",
			tree: map[string]string{"store/helper/h.go": "// Package helper is.\npackage helper\n"},
			want: []string{"store/helper: has no floor"},
		},
		{
			name: "the root is no package",
			tree: map[string]string{"main.go": "// Satchel.\npackage main\n"},
			want: []string{".: has no floor"},
		},
		{
			name: "an import of a package with no floor",
			tree: map[string]string{"store/store.go": "// Package store is.\npackage store\nimport \"satchel/store/helper\"\n"},
			want: []string{"store/store.go:3: store imports store/helper, which has no floor"},
		},
		{
			name: "an import up",
			tree: map[string]string{"store/record/record.go": "// Package record is.\npackage record\nimport \"satchel/store\"\n"},
			want: []string{"store/record/record.go:3: store/record imports store, which stands above it"},
		},
		{
			name: "an import up in a test",
			tree: map[string]string{
				"store/record/record.go": "// Package record is.\npackage record\n",
				"store/record/x_test.go": "package record\nimport \"satchel/store\"\n",
			},
			want: []string{"store/record/x_test.go:2: store/record imports store, which stands above it"},
		},
		{
			name: "a package that imports its own part",
			tree: map[string]string{"store/files/files.go": "// Package files is.\npackage files\nimport \"satchel/store/files/crash\"\n"},
			want: []string{"store/files imports store/files/crash, which stands above it"},
		},
		{
			name: "an import sideways",
			tree: map[string]string{"sync/link/link.go": "// Package link is.\npackage link\nimport \"satchel/sync/gossip\"\n"},
			want: []string{"sync/link imports sync/gossip, which stands beside it"},
		},
		{
			name: "an import hidden behind a build constraint",
			tree: map[string]string{
				"store/seal/seal.go":         "// Package seal is.\npackage seal\n",
				"store/seal/seal_windows.go": "//go:build windows\n\npackage seal\nimport \"satchel/store/audit\"\n",
			},
			want: []string{"store/seal/seal_windows.go:4: store/seal imports store/audit, which stands beside it"},
		},
		{
			name: "look does not know touch",
			tree: map[string]string{"app/look/look.go": "// Package look is.\npackage look\nimport \"satchel/app/touch\"\n"},
			want: []string{"app/look imports app/touch, which stands above it"},
		},
		{
			name: "badger outside its home",
			tree: map[string]string{"sync/replica/r.go": "// Package replica is.\npackage replica\nimport \"github.com/dgraph-io/badger/v4\"\n"},
			want: []string{"belongs only in store/cache, store/faults, store/reader, sync/ledger"},
		},
		{
			name: "badger in the vault itself",
			tree: map[string]string{"store/s.go": "// Package store is.\npackage store\nimport \"github.com/dgraph-io/badger/v4\"\n"},
			want: []string{"store imports github.com/dgraph-io/badger/v4"},
		},
		{
			name: "badger beside its home",
			tree: map[string]string{"store/record/r.go": "// Package record is.\npackage record\nimport \"github.com/dgraph-io/badger/v4\"\n"},
			want: []string{"store/record imports github.com/dgraph-io/badger/v4"},
		},
		{
			name: "serf outside gossip",
			tree: map[string]string{"sync/device/d.go": "// Package device is.\npackage device\nimport \"github.com/hashicorp/serf/serf\"\n"},
			want: []string{"belongs only in sync/gossip"},
		},
		{
			name: "fyne outside app",
			tree: map[string]string{"sync/device/d.go": "// Package device is.\npackage device\nimport \"fyne.io/fyne/v2\"\n"},
			want: []string{"sync/device imports fyne.io/fyne/v2"},
		},
		{
			name: "pgx outside the ledger",
			tree: map[string]string{"sync/hub/h.go": "// Package hub is.\npackage hub\nimport \"github.com/jackc/pgx/v5\"\n"},
			want: []string{"belongs only in sync/ledger"},
		},
		{
			name: "a screen that reaches for the vault",
			tree: map[string]string{"app/screen/s.go": "// Package screen is.\npackage screen\nimport \"satchel/store\"\n"},
			want: []string{"app/screen imports store; main hands it what it needs"},
		},
		{
			name: "a console that reaches for a role",
			tree: map[string]string{"app/console/c.go": "// Package console is.\npackage console\nimport \"satchel/sync/hub\"\n"},
			want: []string{"app/console imports sync/hub; main hands it what it needs"},
		},
		{
			name: "I/O on the low floors",
			tree: map[string]string{
				"store/policy/p.go":    "// Package policy is.\npackage policy\nimport \"os\"\n",
				"store/audit/a.go":     "// Package audit is.\npackage audit\nimport \"net/http\"\n",
				"store/identity/i.go":  "// Package identity is.\npackage identity\nimport \"golang.org/x/sys/unix\"\n",
				"assets/people/all.go": "// Package people is.\npackage people\nimport \"syscall\"\n",
				"assets/assets.go":     "// Package assets is.\npackage assets\nimport \"embed\"\n",
			},
			want: []string{
				"assets/people imports syscall; floors 0 to 2",
				"store/audit imports net/http; floors 0 to 2",
				"store/identity imports golang.org/x/sys/unix; floors 0 to 2",
				"store/policy imports os; floors 0 to 2",
			},
		},
		{
			name: "check and try with a library",
			tree: map[string]string{
				"packaging/check/c.go": "// Check is.\npackage main\nimport \"github.com/spf13/cobra\"\n",
				"packaging/try/t.go":   "// Try is.\npackage main\nimport (\n\"satchel/assets/people\"\n\"satchel/sync/hub\"\n)\n",
			},
			want: []string{
				"packaging/check imports github.com/spf13/cobra; it has to run on the standard library alone",
				"packaging/try imports satchel/sync/hub; it has to run on the standard library alone",
			},
		},
		{
			name: "no package comment",
			tree: map[string]string{"app/hub/main.go": "package main\n"},
			want: []string{"app/hub: has no package comment"},
		},
		{
			name: "a directive is no package comment",
			tree: map[string]string{"app/hub/main.go": "//go:generate stringer\npackage main\n"},
			want: []string{"app/hub: has no package comment"},
		},
		{
			name: "a test's comment is not the package's",
			tree: map[string]string{
				"store/seal/a_test.go": "// Package seal is tested.\npackage seal\n",
				"store/seal/seal.go":   "package seal\n",
			},
			want: []string{"store/seal: has no package comment"},
		},
		{
			name: "a package comment of another form",
			tree: map[string]string{"store/seal/seal.go": "// Ciphers.\npackage seal\n"},
			want: []string{`does not begin with "Package seal "`},
		},
		{
			name: "Go files in sync",
			tree: map[string]string{"sync/doc.go": "// Package sync is.\npackage sync\n"},
			want: []string{"sync: holds no Go files"},
		},
		{
			name: "a file that is not Go",
			tree: map[string]string{"store/store.go": "pakcage store\n"},
			want: []string{"store/store.go:1:1: expected 'package'"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tree := fstest.MapFS{}
			for name, src := range tt.tree {
				tree[name] = &fstest.MapFile{Data: []byte(src)}
			}
			got := inspect(tree)
			slices.Sort(got)
			if len(got) != len(tt.want) {
				t.Fatalf("problems:\n%s\nwant %d", strings.Join(got, "\n"), len(tt.want))
			}
			for i := range got {
				if !strings.Contains(got[i], tt.want[i]) {
					t.Errorf("problem %q, want it to contain %q", got[i], tt.want[i])
				}
			}
		})
	}
}
