package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"satchel/store/files/crash"
	"satchel/store/identity"
	"satchel/store/seal"
)

// What no checksum can find is found: files that are gone or end early, between
// two entries (R9).
func TestMissingEndsAndBeginningsAreNamed(t *testing.T) {
	for pattern, harm := range map[string]func(string) error{
		"keys/log-*":     os.Remove,
		"keys/log-*\x00": func(name string) error { return os.Truncate(name, 0) },
		"audit/1/seg-*":  os.Remove,
		"facts/seg-*":    os.Remove,
	} {
		w := newWorld(t)
		dir := t.TempDir()
		c := w.newCohort()
		cfg := w.config(dir, nil)
		cfg.SegmentBytes = 20 << 10
		v := w.laptop(cfg, c)
		w.put(v, c, w.release(c, identity.Random[identity.PID](), document("Zebedee", number(2))))
		for range 60 { // more than a file of each
			w.pass(time.Second)
			w.unlock(v).Lock()
			w.must(v.TakeFreshness(w.fresh(c)))
		}
		w.must(v.Close())
		names, err := filepath.Glob(filepath.Join(dir, strings.TrimRight(pattern, "\x00")))
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(names), err)
		}
		w.must(harm(names[0]))
		_, err = Open(t.Context(), cfg)
		if d, ok := errors.AsType[*DamagedError](err); !ok || !strings.HasPrefix(pattern, strings.SplitN(d.File, "/", 2)[0]) {
			t.Errorf("%q: %v", pattern, err)
		}
	}
}

// A broken frame that others follow was acknowledged: it is not taken for a
// write that a crash cut short, whatever its length says.
func TestKeyLogBrokenInTheMiddle(t *testing.T) {
	disk := crash.New()
	check(t, errors.Join(disk.MkdirAll(seal.KeysDir), disk.SyncDir(".")))
	key := seal.NewKey()
	l := &keyLog{fsys: disk, gen: 1, key: &key}
	for i := range 5 {
		check(t, l.append(keyLogRows, []byte{byte(i)}))
	}
	none := func(byte, []byte) error { return nil }
	second := l.size / 5
	for at := second; at < second+frameHead; at++ {
		if _, err := l.f.WriteAt([]byte{0x77}, at); err != nil {
			t.Fatal(err)
		}
		_, err := (&keyLog{fsys: disk, gen: 1, key: &key}).replay(none)
		if d, ok := errors.AsType[*DamagedError](err); !ok || !strings.HasPrefix(d.File, seal.KeysDir) {
			t.Fatalf("byte %d of the second frame: %v", at-second, err)
		}
	}
	if size, err := l.f.Size(); err != nil || size != l.size {
		t.Fatalf("it was cut to %d, %v", size, err)
	}
}

// A write that the power cut short may have torn the length of its frame: that
// is no damage.
func TestKeyLogTornLength(t *testing.T) {
	disk := crash.New()
	check(t, errors.Join(disk.MkdirAll(seal.KeysDir), disk.SyncDir(".")))
	key := seal.NewKey()
	l := &keyLog{fsys: disk, gen: 1, key: &key}
	check(t, l.append(keyLogRows, make([]byte, 600)))
	if _, err := l.f.WriteAt(append([]byte{0, 0, 0, 9}, make([]byte, 700)...), l.size); err != nil {
		t.Fatal(err)
	}
	again := &keyLog{fsys: disk, gen: 1, key: &key}
	torn, err := again.replay(func(byte, []byte) error { return nil })
	if err != nil || !torn || again.n != 1 {
		t.Fatalf("%d frames, torn %v, %v", again.n, torn, err)
	}
}
