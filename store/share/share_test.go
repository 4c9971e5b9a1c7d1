package share

import (
	"bytes"
	"errors"
	"testing"

	"satchel/store/files"
	"satchel/store/files/crash"
	"satchel/store/identity"
	"satchel/store/seal"
)

func open(t *testing.T, fsys files.FS) *FileShare {
	t.Helper()
	s, err := File(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestFileShare(t *testing.T) {
	disk := crash.New()
	s := open(t, disk)
	id, key := seal.ShareID{1, 2}, seal.NewKey()
	if _, err := s.Get(id); !errors.Is(err, seal.ErrNoShare) {
		t.Errorf("before put: %v", err)
	}
	if err := s.Put(id, &key); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Get(id); err != nil || got != key {
		t.Errorf("get: %v", err)
	}
	if ids, err := s.List(); err != nil || len(ids) != 1 || ids[0] != id {
		t.Errorf("list: %v %v", ids, err)
	}
	if s.Binding() != "weak binding: file" {
		t.Errorf("binding %q", s.Binding())
	}
	data, err := files.ReadFile(disk, name(id), 100)
	if err != nil {
		t.Fatal(err)
	}
	for i := range data {
		b := bytes.Clone(data)
		b[i] ^= 1
		if err := files.WriteAtomic(disk, name(id), b); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Get(id); !errors.Is(err, seal.ErrKeysDamaged) {
			t.Fatalf("byte %d: %v", i, err)
		}
	}
	for _, b := range [][]byte{nil, data[:39], append(bytes.Clone(data), 0)} {
		if err := files.WriteAtomic(disk, name(id), b); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Get(id); !errors.Is(err, seal.ErrKeysDamaged) {
			t.Errorf("%d bytes: %v", len(b), err)
		}
	}
	if err := errors.Join(s.Delete(id), s.Delete(id)); err != nil {
		t.Errorf("delete: %v", err)
	}
	if _, err := s.Get(id); !errors.Is(err, seal.ErrNoShare) {
		t.Errorf("after delete: %v", err)
	}
}

func TestDeleteOverwritesFirst(t *testing.T) {
	disk := crash.New()
	s := open(t, disk)
	id, key := seal.ShareID{1}, seal.NewKey()
	if err := s.Put(id, &key); err != nil {
		t.Fatal(err)
	}
	f, err := disk.Open(name(id), files.Read)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(id); err != nil {
		t.Fatal(err)
	}
	left := make([]byte, fileLen)
	if _, err := f.ReadAt(left, 0); err != nil || bytes.Contains(left, key[:8]) {
		t.Errorf("the removed file still holds the key (%v)", err)
	}
}

func rowsOf(n int) *seal.Content {
	c := &seal.Content{Facts: seal.Key{1}}
	for i := range n {
		c.Rows = append(c.Rows, seal.Row{Handle: identity.Handle{byte(i)}, Key: seal.NewKey()})
	}
	return c
}

// TestSaveNextAtEveryCut loses power at every operation of a save, with the
// share on the same disk, and finds in every state the former content or the
// new, the new one if the save was acknowledged, and afterwards exactly one
// file and one share. R8.
func TestSaveNextAtEveryCut(t *testing.T) {
	build := func() (*crash.Disk, *seal.KeyFile) {
		disk := crash.New()
		k, _, err := seal.CreateKeys(disk, open(t, disk), rowsOf(3))
		if err != nil {
			t.Fatal(err)
		}
		return disk, k
	}
	for n := 1; ; n++ {
		disk, k := build()
		disk.CutAt(disk.Ops() + n)
		saved, err := k.SaveNext(rowsOf(2))
		if err != nil && !errors.Is(err, crash.ErrCut) {
			t.Fatal(err)
		}
		for state, s := range disk.States(uint64(n), 30) {
			checkOneOpens(t, disk.LastOp()+", "+state, s, err == nil, saved)
		}
		if err == nil && saved.Turned {
			if n < 10 {
				t.Fatalf("only %d operations in a save", n)
			}
			return
		}
	}
}

func checkOneOpens(t *testing.T, where string, disk *crash.Disk, acknowledged bool, saved seal.Saved) {
	t.Helper()
	share := open(t, disk)
	k, got, report, err := seal.LoadLatest(disk, share)
	if err != nil {
		t.Fatalf("cut at %s: %v", where, err)
	}
	if n := len(got.Rows); n != 2 && (acknowledged || n != 3) {
		t.Fatalf("cut at %s: %d rows, acknowledged %v", where, n, acknowledged)
	}
	if report.CleanupFailed != nil || len(report.Unopenable) != 0 {
		t.Fatalf("cut at %s: %+v", where, report)
	}
	gens, _ := disk.List(seal.KeysDir)
	ids, _ := share.List()
	if len(gens) != 1 || len(ids) != 1 {
		t.Fatalf("cut at %s: left %q and %d shares", where, gens, len(ids))
	}
	if acknowledged && saved.Turned && report.OrphanShares+report.OldFiles > 1 {
		t.Fatalf("cut at %s: %+v after an acknowledged save", where, report)
	}
	if saved, err := k.SaveNext(rowsOf(1)); err != nil || !saved.Turned {
		t.Fatalf("cut at %s, saving again: %+v %v", where, saved, err)
	}
}

// TestCreateAtEveryCut: an interrupted first save leaves no key file or one that
// opens, and the creation can be repeated.
func TestCreateAtEveryCut(t *testing.T) {
	for n := 1; ; n++ {
		disk := crash.New()
		disk.CutAt(n)
		s, err := File(disk)
		if err == nil {
			_, _, err = seal.CreateKeys(disk, s, rowsOf(3))
		}
		if err != nil && !errors.Is(err, crash.ErrCut) {
			t.Fatal(err)
		}
		for state, after := range disk.States(uint64(n), 20) {
			s := open(t, after)
			_, _, _, lerr := seal.LoadLatest(after, s)
			if lerr == nil {
				continue
			}
			if err == nil || !errors.Is(lerr, seal.ErrNoKeys) {
				t.Fatalf("cut at %s, %s: %v", disk.LastOp(), state, lerr)
			}
			if _, _, err := seal.CreateKeys(after, s, rowsOf(1)); err != nil {
				t.Fatalf("cut at %s, %s, creating again: %v", disk.LastOp(), state, err)
			}
			if ids, _ := s.List(); len(ids) != 1 {
				t.Fatalf("cut at %s, %s: %d shares", disk.LastOp(), state, len(ids))
			}
		}
		if err == nil {
			return
		}
	}
}

func FuzzGet(f *testing.F) {
	key := seal.Key{5}
	sum := checksum(seal.ShareID{1}, key[:])
	f.Add(append(key[:], sum[:]...))
	f.Fuzz(func(t *testing.T, b []byte) {
		disk := crash.New()
		s := open(t, disk)
		if err := files.WriteAtomic(disk, name(seal.ShareID{1}), b); err != nil {
			t.Fatal(err)
		}
		got, err := s.Get(seal.ShareID{1})
		if err == nil && !bytes.Equal(b[:32], got[:]) {
			t.Fatal("another key came back")
		}
	})
}
