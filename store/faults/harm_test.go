package faults

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// harm is one way in which a file goes bad. It tells false where it does not
// apply: an empty file has no bit to flip.
type harm struct {
	name string
	do   func(r *rand.Rand, name, older string) (bool, error)
}

const page = 4096

var harms = []harm{
	{"flip a bit", inside(func(r *rand.Rand, b []byte, end int) { b[r.IntN(end)] ^= 1 << r.IntN(8) })},
	{"zero a page", inside(func(r *rand.Rand, b []byte, end int) {
		at := r.IntN((end+page-1)/page) * page
		clear(b[at:min(len(b), at+page)])
	})},
	{"zero all", inside(func(_ *rand.Rand, b []byte, _ int) { clear(b) })},
	{"empty", func(_ *rand.Rand, name, _ string) (bool, error) { return true, os.Truncate(name, 0) }},
	{"cut short", func(r *rand.Rand, name, _ string) (bool, error) {
		b, err := os.ReadFile(name)
		if err != nil || len(b) == 0 {
			return false, err
		}
		return true, os.Truncate(name, int64(r.IntN(lastByte(b)+1)))
	}},
	{"delete", func(_ *rand.Rand, name, _ string) (bool, error) { return true, os.Remove(name) }},
	{"put back older", func(_ *rand.Rand, name, older string) (bool, error) {
		if same(name, older) {
			return false, nil
		}
		return true, copyFile(name, older)
	}},
	{"add rubbish", func(r *rand.Rand, name, _ string) (bool, error) {
		f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return false, err
		}
		rubbish := make([]byte, 1+r.IntN(2*page))
		for i := range rubbish {
			rubbish[i] = byte(r.Uint32())
		}
		_, err = f.Write(rubbish)
		return true, errors.Join(err, f.Close())
	}},
}

// inside changes what a file holds; end is the end of what is not zeros, or of
// everything once in a while.
func inside(change func(r *rand.Rand, b []byte, end int)) func(*rand.Rand, string, string) (bool, error) {
	return func(r *rand.Rand, name, _ string) (bool, error) {
		b, err := os.ReadFile(name)
		if err != nil || len(b) == 0 {
			return false, err
		}
		was := bytes.Clone(b)
		end := lastByte(b)
		if end == 0 || r.IntN(10) == 0 {
			end = len(b)
		}
		change(r, b, end)
		if bytes.Equal(was, b) {
			return false, nil
		}
		return true, writeChanged(name, was, b)
	}
}

// writeChanged writes the pages that differ, so that holes stay holes.
func writeChanged(name string, was, now []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	for at := 0; at < len(now) && err == nil; at += page {
		end := min(len(now), at+page)
		if !bytes.Equal(was[at:end], now[at:end]) {
			_, err = f.WriteAt(now[at:end], int64(at))
		}
	}
	return errors.Join(err, f.Close())
}

func lastByte(b []byte) int { return len(bytes.TrimRight(b, "\x00")) }

func same(a, b string) bool {
	x, err := os.ReadFile(a)
	if err != nil {
		return false
	}
	y, err := os.ReadFile(b)
	return err != nil || bytes.Equal(x, y) // there is no older one
}

// target is one file of the folder, by its name in it.
type target struct{ kind, name string }

var numbered = regexp.MustCompile(`[0-9a-f]{16,}|[0-9]+`)

// targets lists every file of a folder, with its kind: its name without what
// only numbers it. What a later version adds is found without being named here.
func targets(dir string) ([]target, error) {
	var out []target
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		kind := numbered.ReplaceAllString(filepath.ToSlash(rel), "N")
		out = append(out, target{kind, rel})
		return err
	})
	slices.SortFunc(out, func(a, b target) int {
		if c := strings.Compare(a.kind, b.kind); c != 0 {
			return c
		}
		return strings.Compare(a.name, b.name)
	})
	return out, err
}
