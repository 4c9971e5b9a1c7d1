package faults

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/dgraph-io/badger/v4"
)

// What the harnesses measure themselves by: writers of numbered lines that
// acknowledge each. The first does it right; the others are known to be bad.

const linesName = "lines"

// appendOn writes and syncs before it acknowledges.
func appendOn(_ context.Context, dir string) error {
	return appends(dir, func(f *os.File, b []byte) error {
		_, err := f.Write(b)
		return errors.Join(err, f.Sync())
	})
}

// unsyncedOn leaves what it has acknowledged to the system.
func unsyncedOn(_ context.Context, dir string) error {
	return appends(dir, func(f *os.File, b []byte) error {
		_, err := f.Write(b)
		return err
	})
}

// bufferedOn leaves what it has acknowledged in its own memory.
func bufferedOn(_ context.Context, dir string) error {
	var w *bufio.Writer
	return appends(dir, func(f *os.File, b []byte) error {
		if w == nil {
			w = bufio.NewWriterSize(f, 64<<10)
		}
		_, err := w.Write(b)
		return err
	})
}

func appends(dir string, write func(*os.File, []byte) error) error {
	f, err := os.OpenFile(filepath.Join(dir, linesName), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	if err := d.Sync(); err != nil {
		return err
	}
	n, err := linesIn(dir)
	if err != nil {
		return err
	}
	for {
		n++
		if err := write(f, binary.BigEndian.AppendUint64(nil, n)); err != nil {
			return err
		}
		fmt.Println(n)
		if n == enough {
			rest()
			return nil
		}
	}
}

// enough is how much a writer that waits for nothing writes: more would take
// the machine from the one that is tested.
const enough = 10_000

// rest waits to be killed, or for the test to be gone.
func rest() { _, _ = io.Copy(io.Discard, os.Stdin) }

// linesIn gives the last whole line that follows on all before it.
func linesIn(dir string) (uint64, error) {
	b, err := os.ReadFile(filepath.Join(dir, linesName))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return 0, err
	}
	n := uint64(0)
	for ; len(b) >= 8 && binary.BigEndian.Uint64(b) == n+1; b = b[8:] {
		n++
	}
	return n, nil
}

// lazyOn is Badger as it comes: it syncs nothing before it acknowledges.
func lazyOn(_ context.Context, dir string) error {
	db, err := badger.Open(badger.DefaultOptions(dir).WithLogger(nil).WithSyncWrites(false).WithMemTableSize(8 << 20).WithValueLogFileSize(16 << 20).WithValueThreshold(1 << 10))
	if err != nil {
		return err
	}
	for n := uint64(1); ; n++ {
		key := binary.BigEndian.AppendUint64(nil, n)
		if err := db.Update(func(txn *badger.Txn) error { return txn.Set(key, key) }); err != nil {
			return err
		}
		fmt.Println(n)
		if n == enough {
			rest()
			return nil
		}
	}
}

// lazyHas gives how many of the first n values a lazy Badger still has.
func lazyHas(dir string, n uint64) (have uint64, err error) {
	db, err := badger.Open(badger.DefaultOptions(dir).WithLogger(nil).WithMemTableSize(8 << 20).WithValueLogFileSize(16 << 20).WithValueThreshold(1 << 10))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return have, db.View(func(txn *badger.Txn) error {
		for i := range n {
			if _, err := txn.Get(binary.BigEndian.AppendUint64(nil, i+1)); err == nil {
				have++
			}
		}
		return nil
	})
}
