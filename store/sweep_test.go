package store

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"satchel/store/audit"
	"satchel/store/fact"
	"satchel/store/files"
	"satchel/store/identity"
	"satchel/store/seal"
)

// keepsake is every file of a vault as it was at some moment: a backup, a
// snapshot, an image of the disk. It does not hold the device share, which lies
// elsewhere.
type keepsake struct {
	when string
	dir  string
}

// keeper keeps file sets of one vault.
type keeper struct {
	*world
	c      *hubCohort
	dir    string
	shares map[seal.ShareID]seal.Key // today's
	sets   []keepsake
}

func (k *keeper) keep(when string) {
	k.t.Helper()
	to := filepath.Join(k.t.TempDir(), fmt.Sprint(len(k.sets)))
	if out, err := exec.Command("cp", "-r", "--sparse=always", k.dir, to).CombinedOutput(); err != nil {
		_ = out // a system whose cp knows nothing of holes
		k.must(os.CopyFS(to, os.DirFS(k.dir)))
	}
	k.sets = append(k.sets, keepsake{when, to})
}

// haul is everything that a thief has of one file set, with today's shares, the
// passphrase, every cohort key, and all keys that today's files give up.
func (k *keeper) haul(t *testing.T, set keepsake, today *thief) (out [][]byte, opened bool) {
	t.Helper()
	out = rawFiles(t, set.dir)
	if today != nil { // today's rows and keys on the cache of then
		content := *today.content
		if at, err := filepath.Glob(filepath.Join(set.dir, "cache", "*")); err == nil && len(at) == 1 {
			out = append(out, today.burglar.cacheValues(set.dir, &content, today.rows)...)
		}
	}
	if th := k.thief(t, set.dir); th != nil {
		out = append(out, th.burglar.cacheValues(set.dir, th.content, th.rows)...)
		opened = true
	}
	return out, opened
}

// thief is what the key file of a set gives up; nil when it does not open.
type thief struct {
	burglar *burglar
	content *seal.Content
	rows    []seal.Row
}

func (k *keeper) thief(t *testing.T, dir string) *thief {
	t.Helper()
	disk, err := files.OS(dir)
	k.must(err)
	defer disk.Close()
	_, content, _, err := seal.LoadLatest(disk, &stuckShare{kept: maps.Clone(k.shares)})
	if err != nil {
		return nil
	}
	b, rows := openKeys(t, k.world, k.c, disk, dir, content)
	return &thief{b, content, rows}
}

// found tells in which of the sets a marker of the erased patient comes to
// light; the newest set must give up the one who stays.
func (k *keeper) found(t *testing.T) (in []string) {
	t.Helper()
	k.keep("today")
	newest := k.sets[len(k.sets)-1]
	today := k.thief(t, newest.dir)
	if today == nil {
		t.Fatal("today's own files do not open")
	}
	for _, set := range k.sets {
		haul, opened := k.haul(t, set, today)
		if set == newest && (!opened || !holds(haul, "Zebedee") || !holds(haul, number(2))) {
			t.Fatal("the control is not found: the search is no good")
		}
		for _, marker := range []string{"Quillfeather", "QUILLFEATHER", "quillfeather", number(1)} {
			if holds(haul, marker) {
				in = append(in, set.when)
				break
			}
		}
	}
	k.sets = k.sets[:len(k.sets)-1]
	return in
}

// hoarder says that it deletes shares and keeps them.
type hoarder struct{ *stuckShare }

func (hoarder) Delete(seal.ShareID) error { return nil }

func (h hoarder) List() ([]seal.ShareID, error) { return nil, nil }

// What was erased opens from nothing: not from today's files, and not from any
// set of files that somebody kept, with today's share, the passphrase and every
// cohort key. A store that does not forget, and a share that was not turned,
// are found out by the same search.
func TestErasedFromEveryKeptFileSet(t *testing.T) { // R32, I4
	for _, c := range []struct {
		name  string
		share func(*stuckShare) seal.Share
		down  bool // the store does not answer while it is erased
	}{
		{"turned", func(s *stuckShare) seal.Share { return s }, false},
		{"turned later", func(s *stuckShare) seal.Share { return s }, true},
		{"known bad: a store that keeps what it deletes", func(s *stuckShare) seal.Share { return hoarder{s} }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			store := &stuckShare{kept: map[seal.ShareID]seal.Key{}}
			k := &keeper{world: w, c: w.newCohort(), dir: t.TempDir(), shares: store.kept}
			cfg := w.config(k.dir, nil)
			cfg.Share = c.share(store)
			v := w.laptop(cfg, k.c)
			goes, stays := identity.Random[identity.PID](), identity.Random[identity.PID]()
			w.put(v, k.c, w.release(k.c, goes, document("Quillfeather", number(1))))
			k.keep("stored while locked")
			s := w.unlock(v)
			k.keep("unlocked")
			w.put(v, k.c, w.release(k.c, stays, document("Zebedee", number(2))), w.release(k.c, goes, document("Quillfeather", number(1))))
			k.keep("a second version")
			_, err := s.Read(t.Context(), request(w.one(s, "quillfeather").Handle))
			w.must(err)
			s.Lock()
			k.keep("read and locked")
			w.must(v.Close())
			k.keep("closed")
			if in := k.found(t); len(in) < 3 {
				t.Fatalf("before it is erased it is found in %v only: the search is no good", in)
			}
			v, err = Open(t.Context(), cfg)
			w.must(err)
			defer func() { w.must(v.Close()) }()
			store.down = c.down
			w.kill(k.c, goes, fact.Withdrawn)
			w.must(v.TakeGovernance(t.Context(), k.c.id, w.governance(k.c)))
			got := w.entries(v)
			if last := got[len(got)-1]; last.Kind != audit.KindPurged || last.Turned == c.down {
				t.Fatalf("%v, turned: %v", last.Kind, last.Turned)
			}
			in := k.found(t)
			switch _, bad := cfg.Share.(hoarder); {
			case bad && len(in) == 0:
				t.Fatal("a store that keeps everything was not found out")
			case c.down && len(in) == 0:
				t.Fatal("the share was not turned, and yet nothing opens: the search is no good")
			case !bad && !c.down && len(in) > 0:
				t.Fatalf("it opens from the files kept when: %v", in)
			}
			if !c.down {
				return
			}
			// The debt is kept over a start, and paid when the store answers.
			store.down = false
			w.must(v.Close())
			v, err = Open(t.Context(), cfg)
			w.must(err)
			w.pass(shareEvery)
			w.must(v.Tick(t.Context()))
			if in := k.found(t); len(in) > 0 {
				t.Fatalf("after the share was turned it opens from the files kept when: %v", in)
			}
			got = w.entries(v)
			if last := got[len(got)-1]; last.Kind != audit.KindKeysTurned || !last.Turned {
				t.Fatalf("the turn was not entered: %v", last.Kind)
			}
			for _, n := range v.Notices() {
				if n.Code == ShareNotTurned {
					t.Fatal("the notice stays")
				}
			}
		})
	}
}

// A day after something was deleted its bytes leave the cache, while nobody is
// unlocked too, under a new key; what stays is whole.
func TestScrubFromTick(t *testing.T) {
	for _, unlocked := range []bool{true, false} {
		w := newWorld(t)
		c := w.newCohort()
		dir := t.TempDir()
		v := w.laptop(w.config(dir, nil), c)
		goes := identity.Random[identity.PID]()
		w.put(v, c, w.release(c, goes, document("Quillfeather", number(1))), w.release(c, identity.Random[identity.PID](), document("Zebedee", number(2))))
		s := w.unlock(v)
		if !unlocked {
			s.Lock()
		}
		w.kill(c, goes, fact.Withdrawn)
		w.must(v.TakeGovernance(t.Context(), c.id, w.governance(c)))
		w.must(v.Tick(t.Context())) // never scrubbed: at once
		first, key := cacheFolder(t, dir), v.content.Cache
		w.must(v.Tick(t.Context()))
		if cacheFolder(t, dir) != first {
			t.Fatal("scrubbed with nothing to scrub")
		}
		w.pass(time.Hour)
		w.kill(c, identity.Random[identity.PID](), fact.Withdrawn)
		again := w.release(c, identity.Random[identity.PID](), document("Quillfeather", number(1)))
		w.must(v.TakeFreshness(w.fresh(c)))
		w.put(v, c, again)
		w.kill(c, again.Record.Header.Value.PID, fact.Withdrawn)
		w.must(v.TakeGovernance(t.Context(), c.id, w.governance(c)))
		w.must(v.Close())
		v, err := Open(t.Context(), w.config(dir, nil))
		w.must(err)
		w.must(v.Tick(t.Context()))
		if cacheFolder(t, dir) != first {
			t.Fatal("scrubbed twice in a day for one record")
		}
		w.pass(scrubEvery)
		w.must(v.TakeFreshness(w.fresh(c)))
		w.must(v.Tick(t.Context()))
		if cacheFolder(t, dir) == first || v.content.Cache == key {
			t.Fatal("not scrubbed after a day")
		}
		w.reads(w.unlock(v))
		w.must(v.Close())
		v, err = Open(t.Context(), w.config(dir, nil))
		w.must(err)
		w.reads(w.unlock(v))
		if len(v.Notices()) > 1 || v.Count() != 1 { // the share's weak binding
			t.Fatalf("%d rows, %+v", v.Count(), v.Notices())
		}
		w.must(v.Close())
	}
}
