package seal

import (
	"errors"
	"io/fs"
	"testing"

	"satchel/store/files"
	"satchel/store/files/crash"
)

// balking is a disk of which one operation on a folder or a file fails.
type balking struct {
	files.FS
	syncs   int  // how many syncs of a folder fail
	removes bool // no file can be removed
}

var errBalk = errors.New("the disk balks")

func (b *balking) SyncDir(dir string) error {
	if dir == KeysDir && b.syncs > 0 {
		b.syncs--
		return errBalk
	}
	return b.FS.SyncDir(dir)
}

func (b *balking) Remove(name string) error {
	if b.removes && name != genName(2)+".tmp" {
		return errBalk
	}
	return b.FS.Remove(name)
}

// A generation that could not be made certain is taken back, so that what is kept
// beside the former counts; where that is not possible it is said. An old file
// that cannot be removed leaves the new generation in force.
func TestSaveInDoubt(t *testing.T) { // R8
	for _, x := range []struct {
		name  string
		syncs int
		want  error
	}{{"taken back", 1, errBalk}, {"in doubt", 2, ErrInDoubt}} {
		t.Run(x.name, func(t *testing.T) {
			disk := &balking{FS: crash.New()}
			share := newMemShare()
			k, _, err := CreateKeys(disk, share, &Content{})
			if err != nil {
				t.Fatal(err)
			}
			disk.syncs = x.syncs
			if _, err := k.SaveNext(&Content{}); !errors.Is(err, x.want) {
				t.Fatalf("%v, %v is due", err, x.want)
			}
			have, err := generations(disk)
			if err != nil || len(have) != 1 || have[0] != 1 || k.Generation() != 1 {
				t.Fatalf("generations %v, %v", have, err)
			}
			if saved, err := k.SaveNext(&Content{}); err != nil || saved.Generation != 2 || !saved.Turned {
				t.Fatalf("afterwards: %+v, %v", saved, err)
			}
		})
	}
	disk := &balking{FS: crash.New()}
	share := newMemShare()
	k, _, err := CreateKeys(disk, share, &Content{})
	if err != nil {
		t.Fatal(err)
	}
	disk.removes = true
	if saved, err := k.SaveNext(&Content{}); !errors.Is(err, errBalk) || saved.Generation != 2 || !saved.Turned || k.Generation() != 2 {
		t.Fatalf("an old file stays: %+v, %v", saved, err)
	}
	disk.removes = false
	if _, _, report, err := LoadLatest(disk, share); err != nil || report.Generation != 2 || report.OldFiles != 1 {
		t.Fatalf("at the next start: %+v, %v", report, err)
	}
	if _, err := disk.Open(genName(1), files.Read); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("the old file is still there: %v", err)
	}
}
