package store

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"satchel/store/audit"
	"satchel/store/cache"
	"satchel/store/fact"
	"satchel/store/files"
	"satchel/store/identity"
	"satchel/store/policy"
	"satchel/store/seal"
	"satchel/store/share"
)

// burglar has a data folder, the device share that is in it, a passphrase and
// every cohort key, and tries everything on everything (I4).
type burglar struct {
	t    *testing.T
	keys []seal.Key
	eks  []seal.Key
	w    *world
	c    *hubCohort
}

// plunder returns every byte string that the folder gives up.
func plunder(t *testing.T, w *world, c *hubCohort, dir string) [][]byte {
	t.Helper()
	disk, err := files.OS(dir)
	w.must(err)
	defer disk.Close()
	s, err := share.File(disk)
	w.must(err)
	_, content, _, err := seal.LoadLatest(disk, s)
	w.must(err)
	b, rows := openKeys(t, w, c, disk, dir, content)
	return append(b.cacheValues(dir, content, rows), rawFiles(t, dir)...)
}

// openKeys gives a burglar all keys and rows that a key file, its log and the
// passphrase open.
func openKeys(t *testing.T, w *world, c *hubCohort, disk files.FS, dir string, content *seal.Content) (*burglar, []seal.Row) {
	t.Helper()
	b := &burglar{t: t, w: w, c: c}
	person, err := content.Slots[0].Open(seal.Secret{Text: []byte(passphrase)})
	w.must(err)
	dmk, err := seal.OpenDMK(person, content.Slots[0].DMK, content.DMKCommitment, content.DMKGeneration)
	w.must(err)
	for _, e := range content.EpochKeys {
		ek, err := e.Open(&dmk)
		w.must(err)
		b.eks = append(b.eks, ek)
	}
	rows := content.Rows
	log := &keyLog{fsys: disk, gen: genOf(t, dir), key: &content.Journal}
	_, err = log.replay(func(kind byte, payload []byte) error {
		if kind == keyLogRows {
			return readRows(payload, func(r seal.Row) { rows = append(rows, r) })
		}
		return nil
	})
	w.must(err)
	w.must(log.close())
	for _, r := range rows {
		b.keys = append(b.keys, r.Key)
	}
	b.keys = append(b.keys, content.Facts, content.State, content.Cache, content.Journal, dmk)
	return b, rows
}

func genOf(t *testing.T, dir string) uint64 {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "keys", "gen-*"))
	if err != nil || len(names) != 1 {
		t.Fatalf("%d generations of the key file, %v", len(names), err)
	}
	gen := uint64(0)
	for _, r := range strings.TrimPrefix(filepath.Base(names[0]), "gen-") {
		gen = gen*10 + uint64(r-'0')
	}
	return gen
}

// cacheValues opens the cache, all versions that it still has, and tries every
// row key, every epoch key and every cohort key on every value.
func (b *burglar) cacheValues(dir string, content *seal.Content, rows []seal.Row) [][]byte {
	b.t.Helper()
	var out [][]byte
	records := map[string]fact.Record{}
	var inners [][]byte
	b.w.must(cache.EveryVersion(dir, content.Cache[:], func(k cache.Key, value []byte) {
		if k[0] == kindInner {
			inners = append(inners, value)
		} else if rec, err := fact.DecodeRecord(value); err == nil {
			records[string(k[1:])] = rec
		}
	}))
	for _, value := range inners {
		out = append(out, b.open(value, rows, records)...)
	}
	return out
}

func (b *burglar) open(value []byte, rows []seal.Row, records map[string]fact.Record) (out [][]byte) {
	for i := range rows {
		r := &rows[i]
		for j := range r.Versions {
			in, err := decodeInner(value)
			if err != nil {
				continue
			}
			wrap, err := openWrap(r, &r.Versions[j], in)
			if err == nil {
				out = append(out, wrap)
			}
			var dataKeys []seal.Key
			for k := range b.eks {
				key := seal.InnerKey(&b.eks[k], &r.Key, r.Handle)
				if plain, err := seal.Open(&key, place(labelInner, r, &r.Versions[j]), in.sealed); err == nil {
					out = append(out, plain)
					dataKeys = append(dataKeys, seal.Key(plain[:32]))
				}
			}
			if w, err := fact.DecodeWrap(wrap); err == nil {
				for _, k := range b.c.keys {
					if dk, err := seal.Unwrap(&k, w.Box, w.Context()); err == nil {
						dataKeys = append(dataKeys, dk)
					}
				}
			}
			for _, rec := range records {
				for k := range dataKeys {
					if raw, err := seal.OpenRecord(&dataKeys[k], rec.Ciphertext); err == nil {
						out = append(out, raw)
					}
				}
			}
		}
	}
	return out
}

// rawFiles reads every file of the folder.
func rawFiles(t *testing.T, dir string) (out [][]byte) {
	t.Helper()
	err := filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(p)
		out = append(out, data, []byte(filepath.Base(p)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func holds(haul [][]byte, marker string) bool {
	for _, b := range haul {
		if bytes.Contains(b, []byte(marker)) {
			return true
		}
	}
	return false
}

// A withdrawal takes key and content, while somebody is unlocked and while
// nobody is; a patient who stays is found by the same search.
func TestWithdrawnIsGone(t *testing.T) { // R32, I4
	for _, unlocked := range []bool{true, false} {
		t.Run(map[bool]string{true: "unlocked", false: "locked"}[unlocked], func(t *testing.T) {
			w := newWorld(t)
			dir := t.TempDir()
			c := w.newCohort()
			v := w.laptop(w.config(dir, nil), c)
			goes, stays := identity.Random[identity.PID](), identity.Random[identity.PID]()
			gone := w.release(c, goes, document("Quillfeather", number(1)))
			w.put(v, c, gone, w.release(c, stays, document("Zebedee", number(2))))
			s := w.unlock(v) // so that both have an inner part
			handle := w.one(s, "quillfeather").Handle
			_, err := s.Read(t.Context(), request(handle))
			w.must(err)
			if !unlocked {
				s.Lock()
			}
			var told []Event
			cancel := v.Events(func(e Event) { told = append(told, e) })
			w.kill(c, goes, fact.Withdrawn)
			w.must(v.TakeGovernance(t.Context(), c.id, w.governance(c)))
			cancel()
			if v.Count() != 1 || !toldOf(told, handle) {
				t.Fatalf("%d rows, events %v", v.Count(), told)
			}
			if unlocked {
				refusedAfterwards(t, w, s, handle)
			}
			purged := w.entries(v)
			last := purged[len(purged)-1]
			if unlocked { // the refusal came after
				last = purged[len(purged)-2]
			}
			if last.Kind != audit.KindPurged || len(last.Rows) != 1 || last.Rows[0].PID != goes || !last.Turned {
				t.Fatalf("the erasure was not entered as it was: %v", last.Kind)
			}
			// An older copy, from anybody, stays out (R34).
			if n := w.put(v, c, gone); n != 0 || v.Count() != 1 {
				t.Fatal("an older copy came back")
			}
			w.must(v.Close())
			haul := plunder(t, w, c, dir)
			for _, marker := range []string{"Zebedee", number(2)} {
				if !holds(haul, marker) {
					t.Fatal("the control is not found: the search is no good")
				}
			}
			for _, marker := range []string{"Quillfeather", "QUILLFEATHER", number(1)} {
				if holds(haul, marker) {
					t.Fatal("the withdrawn patient's content can still be opened")
				}
			}
			v, err = Open(t.Context(), w.config(dir, nil))
			w.must(err)
			defer v.Close()
			if v.Count() != 1 || w.put(v, c, gone) != 0 {
				t.Fatal("it came back after a restart")
			}
		})
	}
}

func toldOf(events []Event, h identity.Handle) bool {
	for _, e := range events {
		if gone, ok := e.(Withdrawn); ok && gone.Handle == h && gone.Reason == string(fact.Withdrawn) {
			return true
		}
	}
	return false
}

func refusedAfterwards(t *testing.T, w *world, s *Session, h identity.Handle) {
	t.Helper()
	_, err := s.Read(t.Context(), request(h))
	e, ok := errors.AsType[*RefusedError](err)
	if !ok || e.Codes[0] != policy.RecordWithdrawn || e.Override {
		t.Fatalf("after the withdrawal: %v", err)
	}
	if got, err := s.Find(t.Context(), "quillfeather", 10); err != nil || len(got.Rows) != 0 {
		t.Fatalf("still found: %d rows, %v", len(got.Rows), err)
	}
}

// A kill wins whatever comes first: the record of the dead epoch, or that of
// the next.
func TestOlderCopyStaysOut(t *testing.T) { // R34, I2
	w := newWorld(t)
	c := w.newCohort()
	v := w.laptop(w.config(t.TempDir(), nil), c)
	defer v.Close()
	pid := identity.Random[identity.PID]()
	first := w.release(c, pid, document("Quillfeather", number(1)))
	second := w.release(c, pid, document("Quillfeather", number(1)))
	w.kill(c, pid, fact.Withdrawn)
	w.must(v.TakeGovernance(t.Context(), c.id, w.governance(c)))
	if w.put(v, c, second, first) != 0 {
		t.Fatal("a killed epoch was taken")
	}
	again := w.release(c, pid, document("Quillfeather", number(1)))
	if w.put(v, c, again) != 1 || w.put(v, c, first, second) != 0 {
		t.Fatal("the next release counts, and only that")
	}
	// Another device hears of the new epoch before it hears of the kill: what
	// it holds of the old one goes all the same.
	u := w.laptop(w.config(t.TempDir(), nil), w.newCohort())
	defer u.Close()
	d := w.newCohort()
	w.rejoin(u, d)
	old := w.release(d, pid, document("Quillfeather", number(1)))
	if w.put(u, d, old) != 1 {
		t.Fatal("not taken")
	}
	p := d.people[pid]
	p.Epoch++
	d.people[pid] = p
	if w.put(u, d, w.release(d, pid, document("Quillfeather", number(1))), old) != 1 || u.Count() != 1 {
		t.Fatal("the later epoch did not take the place of the earlier")
	}
	if count(w.entries(u), audit.KindPurged) != 1 {
		t.Fatal("the earlier epoch's end was not entered")
	}
}

// rejoin gives a member another set of cohorts.
func (w *world) rejoin(v *Vault, cohorts ...*hubCohort) {
	w.t.Helper()
	w.join(v.Keys(), v.KeysPublic(), v.Kind(), cohorts...)
	w.must(v.TakeMembership(w.membership()))
	for _, c := range cohorts {
		w.rekey(c)
		w.catchUp(v, c)
	}
}

// Leaving a cohort, and being revoked, take the rows at once.
func TestLeavingTakesTheRows(t *testing.T) {
	w := newWorld(t)
	a, b := w.newCohort(), w.newCohort()
	v := w.laptop(w.config(t.TempDir(), nil), a, b)
	defer v.Close()
	for _, c := range []*hubCohort{a, b} {
		w.put(v, c, w.release(c, identity.Random[identity.PID](), document("Zebedee", number(2))))
	}
	w.rejoin(v, b)
	if v.Count() != 1 || len(v.Cohorts()) != 1 {
		t.Fatalf("%d rows of %d cohorts", v.Count(), len(v.Cohorts()))
	}
	if _, rev := v.Cursor(a.id); rev != 0 {
		t.Fatal("the cursor of a cohort that was left still stands")
	}
	w.revoke(v.Device())
	w.must(v.TakeMembership(w.membership()))
	if v.Count() != 0 || !v.Revoked(v.Device()) {
		t.Fatal("a revoked device keeps rows")
	}
	if err := v.TakeKeys(b.set); !errors.Is(err, ErrNotMember) {
		t.Fatalf("a revoked device takes keys: %v", err)
	}
	if count(w.entries(v), audit.KindPurged) != 2 {
		t.Fatal("the erasures were not entered")
	}
}

// One person in two cohorts: a withdrawal in one hides the other until its own
// cohort has spoken later (protocol, rule 4).
func TestOnePersonInTwoCohorts(t *testing.T) {
	w := newWorld(t)
	a, b := w.newCohort(), w.newCohort()
	dir := t.TempDir()
	v := w.laptop(w.config(dir, nil), a, b)
	in := map[*hubCohort]identity.PID{a: identity.Random[identity.PID](), b: identity.Random[identity.PID]()}
	for c, pid := range in {
		w.put(v, c, w.release(c, pid, document("Zebedee", number(2))))
	}
	s := w.unlock(v)
	if got, err := s.Find(t.Context(), "zebedee", 10); err != nil || len(got.Rows) != 2 {
		t.Fatalf("%d rows, %v", len(got.Rows), err)
	}
	w.kill(a, in[a], fact.Withdrawn)
	w.must(v.TakeGovernance(t.Context(), a.id, w.governance(a)))
	row := w.one(s, "zebedee")
	if row.Cohort != b.id || !row.State.Hidden || row.State.Readable {
		t.Fatalf("%+v", row.State)
	}
	_, err := s.Read(t.Context(), request(row.Handle))
	if e, ok := errors.AsType[*RefusedError](err); !ok || !e.Override {
		t.Fatalf("hidden, and yet: %v", err)
	}
	w.must(v.Close())
	v, err = Open(t.Context(), w.config(dir, nil))
	w.must(err)
	defer v.Close()
	s = w.unlock(v)
	if !w.one(s, "zebedee").State.Hidden {
		t.Fatal("a restart shows what is hidden")
	}
	w.pass(1e9)
	w.must(v.TakeFreshness(w.fresh(b)))
	if _, err := s.Read(t.Context(), request(row.Handle)); err != nil {
		t.Fatalf("its own cohort has spoken: %v", err)
	}
}

// A device that stands below the floor destroys the cohort's rows and begins
// there.
func TestBelowTheFloor(t *testing.T) {
	w := newWorld(t)
	c := w.newCohort()
	v := w.laptop(w.config(t.TempDir(), nil), c)
	defer v.Close()
	w.put(v, c, w.release(c, identity.Random[identity.PID](), document("Zebedee", number(2))))
	for range 3 {
		w.govern(c, fact.GovernanceEntry{Kind: fact.Kill, PID: identity.Random[identity.PID](), Epoch: 2, Reason: fact.Erased})
	}
	run := c.chain.run(w, 2)
	head := run.Head.Value
	head.Floor = c.chain.at[1]
	var err error
	run.Head, err = fact.Sign(w.key, head)
	w.must(err)
	full := w.governance(c)
	full.Head = run.Head
	if err := v.TakeGovernance(t.Context(), c.id, full); !errors.Is(err, ErrBelowFloor) {
		t.Fatalf("a run that does not begin at the floor: %v", err)
	}
	w.must(v.TakeGovernance(t.Context(), c.id, run))
	if v.Count() != 0 || v.GovernancePoint(c.id) != c.chain.end() {
		t.Fatalf("%d rows, at %d", v.Count(), v.GovernancePoint(c.id).N)
	}
}

// Erasure goes on where an error stopped it, and needs no person.
func TestErasureResumes(t *testing.T) {
	w := newWorld(t)
	dir := t.TempDir()
	c := w.newCohort()
	v := w.laptop(w.config(dir, nil), c)
	pid := identity.Random[identity.PID]()
	w.put(v, c, w.release(c, pid, document("Zebedee", number(2))))
	w.kill(c, pid, fact.Withdrawn)
	// The kill is in the facts, and the process ends before it is carried out.
	v.door.Lock()
	w.must(v.keepRun(factGovernance, w.governance(c)))
	v.door.Unlock()
	w.must(v.Close())
	v, err := Open(context.Background(), w.config(dir, nil))
	w.must(err)
	defer v.Close()
	if v.Count() != 0 || count(w.entries(v), audit.KindPurged) != 1 {
		t.Fatalf("%d rows left, %d erasures entered", v.Count(), count(w.entries(v), audit.KindPurged))
	}
}
