package cache

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/dgraph-io/badger/v4"
	"pgregory.net/rapid"
)

// small is a cache whose files fill quickly.
var small = sizes{memTable: 1 << 20, valueLog: 1 << 20, memory: 1 << 20, ballast: 8 << 20}

func config(t testing.TB, dir string) Config {
	t.Helper()
	return Config{Dir: dir, Key: bytes.Repeat([]byte{7}, 32), sizes: small, Free: plenty}
}

// quickDir is a folder in memory where there is one: for a test of what the
// cache says, not of what survives.
func quickDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "cache")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func plenty(string) (uint64, error) { return 1 << 40, nil }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func mustOpen(t testing.TB, cfg Config) (*Cache, Opened) {
	t.Helper()
	c, o, err := Open(t.Context(), cfg)
	must(t, err)
	return c, o
}

func keyN(n int) Key {
	var k Key
	k[0], k[1] = 1, byte(n*37)
	copy(k[2:], fmt.Sprintf("%08d", n))
	return k
}

// valueN is a value that nobody mistakes for another's.
func valueN(n, size int) []byte {
	return bytes.Repeat(fmt.Appendf(nil, "value %08d of it.", n), size/18+1)[:size]
}

func fill(t testing.TB, c *Cache, from, to, size int) {
	t.Helper()
	for n := from; n < to; n += 50 {
		var pairs []Pair
		for i := n; i < min(n+50, to); i++ {
			pairs = append(pairs, Pair{keyN(i), valueN(i, size)})
		}
		must(t, c.Put(pairs))
	}
}

// whole counts the values that are there and right; a wrong one ends the test.
func whole(t testing.TB, c *Cache, from, to, size int) (n int) {
	t.Helper()
	for i := from; i < to; i++ {
		got, err := c.Get(keyN(i))
		switch {
		case errors.Is(err, ErrAbsent):
		case err != nil:
			t.Fatal(err)
		case !bytes.Equal(got, valueN(i, size)):
			t.Fatalf("value %d is another", i)
		default:
			n++
		}
	}
	return n
}

func deleteN(t testing.TB, c *Cache, from, to int) {
	t.Helper()
	var keys []Key
	for i := from; i < to; i++ {
		keys = append(keys, keyN(i))
	}
	must(t, c.Delete(keys))
}

func inForce(t testing.TB, dir string) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, Folder, "*"))
	if err != nil || len(names) != 1 {
		t.Fatalf("%d folders, %v", len(names), err)
	}
	return names[0]
}

// A cache is a map: whatever is put, deleted, closed, scrubbed and tended.
func TestCacheIsAMap(t *testing.T) {
	dir := quickDir(t)
	rapid.Check(t, func(rt *rapid.T) {
		must(t, os.RemoveAll(filepath.Join(dir, Folder)))
		cfg := config(t, dir)
		c, _ := mustOpen(t, cfg)
		defer func() { must(t, c.Close()) }()
		model := map[Key][]byte{}
		key := rapid.Custom(func(rt *rapid.T) Key { return keyN(rapid.IntRange(0, 30).Draw(rt, "key")) })
		rt.Repeat(map[string]func(*rapid.T){
			"put": func(rt *rapid.T) {
				var pairs []Pair
				for _, k := range rapid.SliceOfNDistinct(key, 1, 5, rapid.ID).Draw(rt, "keys") {
					v := rapid.SliceOfN(rapid.Byte(), 1, 3000).Draw(rt, "value")
					pairs, model[k] = append(pairs, Pair{k, v}), v
				}
				must(t, c.Put(pairs))
			},
			"delete": func(rt *rapid.T) {
				k := key.Draw(rt, "key")
				delete(model, k)
				must(t, c.Delete([]Key{k}))
			},
			"close": func(*rapid.T) {
				must(t, c.Close())
				c, _ = mustOpen(t, cfg)
			},
			"begin": func(*rapid.T) {
				next := make([]byte, 32)
				_, _ = rand.Read(next)
				must(t, c.BeginScrub(next))
			},
			"scrub": func(rt *rapid.T) {
				if !c.Scrubbing() {
					rt.Skip()
				}
				done, err := c.ScrubSome(t.Context(), func(Key) bool { return true }, 0)
				must(t, err)
				if next := c.scrub.key; done {
					lost, err := c.EndScrub(func() error { cfg.Key = next; return nil })
					must(t, err)
					if len(lost) > 0 {
						rt.Fatal("a scrub lost values")
					}
				}
			},
			"tend": func(*rapid.T) {
				_, err := c.Tend(t.Context(), 0)
				must(t, err)
			},
			"": func(rt *rapid.T) {
				n := 0
				must(t, c.Each(t.Context(), 1, true, 3, func(_ int, k Key, v []byte) error { return nil }))
				must(t, c.Each(t.Context(), 1, false, 1, func(_ int, k Key, _ []byte) error {
					if n++; model[k] == nil {
						rt.Fatal("a key that was deleted, or never put")
					}
					return nil
				}))
				if n != len(model) {
					rt.Fatalf("%d keys of %d", n, len(model))
				}
				for k, want := range model {
					if got, err := c.Get(k); err != nil || !bytes.Equal(got, want) {
						rt.Fatalf("a value is not what was put: %v", err)
					}
				}
			},
		})
	})
}

// After Close, everything says so.
func TestClosed(t *testing.T) {
	c, _ := mustOpen(t, config(t, t.TempDir()))
	must(t, c.Close())
	must(t, c.Close())
	_, get := c.Get(keyN(1))
	for _, err := range []error{
		get, c.Put([]Pair{{keyN(1), []byte("x")}}), c.Delete([]Key{keyN(1)}), c.BeginScrub(bytes.Repeat([]byte{8}, 32)),
		c.Each(t.Context(), 1, true, 1, func(int, Key, []byte) error { return nil }),
	} {
		if !errors.Is(err, ErrDown) {
			t.Errorf("%v", err)
		}
	}
}

// A caller that gives up is not a cache that broke.
func TestGivenUpIsNotBroken(t *testing.T) {
	dir := t.TempDir()
	c, _ := mustOpen(t, config(t, dir))
	fill(t, c, 0, 50, 100)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Each(ctx, 1, true, 2, func(int, Key, []byte) error { return nil }); !errors.Is(err, context.Canceled) || errors.Is(err, ErrDown) {
		t.Fatal(err)
	}
	mine := errors.New("enough")
	if err := c.Each(t.Context(), 1, true, 2, func(int, Key, []byte) error { return mine }); !errors.Is(err, mine) || errors.Is(err, ErrDown) {
		t.Fatal(err)
	}
	must(t, c.Close())
}

func FuzzUnpad(f *testing.F) {
	for _, n := range []int{0, 1, granule - 1, granule, 1000} {
		f.Add(pad(bytes.Repeat([]byte{0x80}, n)))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if v, ok := unpad(b); ok && !bytes.Equal(pad(v), b) {
			t.Fatal("two forms of one value")
		}
		if v, ok := unpad(pad(b)); !ok || !bytes.Equal(v, b) {
			t.Fatal("padding is not undone")
		}
	})
}

// Children are this test program again: they are there to die.

const childEnv = "SATCHEL_CACHE_CHILD"

// children are what a child can do in a folder.
var children = map[string]func(dir string, off guards) error{}

func TestMain(m *testing.M) {
	if what := os.Getenv(childEnv); what != "" {
		var off guards
		if _, err := fmt.Sscan(os.Getenv(childEnv+"_OFF"), &off); err != nil {
			panic(err)
		}
		if err := children[what](os.Getenv(childEnv+"_DIR"), off); err != nil {
			fmt.Fprintln(os.Stderr, "child:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func child(t testing.TB, what, dir string, off guards) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), childEnv+"="+what, childEnv+"_DIR="+dir, fmt.Sprintf("%s_OFF=%d", childEnv, off))
	return cmd
}

// logTo is a log without times, in plain text.
func logTo(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
}

// everyVersion shows what was deleted too.
var everyVersion = badger.IteratorOptions{AllVersions: true}
