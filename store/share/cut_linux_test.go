package share

import (
	"errors"
	"testing"

	"satchel/store/files/crash"
	"satchel/store/seal"
)

// fenced is a store whose process dies with the power: before each operation,
// and between it and its answer.
type fenced struct {
	seal.Share
	disk *crash.Disk
}

// step is one operation of the disk that changes nothing, so that the power can
// go at it.
func (f fenced) step() error { return f.disk.MkdirAll(Dir) }

func (f fenced) Put(id seal.ShareID, key *seal.Key) error {
	if err := f.step(); err != nil {
		return err
	}
	return errors.Join(f.Share.Put(id, key), f.step())
}

func (f fenced) Delete(id seal.ShareID) error {
	if err := f.step(); err != nil {
		return err
	}
	return errors.Join(f.Share.Delete(id), f.step())
}

// cuts is a work on a bound folder whose power is cut at every operation.
type cuts struct {
	options Options
	from    Kind
	// work is what is cut; it says whether what it did is acknowledged.
	work func(disk *crash.Disk, b *Bound, k *seal.KeyFile) (bool, error)
	// ends are the stores where the share may lie afterwards, the last one if
	// the work was acknowledged.
	ends []Kind
}

// run cuts at each operation, in each of a few states, each time in a folder of
// its own, for a TPM or a credential store cannot be put back.
func (c cuts) run(t *testing.T) {
	t.Helper()
	tried := 0
	for n := 1; ; n++ {
		finished := false
		for state := range states {
			disk, acknowledged, finish := c.cut(t, n)
			finished = finish
			after, name := pick(disk, n, state)
			tried++
			c.check(t, disk.LastOp()+", "+name, after, acknowledged)
		}
		if finished {
			if n < 8 {
				t.Fatalf("only %d operations", n)
			}
			t.Logf("%d cuts tried", tried)
			return
		}
	}
}

// cut does the work in a new folder until the n-th operation; finish says that
// it ended before that.
func (c cuts) cut(t *testing.T, n int) (disk *crash.Disk, acknowledged, finish bool) {
	t.Helper()
	disk = crash.New()
	o := c.options
	o.Want = c.from
	b := create(t, disk, o)
	k, _, err := seal.CreateKeys(disk, fenced{b, disk}, rowsOf(3))
	if err != nil {
		t.Fatal(err)
	}
	disk.CutAt(disk.Ops() + n)
	acknowledged, err = c.work(disk, b, k)
	if err != nil && !errors.Is(err, crash.ErrCut) {
		t.Fatal(err)
	}
	return disk, acknowledged && err == nil, err == nil
}

// states is how many states of the disk are looked at for each cut: nothing that
// was not synced is there, all is, and some.
const states = 3

func pick(disk *crash.Disk, n, want int) (*crash.Disk, string) {
	i := 0
	for name, after := range disk.States(uint64(n), states-2) {
		if i == want {
			return after, name
		}
		i++
	}
	panic("a disk has too few states")
}

// check opens what is left: one generation, in a store where it may be, with
// nothing beside it; and it can be saved again and destroyed.
func (c cuts) check(t *testing.T, where string, disk *crash.Disk, acknowledged bool) {
	t.Helper()
	b, err := Open(disk, c.options)
	if err != nil {
		t.Fatalf("cut at %s: %v", where, err)
	}
	k, got, _, err := seal.LoadLatest(disk, b)
	if err != nil {
		t.Fatalf("cut at %s: %v", where, err)
	}
	if rows := len(got.Rows); rows != 2 && (acknowledged || rows != 3) {
		t.Fatalf("cut at %s: %d rows, acknowledged %v", where, rows, acknowledged)
	}
	if err := b.Settle(); err != nil {
		t.Fatalf("cut at %s, settling: %v", where, err)
	}
	may := c.ends
	if acknowledged {
		may = c.ends[len(c.ends)-1:]
	}
	fits := false
	for _, kind := range may {
		fits = fits || b.Kind() == kind && len(b.stores()) == 1
	}
	if !fits {
		t.Fatalf("cut at %s: in %s", where, b.Binding())
	}
	if saved, err := k.SaveNext(rowsOf(1)); err != nil || !saved.Turned {
		t.Fatalf("cut at %s, saving again: %+v %v", where, saved, err)
	}
	ids, err := b.List()
	if err != nil || len(ids) != 1 {
		t.Fatalf("cut at %s: %d shares, %v", where, len(ids), err)
	}
	if err := b.Delete(ids[0]); err != nil {
		t.Fatalf("cut at %s: %v", where, err)
	}
}

func save(_ *crash.Disk, _ *Bound, k *seal.KeyFile) (bool, error) {
	_, err := k.SaveNext(rowsOf(2))
	return true, err
}

// moveTo is what the vault does to move the share.
func moveTo(kind Kind) func(*crash.Disk, *Bound, *seal.KeyFile) (bool, error) {
	return func(_ *crash.Disk, b *Bound, k *seal.KeyFile) (bool, error) {
		if _, err := b.Move(kind); err != nil {
			return false, err
		}
		saved, err := k.SaveNext(rowsOf(2))
		if err == nil {
			err = errors.Join(saved.NotTurned, b.Settle())
		}
		return true, err
	}
}

// TestTPMAtEveryCut loses power at every operation of a save whose share lies in
// a real TPM emulator, and of a move there and back. In every state one
// generation opens, and no index is left over. R8.
func TestTPMAtEveryCut(t *testing.T) {
	e := swtpm(t)
	before := e.indexes()
	o := Options{TPMSocket: e.socket, Machine: here}
	t.Run("save", cuts{o, KindTPM, save, []Kind{KindTPM}}.run)
	t.Run("from file", cuts{o, KindFile, moveTo(KindTPM), []Kind{KindFile, KindTPM}}.run)
	t.Run("to file", cuts{o, KindTPM, moveTo(KindFile), []Kind{KindTPM, KindFile}}.run)
	if n := e.indexes(); n != before {
		t.Errorf("%d indexes before, %d after", before, n)
	}
}

// TestKeyringAtEveryCut is the same with a real credential store. R8.
func TestKeyringAtEveryCut(t *testing.T) {
	if !inSession(t) {
		return
	}
	newDaemon(t)
	o := Options{Machine: here}
	for name, c := range map[string]cuts{
		"save":      {o, KindKeyring, save, []Kind{KindKeyring}},
		"from file": {o, KindFile, moveTo(KindKeyring), []Kind{KindFile, KindKeyring}},
		"to file":   {o, KindKeyring, moveTo(KindFile), []Kind{KindKeyring, KindFile}},
	} {
		t.Run(name, c.run)
	}
}
