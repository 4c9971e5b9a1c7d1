package share

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"satchel/store/files"
	"satchel/store/files/crash"
	"satchel/store/seal"
)

// here and there are two machines.
func here() string  { return "0123456789abcdef0123456789abcdef\n" }
func there() string { return "ffffffffffffffffffffffffffffffff\n" }

func create(t testing.TB, disk *crash.Disk, o Options) *Bound {
	t.Helper()
	b, err := Create(disk, o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestChoosing: the strongest that works is taken and remembered; one that was
// asked for by name is taken or refused, never replaced; and a folder never
// falls to a weaker store later.
func TestChoosing(t *testing.T) {
	e := swtpm(t)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
	with, without := Options{TPMSocket: e.socket, Machine: here}, Options{TPMSocket: "/nonexistent", Machine: here}
	for _, c := range []struct {
		name string
		o    Options
		want Kind
		kind Kind
		err  error
	}{
		{"nothing asked for", with, "", KindFile, nil},
		{"best, with a TPM", with, Best, KindTPM, nil},
		{"best, without", without, Best, KindFile, nil},
		{"a TPM", with, KindTPM, KindTPM, nil},
		{"a TPM that is not there", without, KindTPM, "", seal.ErrShareUnavailable},
		{"a keyring that is not there", with, KindKeyring, "", seal.ErrShareUnavailable},
		{"a file", with, KindFile, KindFile, nil},
		{"nonsense", with, "cloud", "", ErrKind},
	} {
		disk := crash.New()
		c.o.Want = c.want
		b, err := Create(disk, c.o)
		if !errors.Is(err, c.err) {
			t.Errorf("%s: %v", c.name, err)
		}
		if err != nil {
			continue
		}
		again, err := Open(disk, Options{TPMSocket: c.o.TPMSocket, Machine: here})
		if err != nil || b.Kind() != c.kind || again.Kind() != c.kind {
			t.Errorf("%s: %s, then %v", c.name, b.Kind(), err)
		}
		exercise(t, b)
	}

	disk := crash.New()
	with.Want = Best
	b := create(t, disk, with)
	id, key := seal.ShareID{1}, seal.NewKey()
	if err := b.Put(id, &key); err != nil {
		t.Fatal(err)
	}
	e.off()
	with.Want = ""
	again, err := Open(disk, with)
	if err != nil || again.Kind() != KindTPM {
		t.Fatalf("the TPM is away: %v", err)
	}
	if _, err := again.Get(id); !errors.Is(err, seal.ErrShareUnavailable) {
		t.Errorf("get: %v", err)
	}
	if err := again.Put(seal.ShareID{2}, &key); !errors.Is(err, seal.ErrShareUnavailable) {
		t.Errorf("put: %v", err)
	}
	if names, err := disk.List(Dir); err != nil || !slices.Equal(names, []string{"kind"}) {
		t.Errorf("share/ holds %q (%v)", names, err)
	}
	with.Want = KindFile
	if _, err := Open(disk, with); !errors.Is(err, ErrOtherKind) {
		t.Errorf("a file asked for: %v", err)
	}
}

// TestElsewhere: a folder whose share lies in a file is refused on another
// machine; one whose share lies elsewhere says so when it is asked.
func TestElsewhere(t *testing.T) {
	disk := crash.New()
	b := create(t, disk, Options{Machine: here})
	if b.Elsewhere() {
		t.Error("here is elsewhere")
	}
	if _, err := Open(disk, Options{Machine: there}); !errors.Is(err, ErrElsewhere) {
		t.Errorf("on another machine: %v", err)
	}
	if _, err := Open(disk, Options{Machine: here}); err != nil {
		t.Errorf("back on its own: %v", err)
	}
	for name, none := range map[string]string{"none": "", "blank": "\n", "first boot": "uninitialized\n", "noughts": "00000000-0000-0000-0000-000000000000"} {
		o := Options{Machine: func() string { return none }}
		if _, err := Open(disk, o); err != nil {
			t.Errorf("a machine without a name (%s): %v", name, err)
		}
		unnamed := crash.New()
		if b := create(t, unnamed, o); len(b.place.Machine) != 0 {
			t.Errorf("%s: %x", name, b.place.Machine)
		}
		// It gets a name later: that is taken down, and from then on it counts.
		b, err := Open(unnamed, Options{Machine: here})
		if err == nil {
			err = b.Settle()
		}
		if err != nil {
			t.Error(err)
		}
		if _, err := Open(unnamed, Options{Machine: there}); !errors.Is(err, ErrElsewhere) {
			t.Errorf("named later, then on another machine: %v", err)
		}
	}
	two := create(t, crash.New(), Options{Machine: here})
	if bytes.Equal(two.place.Machine, b.place.Machine) {
		t.Error("two folders show that they are of one machine")
	}
}

// TestRenamedMachine: the TPM has the share, so it is the machine, whatever it
// is called now.
func TestRenamedMachine(t *testing.T) {
	e, disk := swtpm(t), crash.New()
	create(t, disk, Options{Want: KindTPM, TPMSocket: e.socket, Machine: here})
	o := Options{TPMSocket: e.socket, Machine: there}
	b, err := Open(disk, o)
	if err != nil || !b.Elsewhere() {
		t.Fatalf("renamed: %v", err)
	}
	if err := b.Settle(); err != nil || b.Elsewhere() {
		t.Errorf("settled: %v", err)
	}
	if again, err := Open(disk, o); err != nil || again.Elsewhere() {
		t.Errorf("opened again: %v", err)
	}
}

// TestFolderFromBefore: a folder without a kind file has its share in a file,
// and takes the machine it is found on for its own.
func TestFolderFromBefore(t *testing.T) {
	disk := crash.New()
	old := open(t, disk)
	id, key := seal.ShareID{1}, seal.NewKey()
	if err := old.Put(id, &key); err != nil {
		t.Fatal(err)
	}
	b, err := Open(disk, Options{Want: Best, Machine: here})
	if err != nil || b.Kind() != KindFile {
		t.Fatal(err)
	}
	if got, err := b.Get(id); err != nil || got != key {
		t.Errorf("get: %v", err)
	}
	if _, err := Open(disk, Options{Machine: there}); !errors.Is(err, ErrElsewhere) {
		t.Errorf("copied after that: %v", err)
	}
	// On a full disk it opens all the same.
	full := crash.New()
	if err := open(t, full).Put(id, &key); err != nil {
		t.Fatal(err)
	}
	full.FailAt(full.Ops()+3, errors.New("the disk is full"))
	b, err = Open(full, Options{Machine: here})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := b.Get(id); err != nil || got != key {
		t.Errorf("get: %v", err)
	}
}

// TestKindFileDamaged flips every bit, cuts it everywhere, and takes it away.
func TestKindFileDamaged(t *testing.T) {
	disk := crash.New()
	create(t, disk, Options{Machine: here})
	data, err := files.ReadFile(disk, KindFileName, 1<<12)
	if err != nil {
		t.Fatal(err)
	}
	bad := map[string][]byte{"longer": append(bytes.Clone(data), 0), "much longer": make([]byte, 1<<13), "zeros": make([]byte, len(data))}
	for i := range len(data) * 8 {
		b := bytes.Clone(data)
		b[i/8] ^= 1 << (i % 8)
		bad[fmt.Sprintf("bit %d of byte %d", i%8, i/8)] = b
	}
	for i := range data {
		bad[fmt.Sprintf("cut to %d bytes", i)] = data[:i]
	}
	for what, b := range bad {
		if err := files.WriteAtomic(disk, KindFileName, b); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(disk, Options{Machine: here}); !errors.Is(err, seal.ErrKeysDamaged) {
			t.Fatalf("%s: %v", what, err)
		}
	}
	p := newPlace("hologram", "")
	if err := p.write(disk); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(disk, Options{}); !errors.Is(err, seal.ErrNewerFormat) {
		t.Errorf("a store of a newer version: %v", err)
	}
}

// TestInterruptedCreation: what a creation left in the TPM is destroyed by the
// next, whichever store that one chooses.
func TestInterruptedCreation(t *testing.T) {
	e, disk := swtpm(t), crash.New()
	before := e.indexes()
	o := Options{Want: KindTPM, TPMSocket: e.socket, Machine: here}
	key := seal.NewKey()
	if err := create(t, disk, o).Put(seal.ShareID{1}, &key); err != nil {
		t.Fatal(err)
	}
	o.Want = KindFile
	b := create(t, disk, o)
	if n := e.indexes(); n != before || b.Kind() != KindFile {
		t.Errorf("%d indexes, %d before, kind %s", n, before, b.Kind())
	}
}

// TestMachineHasAName says so where this machine has none, for then a copied
// folder is not noticed here.
func TestMachineHasAName(t *testing.T) {
	if len(machineSum(nil, machineID())) == 0 {
		t.Skip("this machine has no name for itself")
	}
}

func FuzzDecodePlace(f *testing.F) {
	for _, k := range []Kind{KindTPM, KindKeyring, KindFile} {
		p := newPlace(k, here())
		b, err := p.encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
		p.Next = KindTPM
		if b, err = p.encode(); err != nil {
			f.Fatal(err)
		}
		f.Add(b[:len(b)-checkLen])
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		sum := placeSum(body)
		data := append(bytes.Clone(body), sum[:]...)
		p, err := decodePlace(data)
		if err != nil {
			if !errors.Is(err, seal.ErrKeysDamaged) && !errors.Is(err, seal.ErrNewerFormat) {
				t.Fatal(err)
			}
			return
		}
		if again, err := p.encode(); err != nil || !bytes.Equal(again, data) {
			t.Fatalf("it encodes otherwise: %v", err)
		}
	})
}
