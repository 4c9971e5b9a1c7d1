package cache

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// onDisk tells whether bytes lie in any file under a folder.
func onDisk(t testing.TB, dir string, marker []byte) bool {
	t.Helper()
	found := false
	must(t, filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || found {
			return err
		}
		data, err := os.ReadFile(p)
		found = bytes.Contains(data, marker)
		return err
	}))
	return found
}

func newKey() []byte {
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	return key
}

func all(Key) bool { return true }

// scrubNow scrubs to the end and gives the key of the new folder.
func scrubNow(t testing.TB, c *Cache) []byte {
	t.Helper()
	key := newKey()
	must(t, c.BeginScrub(key))
	for done := false; !done; {
		var err error
		done, err = c.ScrubSome(t.Context(), all, 0)
		must(t, err)
	}
	if lost, err := c.EndScrub(func() error { return nil }); err != nil || len(lost) > 0 {
		t.Fatalf("%d values lost, %v", len(lost), err)
	}
	return key
}

// Badger keeps the bytes of what was deleted, whatever is collected, flattened
// and reopened. A scrub takes them off the disk. Badger's own encryption is
// left out here, so that the bytes can be looked for.
func TestTrap03DeletedBytesStayOnDisk(t *testing.T) {
	dir := t.TempDir()
	cfg := config(t, dir)
	cfg.off = guardSkin | guardOptions
	c, _ := mustOpen(t, cfg)
	fill(t, c, 0, 400, 2000)
	deleteN(t, c, 5, 6)
	marker := valueN(5, 64)
	for range 2 {
		must(t, c.b.Flatten(2))
		_, err := c.Tend(t.Context(), 0)
		must(t, err)
		must(t, c.Close())
		c, _ = mustOpen(t, cfg)
	}
	if whole(t, c, 5, 6, 2000) != 0 {
		t.Fatal("what was deleted is there")
	}
	if !onDisk(t, dir, marker) {
		t.Fatal("this Badger needs no scrub: the trap is gone")
	}
	must(t, os.MkdirAll(filepath.Join(dir, asidePrefix+"1"), 0o700))
	must(t, os.WriteFile(filepath.Join(dir, asidePrefix+"1", "old"), marker, 0o600))
	cfg.Key = scrubNow(t, c)
	if onDisk(t, dir, marker) {
		t.Fatal("the bytes are on the disk after a scrub")
	}
	if n := whole(t, c, 0, 400, 2000); n != 399 {
		t.Fatalf("%d of 399 values survived the scrub", n)
	}
	must(t, c.Close())
	c, o := mustOpen(t, cfg)
	if n := whole(t, c, 0, 400, 2000); n != 399 || o.Aside != "" {
		t.Fatalf("%d of 399 values after the next start, %q", n, o.Aside)
	}
	must(t, c.Close())
}

// A process killed at any step of a scrub leaves a folder that is whole, by the
// key that is in the key file then.
func TestScrubSurvivesEveryStep(t *testing.T) {
	dir, images := t.TempDir(), t.TempDir()
	cfg := config(t, dir)
	c, _ := mustOpen(t, cfg)
	fill(t, c, 0, 600, 1500)
	old, next := cfg.Key, newKey()
	n := 0
	image := func(step string, keys ...[]byte) {
		t.Helper()
		n++
		to := filepath.Join(images, fmt.Sprint(n))
		must(t, os.CopyFS(to, os.DirFS(dir)))
		for _, key := range keys {
			at := filepath.Join(to, fmt.Sprintf("%x", key[:2]))
			must(t, os.MkdirAll(at, 0o700))
			must(t, os.CopyFS(filepath.Join(at, Folder), os.DirFS(filepath.Join(to, Folder))))
			c, o, err := Open(t.Context(), Config{Dir: at, Key: key, sizes: small, Free: plenty})
			if err != nil || o.Aside != "" {
				t.Fatalf("%s: %v %q", step, err, o.Aside)
			}
			if held := whole(t, c, 0, 700, 1500); held != 700-100-1 && n > 3 || held < 599 {
				t.Fatalf("%s: %d values are whole", step, held)
			}
			if _, err := c.Get(keyN(7)); n > 3 && !errors.Is(err, ErrAbsent) {
				t.Fatalf("%s: what was deleted while it was copied is there", step)
			}
			must(t, c.Close())
			inForce(t, at)
		}
	}
	image("before", old)
	must(t, c.BeginScrub(next))
	image("begun", old)
	_, err := c.ScrubSome(t.Context(), all, 0)
	must(t, err)
	image("some", old)
	deleteN(t, c, 7, 8)        // copied already, or not yet
	fill(t, c, 600, 700, 1500) // while it is copied
	deleteN(t, c, 500, 600)    // and gone again
	for done := false; !done; {
		done, err = c.ScrubSome(t.Context(), all, 0)
		must(t, err)
	}
	image("copied", old)
	_, err = c.EndScrub(func() error {
		image("before the key file", old)
		image("after the key file", next)
		return nil
	})
	must(t, err)
	image("done", next)
	must(t, c.Close())
	image("closed", next)
}

// A key file that could not be written leaves the old cache in force, and both
// folders until it is known which one counts.
func TestScrubNotCommitted(t *testing.T) {
	dir := t.TempDir()
	cfg := config(t, dir)
	c, _ := mustOpen(t, cfg)
	fill(t, c, 0, 100, 1500)
	next, refused := newKey(), errors.New("no")
	must(t, c.BeginScrub(next))
	for done := false; !done; {
		var err error
		done, err = c.ScrubSome(t.Context(), all, 0)
		must(t, err)
	}
	if _, err := c.EndScrub(func() error { return refused }); !errors.Is(err, refused) {
		t.Fatal(err)
	}
	fill(t, c, 100, 150, 1500)
	if whole(t, c, 0, 150, 1500) != 150 {
		t.Fatal("the old cache is not whole")
	}
	must(t, c.Close())
	cfg.Key = next
	c, _ = mustOpen(t, cfg)
	if whole(t, c, 0, 100, 1500) != 100 {
		t.Fatal("the copy is not whole")
	}
	must(t, c.Close())
	inForce(t, dir)
}

// A scrub that finds the disk too full touches nothing.
func TestScrubNeedsRoom(t *testing.T) {
	cfg := config(t, t.TempDir())
	free := uint64(1 << 40)
	cfg.Free = func(string) (uint64, error) { return free, nil }
	c, _ := mustOpen(t, cfg)
	fill(t, c, 0, 100, 1500)
	free = small.reserve()
	if err := c.BeginScrub(newKey()); !errors.Is(err, ErrFull) {
		t.Fatal(err)
	}
	free = 1 << 40
	must(t, c.BeginScrub(newKey()))
	free = small.reserve() - 1
	if _, err := c.ScrubSome(t.Context(), all, 0); !errors.Is(err, ErrFull) || c.Scrubbing() {
		t.Fatal(err)
	}
	if whole(t, c, 0, 100, 1500) != 100 {
		t.Fatal("the cache is not whole")
	}
	must(t, c.Close())
	inForce(t, cfg.Dir)
}

// With encryption and no cache for blocks or indexes Badger panics. Such
// settings are refused, and ours are those of vault.md.
func TestTrap07NoCachesPanic(t *testing.T) {
	cfg := config(t, t.TempDir())
	cfg.sizes.memory = 0
	if _, _, err := Open(t.Context(), cfg); !errors.Is(err, errOptions) {
		t.Fatalf("no caches: %v", err)
	}
	bare := &Cache{cfg: cfg}
	bare.cfg.off = guardOptions
	if _, err := bare.openBase(filepath.Join(t.TempDir(), "x"), cfg.Key, true); err == nil || !strings.Contains(err.Error(), "panicked") {
		t.Fatalf("this Badger does not panic: %v", err)
	}
	o := options("x", cfg.Key, laptop, listener{})
	must(t, checkOptions(o))
	got := fmt.Sprint(o.MemTableSize, o.NumMemtables, o.ValueThreshold, o.ValueLogFileSize, o.BlockCacheSize, o.IndexCacheSize, o.NumCompactors,
		o.Compression, o.CompactL0OnClose, o.VerifyValueChecksum, o.ChecksumVerificationMode, o.SyncWrites, len(o.EncryptionKey), o.MetricsEnabled)
	if want := "8388608 2 1024 67108864 8388608 8388608 2 0 true true 3 true 32 false"; got != want {
		t.Fatalf("settings\n%s\nwant\n%s", got, want)
	}
	if laptop.reserve() != Reserve {
		t.Fatalf("the reserve is %d, said to be %d", laptop.reserve(), Reserve)
	}
	bad := []func(){
		func() { o.EncryptionKey = nil }, func() { o.IndexCacheSize = 0 }, func() { o.Compression = 1 },
		func() { o.VerifyValueChecksum = false }, func() { o.CompactL0OnClose = false }, func() { o.Logger = nil },
	}
	for i, spoil := range bad {
		keep := o
		spoil()
		if checkOptions(o) == nil {
			t.Errorf("bad setting %d is taken", i)
		}
		o = keep
	}
}

// Value log files are collected by nobody but us, one in a call: Tend goes on
// until nothing is left, within its budget.
func TestTrap11NothingCollectsTheValueLog(t *testing.T) {
	dir := t.TempDir()
	cfg := config(t, dir)
	c, _ := mustOpen(t, cfg)
	fill(t, c, 0, 3000, 4000)
	deleteN(t, c, 0, 2990)
	for range 2 { // what was deleted is known to Badger once its tables are compacted
		must(t, c.Close())
		c, _ = mustOpen(t, cfg)
		must(t, c.b.Flatten(2))
	}
	before := valueLogs(t, dir)
	if before < 6 {
		t.Fatalf("%d value log files: Badger collected by itself", before)
	}
	if _, err := c.Tend(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	if one := valueLogs(t, dir); one < before-2 {
		t.Fatalf("%d files left of %d: no budget was kept", one, before)
	}
	for more := true; more; {
		var err error
		more, err = c.Tend(t.Context(), 1<<40)
		must(t, err)
	}
	after := valueLogs(t, dir)
	if after > before/2 {
		t.Fatalf("%d of %d files of deleted values are left", after, before)
	}
	t.Logf("%d value log files, %d after tending", before, after)
	if n := whole(t, c, 2990, 3000, 4000); n != 10 {
		t.Fatalf("%d of 10 values", n)
	}
	must(t, c.Close())
}

func valueLogs(t testing.TB, dir string) int {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(inForce(t, dir), "*.vlog"))
	must(t, err)
	return len(names)
}

// What Badger leaves in clear says nothing: keys of one length, values of
// rounded length, no time to live and no user meta.
func TestTrap12LengthsLieInClear(t *testing.T) {
	lengths := func(off guards) map[int]bool {
		cfg := config(t, t.TempDir())
		cfg.off = off
		c, _ := mustOpen(t, cfg)
		for i := range 300 {
			must(t, c.Put([]Pair{{keyN(i), valueN(i, 700+i*5)}}))
		}
		deleteN(t, c, 0, 10)
		must(t, c.b.Flatten(1))
		seen := map[int]bool{}
		txn := c.b.NewTransaction(false)
		opts := everyVersion
		it := txn.NewIterator(opts)
		for it.Rewind(); it.Valid(); it.Next() {
			item := it.Item()
			if len(item.Key()) != KeySize || item.UserMeta() != 0 || item.ExpiresAt() != 0 {
				t.Fatalf("a key of %d bytes, meta %d, ending %d", len(item.Key()), item.UserMeta(), item.ExpiresAt())
			}
			if !item.IsDeletedOrExpired() {
				must(t, item.Value(func(v []byte) error { seen[len(v)] = true; return nil }))
			}
		}
		it.Close()
		txn.Discard()
		must(t, c.Close())
		return seen
	}
	bare := lengths(guardPad)
	if len(bare) < 250 {
		t.Fatalf("%d lengths without padding", len(bare))
	}
	padded := lengths(0)
	for n := range padded {
		if n%granule != 0 {
			t.Errorf("a value of %d bytes", n)
		}
	}
	if len(padded) > 1500/granule+2 {
		t.Errorf("%d lengths with padding", len(padded))
	}
}

// What Badger logs holds keys and paths. Nothing of it is passed on, in
// arguments or in formats.
func TestTrap09LogsHoldKeys(t *testing.T) {
	said := func(off guards) string {
		dir := t.TempDir()
		cfg := config(t, dir)
		c, _ := mustOpen(t, cfg)
		fill(t, c, 0, 300, 2000)
		must(t, c.Close())
		for _, pattern := range []string{"*.sst", "*.vlog"} {
			names, err := filepath.Glob(filepath.Join(inForce(t, dir), pattern))
			must(t, err)
			for _, name := range names {
				data, err := os.ReadFile(name)
				must(t, err)
				for at := 40; at < len(data); at += 700 {
					data[at] ^= 4
				}
				must(t, os.WriteFile(name, data, 0o600))
			}
		}
		var out bytes.Buffer
		cfg.Log, cfg.off = logTo(&out), off
		c, _, err := Open(t.Context(), cfg)
		must(t, err)
		for i := range 300 {
			_, _ = c.Get(keyN(i))
		}
		_ = c.Close() // what is damaged may not close
		return strings.ReplaceAll(out.String(), "cache-aside", "")
	}
	leak := regexp.MustCompile(`\.sst|\.vlog|/cache|[\[ ]1 37|Fid:|\d{6,}`)
	if bare := said(guardRedact); !leak.MatchString(bare) {
		t.Fatalf("this Badger says nothing:\n%s", bare)
	}
	if ours := said(0); leak.MatchString(ours) || !strings.Contains(ours, "the cache reports") {
		t.Fatalf("passed on:\n%s", ours)
	}
}
