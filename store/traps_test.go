package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"satchel/store/cache"
	"satchel/store/identity"
	"satchel/store/seal"
)

// trapped is a vault with twenty records, and what they hold.
type trapped struct {
	*world
	c    *hubCohort
	dir  string
	in   []Incoming
	docs [][]byte
}

func newTrapped(t *testing.T) *trapped {
	w := newWorld(t)
	x := &trapped{world: w, c: w.newCohort(), dir: t.TempDir()}
	w.must(w.laptop(w.config(x.dir, nil), x.c).Close())
	return x
}

func (x *trapped) open() *Vault {
	x.t.Helper()
	v, err := Open(x.t.Context(), x.config(x.dir, nil))
	x.must(err)
	return v
}

// more puts n records more.
func (x *trapped) more(v *Vault, n int) {
	x.t.Helper()
	var in []Incoming
	for range n {
		i := len(x.docs)
		x.docs = append(x.docs, document("Person"+strings.Repeat("x", i+1), number(i+1)))
		in = append(in, x.release(x.c, identity.Random[identity.PID](), x.docs[i]))
	}
	x.in = append(x.in, in...)
	x.put(v, x.c, in...)
}

// settle opens the vault: every record is whole or said to be missing, whatever
// is missing is told and asked for, and whole when the hub has sent it again.
// It gives how many were missing.
func (x *trapped) settle(t *testing.T) (lost int) {
	t.Helper()
	v := x.open()
	defer func() { x.must(v.Close()) }()
	if v.Count() != len(x.in) {
		t.Fatalf("%d rows of %d", v.Count(), len(x.in))
	}
	s := x.unlock(v)
	for i := range x.in {
		lost += x.wholeOrMissing(t, v, s, x.in[i], x.docs[i])
	}
	told := 0
	for _, n := range v.Notices() {
		if n.Code == RecordsMissing || n.Code == CacheQuarantined {
			told++
		}
	}
	if _, rev := v.Cursor(x.c.id); lost > 0 && (told == 0 || rev != 0) {
		t.Fatalf("%d are missing, nobody was told (%+v) or nobody asks for them (%d)", lost, v.Notices(), rev)
	}
	x.put(v, x.c, x.in...)
	for i := range x.in {
		if x.wholeOrMissing(t, v, s, x.in[i], x.docs[i]) != 0 {
			t.Fatal("not whole after it was fetched again")
		}
	}
	return lost
}

// bare counts the records' values that the cache alone gives, and what it says.
func (x *trapped) bare(t *testing.T) (n int) {
	t.Helper()
	v := x.open()
	key := v.content.Cache
	x.must(v.Close())
	to := t.TempDir()
	x.must(os.CopyFS(filepath.Join(to, cache.Folder), os.DirFS(filepath.Join(x.dir, cache.Folder))))
	return bareCount(t, to, key)
}

func bareCount(t *testing.T, dir string, key seal.Key) (n int) {
	t.Helper()
	c, o, err := cache.Open(t.Context(), cache.Config{Dir: dir, Key: key[:]})
	check(t, err)
	defer func() { check(t, c.Close()) }()
	if o.Aside != "" || o.Ignored {
		t.Fatalf("Badger noticed: %+v", o)
	}
	check(t, c.Each(t.Context(), kindRecord, false, 1, func(int, cache.Key, []byte) error { n++; return nil }))
	return n
}

// Where syncing does nothing, the newest writes of the cache are gone after a
// power cut, or an older cache stands there: Badger opens it without a word.
// The key table says what is missing, and it is fetched again.
func TestTrap01SyncedWritesAreGone(t *testing.T) { // P28
	x := newTrapped(t)
	v := x.open()
	x.more(v, 10)
	x.must(v.Close())
	older := filepath.Join(t.TempDir(), "older")
	x.must(os.CopyFS(older, os.DirFS(filepath.Join(x.dir, cache.Folder))))
	v = x.open()
	x.more(v, 10)
	key := v.content.Cache
	x.must(v.Close())
	x.must(os.RemoveAll(filepath.Join(x.dir, cache.Folder)))
	x.must(os.CopyFS(filepath.Join(x.dir, cache.Folder), os.DirFS(older)))
	to := t.TempDir()
	x.must(os.CopyFS(filepath.Join(to, cache.Folder), os.DirFS(older)))
	if n := bareCount(t, to, key); n != 10 {
		t.Fatalf("the cache alone has %d of 20, and says nothing", n)
	}
	if lost := x.settle(t); lost != 10 {
		t.Fatalf("%d of 10 were missed", lost)
	}
}

// A bit that flips in Badger's write-ahead log takes every later commit with
// it, and Badger opens without a word. The key table says which.
func TestTrap02FlippedBitInTheLog(t *testing.T) { // P28
	x := newTrapped(t)
	v := x.open()
	x.more(v, 1)
	for range 19 {
		x.more(v, 1)
	}
	key := v.content.Cache
	image := t.TempDir() // as a killed process leaves it
	x.must(os.CopyFS(image, os.DirFS(x.dir)))
	x.must(v.Close())
	x.must(os.RemoveAll(x.dir))
	x.must(os.CopyFS(x.dir, os.DirFS(image)))
	logs, err := filepath.Glob(filepath.Join(cacheFolder(t, x.dir), "*.mem"))
	if err != nil || len(logs) == 0 {
		t.Fatalf("%d logs, %v", len(logs), err)
	}
	data, err := os.ReadFile(logs[0])
	x.must(err)
	data[len(bytes.TrimRight(data, "\x00"))/2] ^= 1
	x.must(os.WriteFile(logs[0], data, 0o600))
	to := t.TempDir()
	x.must(os.CopyFS(filepath.Join(to, cache.Folder), os.DirFS(filepath.Join(x.dir, cache.Folder))))
	n := bareCount(t, to, key)
	if n >= 20 {
		t.Fatal("this Badger loses nothing: the trap is gone")
	}
	if lost := x.settle(t); lost == 0 {
		t.Fatalf("the cache alone has %d of 20, and nothing was missed", n)
	}
	t.Logf("the cache alone had %d of 20 and said nothing", n)
}

// A value of the cache that was changed, emptied, or put in another's place is
// not believed, whatever Badger says of it: it is missing, and others are whole.
func TestTrap05ValuesAreNotAuthenticated(t *testing.T) { // P28
	for name, harm := range map[string]func(a, b []byte) []byte{
		"a bit":             func(a, _ []byte) []byte { a[len(a)/2] ^= 1; return a },
		"the last bit":      func(a, _ []byte) []byte { a[len(a)-1] ^= 1; return a },
		"cut":               func(a, _ []byte) []byte { return a[:len(a)/2] },
		"empty":             func([]byte, []byte) []byte { return nil },
		"another's":         func(_, b []byte) []byte { return b },
		"with more behind":  func(a, _ []byte) []byte { return append(a, 0) },
		"zeros, as long as": func(a, _ []byte) []byte { return make([]byte, len(a)) },
	} {
		for _, kind := range []byte{kindRecord, kindInner} {
			t.Run(name, func(t *testing.T) {
				x := newTrapped(t)
				v := x.open()
				x.more(v, 3)
				x.unlock(v).Lock() // so that inner parts are made
				rows := v.table.rows
				c := v.cache.Load()
				a, b := keyOf(kind, rows[0].Handle, rows[0].Versions[0].Ver), keyOf(kind, rows[1].Handle, rows[1].Versions[0].Ver)
				first, err := c.get(a)
				x.must(err)
				second, err := c.get(b)
				x.must(err)
				x.must(c.write([]pair{{a, harm(bytes.Clone(first), second)}}))
				x.must(v.Close())
				if n := x.bare(t); n != 3 {
					t.Fatalf("%d values", n)
				}
				// A damaged inner part is made again of the wrap beside it.
				if lost := x.settle(t); lost > 1 || lost != 1 && kind == kindRecord {
					t.Fatalf("%d were missed", lost)
				}
			})
		}
	}
}

// An older version put back under a newer version's key is refused by the row.
func TestTrap05OlderVersionPutBack(t *testing.T) { // R34
	x := newTrapped(t)
	v := x.open()
	x.more(v, 1)
	pid := x.in[0].Record.Header.Value.PID
	newer := x.release(x.c, pid, document("Zebedee", number(9)))
	x.put(v, x.c, newer)
	r := v.table.rows[0]
	for _, kind := range []byte{kindRecord, kindInner} {
		old, err := v.cache.Load().get(keyOf(kind, r.Handle, r.Versions[1].Ver))
		x.must(err)
		x.must(v.cache.Load().write([]pair{{keyOf(kind, r.Handle, r.Versions[0].Ver), old}}))
	}
	s := x.unlock(v)
	if _, err := s.Read(t.Context(), request(r.Handle)); !errors.Is(err, ErrMissing) {
		t.Fatalf("an older version opened as the newest: %v", err)
	}
	x.must(v.Close())
}
