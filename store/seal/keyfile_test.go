package seal

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"satchel/store/files"
	"satchel/store/files/crash"
	"satchel/store/identity"
)

// memShare keeps shares in memory and can be made unreachable. store/share
// tests the key file with a share that lives on the disk.
type memShare struct {
	keys    map[ShareID]Key
	down    error
	keepOld bool // Delete fails, Put works
}

func newMemShare() *memShare { return &memShare{keys: map[ShareID]Key{}} }

func (m *memShare) Put(id ShareID, key *Key) error {
	if m.down != nil {
		return m.down
	}
	m.keys[id] = *key
	return nil
}

func (m *memShare) Get(id ShareID) (Key, error) {
	if m.down != nil {
		return Key{}, m.down
	}
	k, ok := m.keys[id]
	if !ok {
		return Key{}, ErrNoShare
	}
	return k, nil
}

func (m *memShare) Delete(id ShareID) error {
	if m.down != nil {
		return m.down
	}
	if m.keepOld {
		return ErrShareUnavailable
	}
	delete(m.keys, id)
	return nil
}

func (m *memShare) List() ([]ShareID, error) {
	return slices.Collect(maps.Keys(m.keys)), m.down
}

func (m *memShare) Binding() string { return "memory" }

// table makes rows with every shape of version list.
func table(n int) []Row {
	rows := make([]Row, n)
	cohorts := []identity.CohortID{{1}, {2}, {3}}
	for i := range rows {
		b := fill(81, byte(i))
		copy(b, fmt.Sprintf("%08d", i))
		r := Row{
			Handle: identity.Handle(b[:16]), PID: identity.PID(b[16:32]), Cohort: cohorts[i*i%3], Epoch: uint64(i * 7),
			Tag: identity.PersonTag(b[32:48]), Key: Key(b[48:80]),
		}
		for v := range i % 4 {
			r.Versions = append(r.Versions, Version{Ver: uint64(v) << (8 * v), NotAfter: 1_800_000_000_000 + int64(i), Hash: [32]byte(b[49:81]), State: byte(v)})
		}
		rows[i] = r
	}
	return rows
}

func content(t testing.TB, rows int) *Content {
	t.Helper()
	slot, _, err := NewSlot(identity.SlotID{1}, []byte("info"), Secret{Text: []byte("pass")}, quick)
	if err != nil {
		t.Fatal(err)
	}
	dmk, ek := NewKey(), NewKey()
	return &Content{
		Device: []byte("device keys"), Facts: NewKey(), State: NewKey(), Cache: NewKey(),
		Slots: []Slot{slot}, DMKGeneration: 1, DMKCommitment: CommitDMK(&dmk, 1),
		EpochKeys: []EpochKey{SealEpochKey(&dmk, &ek, 1)}, UserTier: SealUserTier(&dmk, []byte("k")),
		Rows:     table(rows),
		Dropped:  []Dropped{{Cohort: identity.CohortID{9}, PID: identity.PID{8}, Epoch: 7}},
		Attempts: []Attempt{{Slot: identity.SlotID{1}, Failed: 2, Last: 12345}},
		Own:      []byte("own"),
	}
}

func encoded(t testing.TB, c *Content) []byte {
	t.Helper()
	b, err := c.encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestContentRoundTrip(t *testing.T) {
	for _, n := range []int{0, 1, 2, 5, 1000} {
		c := content(t, n)
		b := encoded(t, c)
		got, err := decodeContent(b)
		if err != nil {
			t.Fatalf("%d rows: %v", n, err)
		}
		if !bytes.Equal(encoded(t, got), b) {
			t.Errorf("%d rows: encoding again differs", n)
		}
		if len(got.Rows) != n || len(got.Slots) != 1 || got.Facts != c.Facts || len(got.Dropped) != 1 || got.Attempts[0].Failed != 2 {
			t.Errorf("%d rows: lost something", n)
		}
		for i := range got.Rows {
			a, b := got.Rows[i], c.Rows[i]
			if a.Handle != b.Handle || a.PID != b.PID || a.Cohort != b.Cohort || a.Epoch != b.Epoch || a.Tag != b.Tag ||
				a.Key != b.Key || !slices.Equal(a.Versions, b.Versions) {
				t.Fatalf("row %d differs", i)
			}
		}
		if len(b) > 4 {
			if _, err := decodeContent(b[:len(b)-1]); err == nil {
				t.Errorf("%d rows: cut by one byte and decoded", n)
			}
			if _, err := decodeContent(append(bytes.Clone(b), 0)); err == nil {
				t.Errorf("%d rows: one byte more and decoded", n)
			}
		}
	}
}

func TestContentRefusesTooMuch(t *testing.T) {
	for name, c := range map[string]*Content{
		"versions": {Rows: []Row{{Versions: make([]Version, 4)}}},
		"time":     {Rows: []Row{{Versions: []Version{{NotAfter: -1}}}}},
		"slots":    {Slots: make([]Slot, maxSlots+1)},
		"own":      {Own: make([]byte, maxOpaque+1)},
	} {
		if _, err := c.encode(); !errors.Is(err, ErrContent) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPackedRowsProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var rows []Row
		for range rapid.IntRange(0, 20).Draw(t, "rows") {
			r := Row{Cohort: identity.CohortID{rapid.Byte().Draw(t, "cohort")}, Epoch: rapid.Uint64().Draw(t, "epoch")}
			for range rapid.IntRange(0, 3).Draw(t, "versions") {
				r.Versions = append(r.Versions, Version{
					Ver: rapid.Uint64().Draw(t, "ver"), NotAfter: rapid.Int64Min(0).Draw(t, "end"), State: rapid.Byte().Draw(t, "state"),
				})
			}
			rows = append(rows, r)
		}
		b, err := appendRows(nil, rows)
		if err != nil {
			t.Fatal(err)
		}
		p, err := pack(nil, rows)
		if err != nil || !bytes.Equal(p.unpieced()[4:], b) {
			t.Fatalf("packed otherwise: %v", err)
		}
		got, err := parseRows(b)
		if err != nil {
			t.Fatal(err)
		}
		again, err := appendRows(nil, got)
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("again differs: %v", err)
		}
	})
}

func FuzzParseRows(f *testing.F) {
	for _, n := range []int{0, 1, 6} {
		b, err := appendRows(nil, table(n))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		rows, err := parseRows(b)
		if err != nil {
			return
		}
		again, err := appendRows(nil, rows)
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("accepted %x, which encodes as %x (%v)", b, again, err)
		}
	})
}

// FuzzKeyFile changes bytes of a key file, or puts others in its place: it
// opens only unchanged.
func FuzzKeyFile(f *testing.F) {
	s, id := Key{1}, ShareID{2}
	data, err := sealedKeys(&s, id, 3, &Content{})
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte{}, uint16(0), true)
	f.Add([]byte{1}, uint16(9), true)
	f.Add([]byte(keysMagic), uint16(0), false)
	f.Fuzz(func(t *testing.T, change []byte, at uint16, inPlace bool) {
		b := change
		if inPlace {
			b = bytes.Clone(data)
			for i, c := range change {
				b[(int(at)+i)%len(b)] ^= c
			}
		}
		fsys, share := crash.New(), newMemShare()
		share.keys[id] = s
		if err := errors.Join(fsys.MkdirAll(KeysDir), files.WriteAtomic(fsys, genName(3), b)); err != nil {
			t.Fatal(err)
		}
		if _, _, _, err := LoadLatest(fsys, share); (err == nil) != bytes.Equal(b, data) {
			t.Fatalf("changed %v, error %v", !bytes.Equal(b, data), err)
		}
	})
}

func TestKeyFileTurnsTheShare(t *testing.T) {
	fsys, share := crash.New(), newMemShare()
	k, saved, err := CreateKeys(fsys, share, content(t, 3))
	if err != nil || saved.Generation != 1 || !saved.Turned {
		t.Fatalf("create: %+v %v", saved, err)
	}
	if _, _, err := CreateKeys(fsys, share, content(t, 1)); !errors.Is(err, fs.ErrExist) {
		t.Errorf("created twice: %v", err)
	}
	old, err := files.ReadFile(fsys, genName(1), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	c := content(t, 2)
	saved, err = k.SaveNext(c)
	if err != nil || saved.Generation != 2 || !saved.Turned {
		t.Fatalf("save: %+v %v", saved, err)
	}
	if names, _ := fsys.List(KeysDir); !slices.Equal(names, []string{"gen-2"}) || len(share.keys) != 1 {
		t.Errorf("left: %q, %d shares", names, len(share.keys))
	}
	k2, got, report, err := LoadLatest(fsys, share)
	if err != nil || k2.Generation() != 2 || report.Generation != 2 || report.OrphanShares+report.OldFiles != 0 || report.CleanupFailed != nil {
		t.Fatalf("load: %+v %v", report, err)
	}
	if len(got.Rows) != 2 || got.Facts != c.Facts {
		t.Error("content differs")
	}
	// I4: the kept copy of the former file is worth nothing now.
	if err := errors.Join(fsys.Remove(genName(2)), files.WriteAtomic(fsys, genName(1), old)); err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := LoadLatest(fsys, share); !errors.Is(err, ErrKeysGone) {
		t.Errorf("the former generation, put back: %v", err)
	}
	if len(share.keys) != 1 {
		t.Error("a failed load deleted a share")
	}
}

func TestKeyFileStoreUnreachable(t *testing.T) {
	fsys, share := crash.New(), newMemShare()
	k, _, err := CreateKeys(fsys, share, content(t, 3))
	if err != nil {
		t.Fatal(err)
	}
	share.down = ErrShareUnavailable
	saved, err := k.SaveNext(content(t, 2))
	if err != nil || saved.Turned || !errors.Is(saved.NotTurned, ErrShareUnavailable) || saved.Generation != 2 {
		t.Fatalf("save while down: %+v %v", saved, err)
	}
	if _, _, _, err := LoadLatest(fsys, share); !errors.Is(err, ErrShareUnavailable) {
		t.Errorf("load while down: %v", err)
	}
	share.down = nil
	_, got, _, err := LoadLatest(fsys, share)
	if err != nil || len(got.Rows) != 2 {
		t.Fatalf("load: %v", err)
	}
	saved, err = k.SaveNext(content(t, 1))
	if err != nil || !saved.Turned || len(share.keys) != 1 {
		t.Fatalf("save when it answers again: %+v %v, %d shares", saved, err, len(share.keys))
	}
	share.keepOld = true
	saved, err = k.SaveNext(content(t, 1))
	if err != nil || saved.Turned || len(share.keys) != 2 {
		t.Fatalf("save while it does not delete: %+v %v, %d shares", saved, err, len(share.keys))
	}
	share.keepOld = false
	saved, err = k.SaveNext(content(t, 1))
	if err != nil || !saved.Turned || len(share.keys) != 1 {
		t.Errorf("the owed deletion: %+v %v, %d shares", saved, err, len(share.keys))
	}
}

func TestKeyFileFailedWriteKeepsTheFormer(t *testing.T) {
	full := errors.New("no space left on device")
	for step := 1; step <= 5; step++ {
		fsys, share := crash.New(), newMemShare()
		k, _, err := CreateKeys(fsys, share, content(t, 3))
		if err != nil {
			t.Fatal(err)
		}
		fsys.FailAt(fsys.Ops()+step, full)
		if _, err := k.SaveNext(content(t, 2)); !errors.Is(err, full) {
			t.Fatalf("step %d: %v", step, err)
		}
		saved, err := k.SaveNext(content(t, 1))
		if err != nil || !saved.Turned || len(share.keys) != 1 {
			t.Fatalf("step %d, tried again: %+v %v, %d shares", step, saved, err, len(share.keys))
		}
		_, got, _, err := LoadLatest(fsys, share)
		if err != nil || len(got.Rows) != 1 {
			t.Errorf("step %d, loaded: %v", step, err)
		}
	}
}

func TestKeyFileNamesWhatIsWrong(t *testing.T) { // R9
	build := func() (*crash.Disk, *memShare, []byte) {
		fsys, share := crash.New(), newMemShare()
		if _, _, err := CreateKeys(fsys, share, content(t, 2)); err != nil {
			t.Fatal(err)
		}
		data, err := files.ReadFile(fsys, genName(1), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		return fsys, share, data
	}
	fsys, share, data := build()
	for i := range data {
		b := bytes.Clone(data)
		b[i] ^= 0x40
		if err := files.WriteAtomic(fsys, genName(1), b); err != nil {
			t.Fatal(err)
		}
		_, _, _, err := LoadLatest(fsys, share)
		if !errors.Is(err, ErrKeysDamaged) && !errors.Is(err, ErrNewerFormat) && !errors.Is(err, ErrKeysGone) {
			t.Fatalf("byte %d changed: %v", i, err)
		}
		if len(share.keys) != 1 {
			t.Fatalf("byte %d changed: a share was deleted", i)
		}
	}
	if _, _, _, err := LoadLatest(crash.New(), newMemShare()); !errors.Is(err, ErrNoKeys) {
		t.Errorf("new folder: %v", err)
	}
	fsys, share, data = build()
	if err := files.WriteAtomic(fsys, genName(2), data); err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := LoadLatest(fsys, share); !errors.Is(err, ErrKeysDamaged) {
		t.Errorf("a copy under a higher number: %v", err)
	}
	fsys, share, _ = build()
	clear(share.keys)
	if _, _, _, err := LoadLatest(fsys, share); !errors.Is(err, ErrKeysGone) {
		t.Errorf("share gone: %v", err)
	}
}

func TestKeyFilePassesOverAForgottenShare(t *testing.T) {
	fsys, share := crash.New(), newMemShare()
	k, _, err := CreateKeys(fsys, share, content(t, 3))
	if err != nil {
		t.Fatal(err)
	}
	// A generation whose share the store acknowledged and forgot.
	lost := NewKey()
	data, err := sealedKeys(&lost, ShareID{0xff}, 2, content(t, 2))
	if err != nil {
		t.Fatal(err)
	}
	if err := files.WriteAtomic(fsys, genName(2), data); err != nil {
		t.Fatal(err)
	}
	k.Close()
	k, got, report, err := LoadLatest(fsys, share)
	if err != nil || len(got.Rows) != 3 || !slices.Equal(report.Unopenable, []uint64{2}) {
		t.Fatalf("load: %+v %v", report, err)
	}
	saved, err := k.SaveNext(content(t, 1))
	if err != nil || saved.Generation != 3 {
		t.Fatalf("save: %+v %v", saved, err)
	}
	if names, _ := fsys.List(KeysDir); !slices.Equal(names, []string{"gen-3"}) {
		t.Errorf("left %q", names)
	}
}
