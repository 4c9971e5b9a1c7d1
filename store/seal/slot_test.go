package seal

import (
	"errors"
	"testing"

	"satchel/store/canon"
	"satchel/store/identity"
)

// quick are the lowest costs; only tests of the defaults pay for more.
var quick = Params{MemoryKiB: 64, Time: 1, Threads: 1}

func TestSlot(t *testing.T) { // P1
	pass := []byte("four plain words here")
	id := identity.Random[identity.SlotID]()
	slot, person, err := NewSlot(id, []byte("info"), Secret{Text: pass}, quick)
	if err != nil {
		t.Fatal(err)
	}
	if string(pass) == "four plain words here" {
		t.Error("the passphrase was not wiped by NewSlot")
	}
	try := []byte("four plain words here")
	got, err := slot.Open(Secret{Text: try})
	if err != nil || got != person {
		t.Fatalf("open: %v", err)
	}
	if string(try) == "four plain words here" {
		t.Error("the passphrase was not wiped by Open")
	}
	if _, err := slot.Open(Secret{Text: []byte("four plain words her")}); !errors.Is(err, ErrPassphrase) {
		t.Errorf("wrong passphrase: %v", err)
	}
	changed, err := NewSlotFor(id, person, []byte("info"), Secret{Text: []byte("new words")}, Params{MemoryKiB: 128, Time: 2, Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := changed.Open(Secret{Text: []byte("new words")}); err != nil || got != person {
		t.Errorf("after a change: %v", err)
	}
	if _, err := changed.Open(Secret{Text: []byte("four plain words here")}); !errors.Is(err, ErrPassphrase) {
		t.Errorf("old passphrase after a change: %v", err)
	}
	if !slot.Params.Weaker(changed.Params) || changed.Params.Weaker(slot.Params) {
		t.Error("costs compare the wrong way")
	}
}

func TestSlotDefaults(t *testing.T) {
	slot, person, err := NewSlot(identity.SlotID{1}, nil, Secret{Text: []byte("pass")}, Params{})
	if err != nil {
		t.Fatal(err)
	}
	if slot.Params != (Params{MemoryKiB: 65536, Time: 3, Threads: 4}) {
		t.Errorf("defaults %+v", slot.Params)
	}
	if got, err := slot.Open(Secret{Text: []byte("pass")}); err != nil || got != person {
		t.Errorf("open: %v", err)
	}
}

func TestSlotIsBoundTogether(t *testing.T) {
	make2 := func(id byte) Slot {
		s, _, err := NewSlot(identity.SlotID{id}, nil, Secret{Text: []byte("pass")}, quick)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	a, b := make2(1), make2(2)
	for name, change := range map[string]func(s *Slot){
		"id":         func(s *Slot) { s.ID = b.ID },
		"public key": func(s *Slot) { s.Public = b.Public },
		"salt":       func(s *Slot) { s.Salt = b.Salt },
		"sealed":     func(s *Slot) { s.Sealed = b.Sealed },
		"memory":     func(s *Slot) { s.Params.MemoryKiB++ },
		"time":       func(s *Slot) { s.Params.Time++ },
		"threads":    func(s *Slot) { s.Params.Threads++ },
	} {
		s := a
		change(&s)
		if _, err := s.Open(Secret{Text: []byte("pass")}); !errors.Is(err, ErrPassphrase) {
			t.Errorf("%s exchanged: %v", name, err)
		}
	}
}

func TestSlotBounds(t *testing.T) {
	for name, p := range map[string]Params{
		"memory too small": {MemoryKiB: 63, Time: 1, Threads: 1},
		"memory too large": {MemoryKiB: 1<<20 + 1, Time: 1, Threads: 1},
		"too many passes":  {MemoryKiB: 64, Time: 17, Threads: 1},
		"too many threads": {MemoryKiB: 64, Time: 1, Threads: 17},
	} {
		if _, _, err := NewSlot(identity.SlotID{}, nil, Secret{Text: []byte("p")}, p); !errors.Is(err, ErrSlot) {
			t.Errorf("%s, made: %v", name, err)
		}
		s := Slot{Params: p}
		if _, err := s.Open(Secret{Text: []byte("p")}); !errors.Is(err, ErrSlot) {
			t.Errorf("%s, opened: %v", name, err)
		}
	}
	if _, _, err := NewSlot(identity.SlotID{}, make([]byte, maxInfo+1), Secret{Text: []byte("p")}, quick); !errors.Is(err, ErrTooLarge) {
		t.Errorf("information too large: %v", err)
	}
}

func TestHierarchy(t *testing.T) {
	slot, person, err := NewSlot(identity.SlotID{1}, nil, Secret{Text: []byte("pass")}, quick)
	if err != nil {
		t.Fatal(err)
	}
	dmk, ek := NewKey(), NewKey()
	commitment := CommitDMK(&dmk, 4)
	slot.DMK, err = BoxKey(&slot.Public, &dmk)
	if err != nil {
		t.Fatal(err)
	}
	got, err := OpenDMK(person, slot.DMK, commitment, 4)
	if err != nil || got != dmk {
		t.Fatalf("open DMK: %v", err)
	}
	if _, err := OpenDMK(person, slot.DMK, commitment, 5); !errors.Is(err, ErrCommitment) {
		t.Errorf("another generation: %v", err)
	}
	forged := NewKey()
	boxed, err := BoxKey(&slot.Public, &forged)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenDMK(person, boxed, commitment, 4); !errors.Is(err, ErrCommitment) {
		t.Errorf("a master key from somebody else: %v", err)
	}
	if _, err := OpenDMK(identity.NewX25519(), slot.DMK, commitment, 4); !errors.Is(err, ErrOpen) {
		t.Errorf("another person: %v", err)
	}
	e := SealEpochKey(&dmk, &ek, 9)
	if got, err := e.Open(&dmk); err != nil || got != ek {
		t.Errorf("open EK: %v", err)
	}
	e.Generation = 8
	if _, err := e.Open(&dmk); !errors.Is(err, ErrOpen) {
		t.Errorf("EK under another generation: %v", err)
	}
	row, other := NewKey(), NewKey()
	if InnerKey(&ek, &row, identity.Handle{1}) == InnerKey(&ek, &row, identity.Handle{2}) {
		t.Error("two patients share an inner key")
	}
	if InnerKey(&ek, &row, identity.Handle{1}) == InnerKey(&ek, &other, identity.Handle{1}) {
		t.Error("an inner key does not need the row key")
	}
	tier := SealUserTier(&dmk, []byte("private keys"))
	if got, err := OpenUserTier(&dmk, tier); err != nil || string(got) != "private keys" {
		t.Errorf("user tier: %v", err)
	}
	if _, err := OpenUserTier(&forged, tier); !errors.Is(err, ErrOpen) {
		t.Errorf("user tier under another key: %v", err)
	}
}

func FuzzDecodeSlot(f *testing.F) {
	slot, _, err := NewSlot(identity.SlotID{1}, []byte("info"), Secret{Text: []byte("pass")}, quick)
	if err != nil {
		f.Fatal(err)
	}
	data, err := canon.Marshal(slot)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, b []byte) {
		var s Slot
		if err := canon.Unmarshal(b, &s); err != nil {
			return
		}
		if s.Params.check() == nil && s.Params.MemoryKiB > 1024 || s.Params.Time > 2 {
			return // valid, but too slow here
		}
		if _, err := s.Open(Secret{Text: []byte("other")}); err == nil {
			t.Fatal("opened with another passphrase")
		}
	})
}

func BenchmarkUnlock(b *testing.B) {
	slot, _, err := NewSlot(identity.SlotID{1}, nil, Secret{Text: []byte("pass")}, Params{})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := slot.Open(Secret{Text: []byte("pass")}); err != nil {
			b.Fatal(err)
		}
	}
}
