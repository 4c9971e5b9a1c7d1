package faults

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/dgraph-io/badger/v4"
)

// bareFind is what a plain Badger gives back.
type bareFind struct{ Refused, Right, Wrong, Lost int }

const bareKeys = 300

func bareKey(i int) []byte { return fmt.Appendf(nil, "patient %d", i) }

func bareValue(i int) []byte { return bytes.Repeat(bareKey(i), 60) }

func bareOptions(dir string) badger.Options {
	return badger.DefaultOptions(dir).WithLogger(nil).WithMemTableSize(8 << 20).WithValueThreshold(512).WithValueLogFileSize(16 << 20).WithVerifyValueChecksum(true)
}

// bareOn opens the databases that it is told, one a line, and says what it
// finds there.
func bareOn(_ context.Context, _ string) error {
	in, out := bufio.NewScanner(os.Stdin), json.NewEncoder(os.Stdout)
	for in.Scan() {
		if err := out.Encode(bareLook(in.Text())); err != nil {
			return err
		}
	}
	return in.Err()
}

// fillsOn is a child that writes a few megabytes to a plain Badger.
func fillsOn(_ context.Context, dir string) error {
	db, err := badger.Open(bareOptions(dir))
	if err != nil {
		return err
	}
	for i := range 1500 {
		err := db.Update(func(txn *badger.Txn) error { return txn.Set(bareKey(i), make([]byte, 4<<10)) })
		if err != nil {
			return errors.Join(err, db.Close())
		}
	}
	return db.Close()
}

func bareLook(dir string) (x bareFind) {
	db, err := badger.Open(bareOptions(dir))
	if err != nil {
		return bareFind{Refused: 1}
	}
	defer db.Close()
	err = db.View(func(txn *badger.Txn) error {
		for i := range bareKeys {
			item, err := txn.Get(bareKey(i))
			if errors.Is(err, badger.ErrKeyNotFound) {
				x.Lost++
				continue
			}
			if err != nil {
				x.Refused++
				continue
			}
			got, err := item.ValueCopy(nil)
			switch {
			case err != nil:
				x.Refused++
			case bytes.Equal(got, bareValue(i)):
				x.Right++
			default:
				x.Wrong++
			}
		}
		return nil
	})
	if err != nil {
		x.Refused++
	}
	return x
}

// The matrix sees what it is there to see: the same damage to a database that
// holds its values in clear, and is believed, gives other values or none, and
// no error.
func TestDamageIsCalibrated(t *testing.T) {
	base := tempDir(t)
	whole := filepath.Join(base, "whole")
	db, err := badger.Open(bareOptions(whole))
	if err != nil {
		t.Fatal(err)
	}
	for i := range bareKeys {
		if err := db.Update(func(txn *badger.Txn) error { return txn.Set(bareKey(i), bareValue(i)) }); err != nil {
			t.Fatal(err)
		}
	}
	killed := filepath.Join(base, "killed")
	if err := errors.Join(copyTree(killed, whole), db.Close()); err != nil {
		t.Fatal(err)
	}
	w := newLooker("bare", base)
	defer w.stop()
	r := rand.New(rand.NewPCG(7, 7))
	var control, sum bareFind
	died := 0
	for i := range 32 {
		from := []string{whole, killed}[i%2]
		dir := filepath.Join(base, fmt.Sprintf("trial-%d", i))
		if err := copyTree(dir, from); err != nil {
			t.Fatal(err)
		}
		if i > 1 {
			harmBare(t, r, dir)
		}
		var x bareFind
		if err := w.look(dir, &x); errors.Is(err, errDied) {
			died++
		} else if err != nil {
			t.Fatal(err)
		}
		if i < 2 {
			control.Right += x.Right
			continue
		}
		sum = bareFind{sum.Refused + x.Refused, sum.Right + x.Right, sum.Wrong + x.Wrong, sum.Lost + x.Lost}
		_ = os.RemoveAll(dir)
	}
	t.Logf("a bare database, 30 bits flipped: %d values wrong, %d lost, %d refused, %d right, died %d times", sum.Wrong, sum.Lost, sum.Refused, sum.Right, died)
	if control.Right != 2*bareKeys {
		t.Errorf("control: %d of %d values are right in two unharmed copies", control.Right, 2*bareKeys)
	}
	if sum.Wrong+sum.Lost == 0 {
		t.Error("known bad: no value was wrong or lost")
	}
}

// harmBare flips a bit of a file that holds data.
func harmBare(t *testing.T, r *rand.Rand, dir string) {
	found, err := targets(dir)
	if err != nil {
		t.Fatal(err)
	}
	for {
		at := found[r.IntN(len(found))]
		switch filepath.Ext(at.name) {
		case ".sst", ".vlog", ".mem":
		default:
			continue
		}
		done, err := harms[0].do(r, filepath.Join(dir, at.name), "")
		if err != nil {
			t.Fatal(err)
		}
		if done {
			return
		}
	}
}
