package central

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"satchel/assets/people"
	"satchel/store/record"
)

// restAfter is how long a file must have been left alone before its size and
// time are believed: a file system's clock is coarse, and whoever copies a file
// writes it in pieces.
const restAfter = 2 * time.Second

// errNoFile refuses what has the name of a document and is none.
var errNoFile = errors.New("not a regular file")

// refresh reads files that are new, or whose size or time changed, or that had
// not come to rest.
func (f *Folder) refresh(ctx context.Context) (Report, error) {
	report := Report{}
	seen := make(map[string]bool, len(f.files))
	err := filepath.WalkDir(f.dir, func(path string, d fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		id, relErr := filepath.Rel(f.dir, path)
		if relErr != nil {
			return relErr
		}
		id = filepath.ToSlash(id)
		switch {
		case errors.Is(err, fs.ErrNotExist) && path != f.dir:
			return nil // removed since it was listed
		case err != nil && path == f.dir:
			return err
		case err != nil: // a folder within, which holds up nothing else
			report.Refused = append(report.Refused, Refusal{id, err})
			f.keepBelow(id, seen)
			return fs.SkipDir
		case d.IsDir() || !strings.EqualFold(filepath.Ext(path), ".json"):
			return nil
		}
		if f.see(id, d) {
			seen[id] = true
		}
		return nil
	})
	if err != nil {
		if ctx.Err() != nil {
			return Report{}, ctx.Err()
		}
		return Report{}, fmt.Errorf("%w: %w", ErrFolder, err)
	}
	for id, x := range f.files {
		if !seen[id] && !x.gone {
			x.gone = true
			f.gone++
			report.Disappeared = append(report.Disappeared, id)
		}
	}
	slices.Sort(report.Disappeared)
	report.Files, report.Gone = len(seen), f.gone
	return report, nil
}

// keepBelow counts the files of a folder that cannot be listed as seen: nobody
// knows that they are gone.
func (f *Folder) keepBelow(folder string, seen map[string]bool) {
	for id, x := range f.files {
		if strings.HasPrefix(id, folder+"/") && !x.gone {
			seen[id] = true
		}
	}
}

// see takes note of one file; false where it went while being looked at.
func (f *Folder) see(id string, d fs.DirEntry) bool {
	info, err := d.Info()
	if errors.Is(err, fs.ErrNotExist) {
		return false
	}
	old := f.files[id]
	if err == nil && !info.Mode().IsRegular() {
		err = errNoFile
	}
	if err != nil {
		x := &file{id: id, err: err, person: byDocument(id)}
		x.follows(old)
		f.files[id] = x
		return true
	}
	if old != nil && old.resting && !old.gone && old.size == info.Size() && old.modified.Equal(info.ModTime()) {
		return true
	}
	f.files[id] = f.read(id, info)
	f.files[id].follows(old)
	return true
}

// follows keeps what was handed over of a file's earlier version, and that
// version itself where the new one does not speak for the same person: it may
// have been their newest, and nothing older may take its place.
func (x *file) follows(old *file) {
	if old == nil {
		return
	}
	x.taken, x.takenAs, x.before = old.taken, old.takenAs, old.before
	same := x.ofSomebody() && x.number == old.number && x.certain == old.certain && x.born == old.born
	if old.ofSomebody() && !same {
		was := *old
		was.gone, was.past, was.before = true, true, nil
		x.before = &was
	}
}

// read judges one file.
func (f *Folder) read(id string, info fs.FileInfo) *file {
	x := &file{id: id, size: info.Size(), modified: info.ModTime(), person: byDocument(id)}
	if info.Size() > record.MaxBytes {
		x.err, x.resting = &record.Refusal{Cause: record.CauseTooLarge}, true
		return x
	}
	raw, err := os.ReadFile(f.path(id))
	if err != nil {
		x.err = err // its time does not change when its rights do: not at rest
		return x
	}
	x.resting = f.rests(x)
	x.hash = sha256.Sum256(raw)
	d, err := record.Identify(raw)
	switch {
	case errors.Is(err, record.ErrNoPerson):
		return x
	case err != nil:
		x.err = err
		return x
	case !f.opts.Demo && people.Marked(raw):
		x.err = ErrMarked
		return x
	}
	x.summary = isBundle(raw)
	x.number, x.certain = d.NHS, d.NHS.Valid() && !d.NHSDoubt && d.Born.Full()
	x.born = d.Born.Format()
	return x
}

// rests tells whether a file that was just read is still as it was listed, and
// was left alone for a while.
func (f *Folder) rests(x *file) bool {
	info, err := os.Stat(f.path(x.id))
	return err == nil && info.Size() == x.size && info.ModTime().Equal(x.modified) &&
		time.Since(x.modified).Abs() > restAfter
}

func (f *Folder) path(id string) string { return filepath.Join(f.dir, filepath.FromSlash(id)) }

// isBundle tells a summary from a lone resource: a Patient by itself says who
// somebody is, and nothing to carry.
func isBundle(raw []byte) bool {
	var r struct{ ResourceType string }
	return json.Unmarshal(raw, &r) == nil && r.ResourceType == "Bundle"
}
