package main

import (
	"os"
	"testing"
)

// floors is the house: every package has a floor, and imports only what stands
// below it. The numbers are ten times those of style.md, so that look and touch can
// stand under the screens without being open to what the screens may use. A new
// package gets its line here, or the check fails.
var floors = map[string]int{
	"app": 90, "app/hub": 90, "app/station": 90,
	"packaging/bench": 90, "packaging/check": 90, "packaging/dictionary": 90, "packaging/try": 90,

	"app/screen": 80, "app/console": 80, "sync/scenario": 80,
	"app/touch": 76, "app/look": 75,
	"app/seat": 74, "app/process": 74,

	"sync/device": 70, "sync/hub": 70,
	"sync/replica": 60,
	"sync/link":    50, "sync/gossip": 50, "sync/central": 50, "sync/ledger": 50, "sync/ledger/conform": 55,
	"sync/wire": 40, "sync/sketch": 40,
	"store/faults": 35, "store/reader": 35,
	"store":        30,
	"store/cache":  25,
	"store/policy": 20, "store/share": 20,
	"store/record": 10, "store/consent": 10, "store/audit": 10, "store/seal": 10, "store/fact": 10, "store/search": 10,
	"store/files/crash": 5,
	"store/identity":    0, "store/canon": 0, "store/files": 0,
	"assets": 0, "assets/dictionary": 0, "assets/people": 0,
	"packaging/setup": 0,
}

// homes says where a library may be imported: in these packages, and in those below
// a folder that ends in a slash.
var homes = map[string][]string{
	"github.com/dgraph-io/badger": {"store/cache", "store/faults", "store/reader", "sync/ledger"},
	"github.com/hashicorp/serf":   {"sync/gossip"},
	"github.com/jackc/pgx":        {"sync/ledger"},
	"fyne.io/":                    {"app", "app/"},
}

// standardOnly are the packages that have to run before any module is downloaded, and
// which of ours they share; those are bound by the same rule.
var standardOnly = map[string][]string{
	"packaging/setup": nil,
	"packaging/check": {"satchel/packaging/setup"},
	"packaging/try":   {"satchel/packaging/setup", "satchel/assets/people"},
	"assets/people":   nil,
}

// apart are the packages that main hands what they need: they import neither the
// vault nor anything that synchronises.
var apart = []string{"app/screen", "app/console", "app/touch", "app/look"}

// mayDoIO are the packages on floors 0 to 2 that exist to reach the operating system.
var mayDoIO = []string{"store/files", "store/share"}

// TestHouse holds the real tree to the rules. It reads the sources through os, so
// the test cache knows what it depends on.
func TestHouse(t *testing.T) {
	for _, p := range inspect(os.DirFS("../..")) {
		t.Error(p)
	}
}
