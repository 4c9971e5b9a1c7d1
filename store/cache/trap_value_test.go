package cache

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/dgraph-io/badger/v4"
)

// Badger gives a value that was changed on the disk as data when it does not
// look at checksums, and as nothing at all, without an error, when it does. Here
// the second is absent. Of the first only who authenticates can know: the vault,
// in its TestTrap05.
func TestTrap05ChangedValueWithoutError(t *testing.T) {
	const values = 600 // several value log files: the last is cut where it is damaged
	dir := t.TempDir()
	cfg := config(t, dir)
	c, _ := mustOpen(t, cfg)
	fill(t, c, 0, values, 5000)
	must(t, c.Close())
	names, err := filepath.Glob(filepath.Join(inForce(t, dir), "*.vlog"))
	must(t, err)
	data, err := os.ReadFile(names[0])
	must(t, err)
	for at := 1000; at < len(data); at += 10_000 {
		data[at] ^= 1
	}
	must(t, os.WriteFile(names[0], data, 0o600))
	for _, verify := range []bool{false, true} {
		opts := options(inForce(t, dir), cfg.Key, small, listener{log: quiet(), redact: true, state: newState()}).WithVerifyValueChecksum(verify)
		db, err := badger.Open(opts)
		must(t, err)
		changed, empty := 0, 0
		must(t, db.View(func(txn *badger.Txn) error {
			for i := range values {
				k := keyN(i)
				item, err := txn.Get(k[:])
				must(t, err)
				value, err := item.ValueCopy(nil)
				if err != nil {
					continue
				}
				if plain, ok := unpad(value); len(value) == 0 {
					empty++
				} else if !ok || !bytes.Equal(plain, valueN(i, 5000)) {
					changed++
				}
			}
			return nil
		}))
		must(t, db.Close())
		if verify && empty == 0 || !verify && changed == 0 {
			t.Fatalf("checksums read %v: %d changed, %d empty, none with an error: the trap is gone", verify, changed, empty)
		}
		t.Logf("checksums read: %v; %d changed and %d empty values without an error", verify, changed, empty)
	}
	c, _ = mustOpen(t, cfg)
	absent := 0
	for i := range values {
		v, err := c.Get(keyN(i))
		if errors.Is(err, ErrAbsent) {
			absent++
		} else if err != nil || !bytes.Equal(v, valueN(i, 5000)) {
			t.Fatalf("value %d: %v", i, err)
		}
	}
	if absent == 0 {
		t.Fatal("nothing was absent")
	}
	must(t, c.Close())
}
