package store

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	cachefiles "satchel/store/cache"
	"satchel/store/fact"
	"satchel/store/identity"
)

func TestSecondProcessIsNamed(t *testing.T) {
	w := newWorld(t)
	dir := t.TempDir()
	v := w.create(w.config(dir, nil))
	defer v.Close()
	out, err := child("open", dir).CombinedOutput()
	if want := "in use by process " + strconv.Itoa(os.Getpid()); err == nil || !strings.Contains(string(out), want) {
		t.Fatalf("%v\n%s", err, out)
	}
}

func TestFormats(t *testing.T) {
	w := newWorld(t)
	dir := t.TempDir()
	if _, err := Open(t.Context(), w.config(dir, nil)); !errors.Is(err, ErrNoVault) {
		t.Fatalf("an empty folder: %v", err)
	}
	v := w.create(w.config(dir, nil))
	w.must(v.Close())
	if _, err := Create(t.Context(), w.config(dir, nil), w.founding()); !errors.Is(err, ErrVaultExists) {
		t.Fatalf("creating over a vault: %v", err)
	}
	real := w.config(dir, nil)
	real.Demo = false
	if _, err := Open(t.Context(), real); !errors.Is(err, fact.ErrDemonstration) { // R57
		t.Fatalf("a demonstration opened as real: %v", err)
	}
	if _, err := Create(t.Context(), Config{Dir: t.TempDir()}, w.founding()); !errors.Is(err, fact.ErrDemonstration) {
		t.Fatalf("a real device from a demonstration's hub: %v", err)
	}
	w.must(os.WriteFile(filepath.Join(dir, formatName), []byte("satchel vault 2\n"), 0o600))
	_, err := Open(t.Context(), w.config(dir, nil))
	if !errors.Is(err, ErrNewerFormat) || !strings.Contains(err.Error(), "version 2") {
		t.Fatalf("a newer format: %v", err)
	}
	w.must(os.WriteFile(filepath.Join(dir, formatName), []byte("satchel vault\n"), 0o600))
	if d, ok := errors.AsType[*DamagedError](openError(w, dir)); !ok || d.File != formatName {
		t.Fatalf("a damaged format file: %v", d)
	}
}

func openError(w *world, dir string) error {
	v, err := Open(w.t.Context(), w.config(dir, nil))
	if err == nil {
		w.must(v.Close())
	}
	return err
}

// Every file of ours, with a byte changed in its middle, is named at open or is
// found not to matter; it never opens as something else (R9).
func TestDamageIsNamed(t *testing.T) {
	w := newWorld(t)
	dir := t.TempDir()
	c := w.newCohort()
	v := w.laptop(w.config(dir, nil), c)
	w.put(v, c, w.release(c, identity.Random[identity.PID](), document("Zebedee", number(2))))
	w.unlock(v).Lock()
	want := w.entries(v)
	w.must(v.Close())
	for _, pattern := range []string{"keys/gen-*", "keys/state", "keys/log-*", "share/kind", "share/????????????????????????????????", "facts/seg-*", "audit/1/seg-*"} {
		names, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil || len(names) != 1 {
			t.Fatalf("%s: %d files, %v", pattern, len(names), err)
		}
		data, err := os.ReadFile(names[0])
		w.must(err)
		bad := bytes.Clone(data)
		bad[min(len(bytes.TrimRight(bad, "\x00"))/2, 400)] ^= 0x10
		w.must(os.WriteFile(names[0], bad, 0o600))
		err = openError(w, dir)
		d, named := errors.AsType[*DamagedError](err)
		named = named || errors.Is(err, ErrShare)
		if !named || d != nil && !strings.HasPrefix(pattern, strings.SplitN(d.File, "/", 2)[0]) && !strings.HasPrefix(pattern, "share") {
			t.Errorf("%s: %v", pattern, err)
		}
		w.must(os.WriteFile(names[0], data, 0o600))
	}
	v, err := Open(t.Context(), w.config(dir, nil))
	w.must(err)
	defer v.Close()
	if got := w.entries(v); len(got) != len(want)+1 || v.Count() != 1 {
		t.Fatalf("%d entries after %d, %d rows", len(got), len(want), v.Count())
	}
}

// The cache is never believed: damaged or gone, it is moved aside or the record
// is fetched again, and others are whole.
func TestCacheDamage(t *testing.T) { // P28
	for name, harm := range map[string]func(t *testing.T, cache string){
		"gone": func(t *testing.T, cache string) { check(t, os.RemoveAll(cache)) },
		"manifest": func(t *testing.T, cache string) {
			check(t, os.WriteFile(filepath.Join(cache, "MANIFEST"), []byte("x"), 0o600))
		},
		"key registry": func(t *testing.T, cache string) { flip(t, filepath.Join(cache, "KEYREGISTRY"), 2) },
		"value log":    func(t *testing.T, cache string) { flipAll(t, filepath.Join(cache, "*.vlog")) },
		"tables":       func(t *testing.T, cache string) { flipAll(t, filepath.Join(cache, "*.sst")) },
		"died opening": func(t *testing.T, cache string) {
			check(t, os.WriteFile(filepath.Join(cache, "..", "..", cachefiles.Marker), nil, 0o600))
		},
		"not a cache": func(t *testing.T, cache string) {
			check(t, os.RemoveAll(filepath.Dir(cache)))
			check(t, os.WriteFile(filepath.Dir(cache), []byte("x"), 0o600))
		},
		"another's key": func(t *testing.T, cache string) { check(t, os.Remove(filepath.Join(cache, "KEYREGISTRY"))) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			dir := t.TempDir()
			c := w.newCohort()
			v := w.laptop(w.config(dir, nil), c)
			var in []Incoming
			for i := range 20 {
				in = append(in, w.release(c, identity.Random[identity.PID](), document("Person"+strings.Repeat("x", i+1), number(i+1))))
			}
			w.put(v, c, in...)
			w.must(v.Close())
			harm(t, cacheFolder(t, dir))
			openInChild(t, dir)
			v, err := Open(t.Context(), w.config(dir, nil))
			w.must(err)
			defer v.Close()
			s := w.unlock(v)
			lost := 0
			for i := range in {
				lost += w.wholeOrMissing(t, v, s, in[i], document("Person"+strings.Repeat("x", i+1), number(i+1)))
			}
			if _, rev := v.Cursor(c.id); lost > 0 && rev != 0 {
				t.Fatal("something is missing, and nobody would fetch it")
			}
			if lost > 0 && len(v.Notices()) < 2 {
				t.Fatalf("nobody was told: %+v", v.Notices())
			}
			// The hub sends everything again, and everything is whole.
			w.put(v, c, in...)
			for i := range in {
				if w.wholeOrMissing(t, v, s, in[i], document("Person"+strings.Repeat("x", i+1), number(i+1))) != 0 {
					t.Fatal("not whole after it was fetched again")
				}
			}
		})
	}
}

// cacheFolder is where Badger has its files: the one folder in cache/.
func cacheFolder(t *testing.T, dir string) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, cachefiles.Folder, "*"))
	if err != nil || len(names) != 1 {
		t.Fatalf("%d folders of the cache, %v", len(names), err)
	}
	return names[0]
}

// openInChild opens and closes the vault in a process of its own: damage in a
// table makes Badger panic in a goroutine, and that process die. The marker
// tells the next one.
func openInChild(t *testing.T, dir string) {
	t.Helper()
	if out, err := child("open", dir).CombinedOutput(); err != nil && !bytes.Contains(out, []byte("badger")) {
		t.Fatalf("the child died of something else: %v\n%s", err, out)
	}
}

// wholeOrMissing reads a record: 0 when it is whole, 1 when it is said to be
// missing, and nothing else is right.
func (w *world) wholeOrMissing(t *testing.T, v *Vault, s *Session, in Incoming, want []byte) int {
	t.Helper()
	h := in.Record.Header.Value
	v.mu.Lock()
	r := v.table.of(h.Cohort, h.PID)
	v.mu.Unlock()
	if r == nil {
		t.Fatal("the row is gone")
	}
	o, err := s.Read(t.Context(), request(r.Handle))
	switch {
	case err == nil && bytes.Equal(o.Raw, want):
		return 0
	case errors.Is(err, ErrMissing):
		return 1
	}
	t.Fatalf("neither whole nor missing: %v", err)
	return 1
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func flip(t *testing.T, name string, part int) {
	t.Helper()
	data, err := os.ReadFile(name)
	check(t, err)
	data[len(data)/part] ^= 0x40
	check(t, os.WriteFile(name, data, 0o600))
}

func flipAll(t *testing.T, pattern string) {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: %v", pattern, err)
	}
	for _, n := range names {
		data, err := os.ReadFile(n)
		check(t, err)
		for at := 300; at < len(data); at += 900 {
			data[at] ^= 0x04
		}
		check(t, os.WriteFile(n, data, 0o600))
	}
}

// No file, and no file's name, holds what a patient is called or numbered,
// locked or unlocked.
func TestNothingReadableOnDisk(t *testing.T) {
	w := newWorld(t)
	dir := t.TempDir()
	c := w.newCohort()
	v := w.laptop(w.config(dir, nil), c)
	pid := identity.Random[identity.PID]()
	w.put(v, c, w.release(c, pid, document("Quillfeather", number(1))))
	s := w.unlock(v)
	w.put(v, c, w.release(c, identity.Random[identity.PID](), document("Zebedee", number(2))))
	w.reads(s)
	if _, err := s.Find(t.Context(), "quillfeather", 5); err != nil {
		t.Fatal(err)
	}
	sweep := func(when string) {
		t.Helper()
		haul := rawFiles(t, dir)
		for _, marker := range []string{"Quillfeather", "quillfeather", "QUILLFEATHER", "Zebedee", "zebedee", number(1), number(2), passphrase, string(pid[:]), pid.String()} {
			if holds(haul, marker) {
				t.Errorf("%s: a marker is readable on disk: %s", when, hex.EncodeToString([]byte(marker)))
			}
		}
	}
	sweep("unlocked")
	s.Lock()
	w.kill(c, pid, fact.Withdrawn)
	w.must(v.TakeGovernance(t.Context(), c.id, w.governance(c)))
	sweep("locked")
	w.must(v.Close())
	sweep("closed")
}
