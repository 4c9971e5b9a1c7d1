package central

import (
	"cmp"
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
	"sync"
	"time"

	"satchel/assets/people"
	"satchel/store/identity"
	"satchel/store/record"
)

var (
	// ErrFolder says that the folder cannot be looked through. Nothing was
	// taken; what was released stays released.
	ErrFolder = errors.New("the central folder cannot be read")
	// ErrNoDocument says that no such document is in the folder, or that it is
	// nobody's summary.
	ErrNoDocument = errors.New("no such document of a person in the central folder")
	// ErrMarked says that a document is made-up and the area is real (R57).
	ErrMarked = errors.New("demonstration data, which a real area refuses")
)

// Options say how a folder is read.
type Options struct {
	Demo bool // a demonstration area takes anything; a real one refuses made-up people
}

// Document is one person's current summary.
type Document struct {
	ID     string // the file, relative to the folder, with forward slashes
	Person Person
	Raw    []byte
	Hash   [32]byte // SHA-256 of Raw
}

// Person names whose a document is: the NHS number where it is certain, else
// the document. It never prints itself.
type Person struct{ name string }

// Name is the stable text to derive a pseudonym from. Never log it.
func (p Person) Name() string { return p.name }

// Format hides the person for every print verb.
func (Person) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte("[person]")) }

// NumberName is the name of the person whose certain number n is. Never log it.
func NumberName(n identity.NHSNumber) string { return "nhs:" + n.Digits() }

func byNumber(n identity.NHSNumber) Person { return Person{NumberName(n)} }
func byDocument(id string) Person          { return Person{"document:" + id} }

// Refusal is one file that could not be taken, and why: place and cause,
// nothing of the content.
type Refusal struct {
	File string
	Err  error
}

// Report is what one look found.
type Report struct {
	Files    int // regular .json files
	People   int
	Older    int // documents superseded by a newer one of the same person
	NoPerson int // nobody's summary
	Gone     int // seen before and not there now
	Refused  []Refusal
}

// Folder is a folder of FHIR files. Its methods may be called from several
// goroutines; looks wait for each other.
type Folder struct {
	dir  string
	opts Options

	mu    sync.Mutex
	files map[string]*file // by ID, under mu
	gone  int
}

// file is what is remembered of a file between looks.
type file struct {
	id       string
	size     int64
	modified time.Time
	err      error // refused
	summary  bool
	number   identity.NHSNumber
	certain  bool // the number is verified and has a birth date beside it
	born     string
	composed time.Time
	hash     [32]byte
	person   Person   // settled after each look
	taken    [32]byte // the hash that was last handed out as somebody's current
	takenAs  Person
}

// OpenFolder checks that dir is a folder that can be read.
func OpenFolder(dir string, o Options) (*Folder, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFolder, err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%w: %s is not a folder", ErrFolder, dir)
	}
	return &Folder{dir: dir, opts: o, files: map[string]*file{}}, nil
}

// Look reads what changed and hands over, in batches, every current document
// that was not handed over before in this very version. A batch counts as
// handed over when take returns nil; an error of take ends the look.
func (f *Folder) Look(ctx context.Context, batch int, take func([]Document) error) (Report, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	report, err := f.refresh(ctx)
	if err != nil {
		return report, err
	}
	due := f.settle(&report)
	for from := 0; from < len(due); from += batch {
		if err := f.hand(ctx, due[from:min(from+batch, len(due))], take); err != nil {
			return report, err
		}
	}
	return report, nil
}

// Again makes the next look hand over everything anew.
func (f *Folder) Again() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, x := range f.files {
		x.taken = [32]byte{}
	}
}

// OfDocument names the person whose document it is.
func (f *Folder) OfDocument(id string) (Person, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	x, ok := f.files[filepath.ToSlash(filepath.Clean(id))]
	if !ok || !x.summary {
		return Person{}, fmt.Errorf("%w: %s", ErrNoDocument, id)
	}
	return x.person, nil
}

// OfNumber names every person one of whose documents carries that NHS number,
// certain or not.
func (f *Folder) OfNumber(n identity.NHSNumber) []Person {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []Person
	for _, x := range f.files {
		if x.summary && x.number == n && !slices.Contains(out, x.person) {
			out = append(out, x.person)
		}
	}
	return out
}

// refresh reads files that are new or whose size or time changed.
func (f *Folder) refresh(ctx context.Context) (Report, error) {
	seen := make(map[string]bool, len(f.files))
	err := filepath.WalkDir(f.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !d.Type().IsRegular() || !strings.EqualFold(filepath.Ext(path), ".json") {
			return nil
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil // removed between the listing and now
		}
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(f.dir, path)
		if err != nil {
			return err
		}
		id := filepath.ToSlash(rel)
		seen[id] = true
		if old, ok := f.files[id]; !ok || old.size != info.Size() || !old.modified.Equal(info.ModTime()) {
			f.files[id] = f.read(id, info, old)
		}
		return nil
	})
	if err != nil {
		if ctx.Err() != nil {
			return Report{}, ctx.Err()
		}
		return Report{}, fmt.Errorf("%w: %w", ErrFolder, err)
	}
	for id := range f.files {
		if !seen[id] {
			delete(f.files, id)
			f.gone++
		}
	}
	return Report{Files: len(seen), Gone: f.gone}, nil
}

// read judges one file. What was handed over of an earlier version is kept.
func (f *Folder) read(id string, info fs.FileInfo, old *file) *file {
	x := &file{id: id, size: info.Size(), modified: info.ModTime(), person: byDocument(id)}
	if old != nil {
		x.taken, x.takenAs = old.taken, old.takenAs
	}
	if info.Size() > record.MaxBytes {
		x.err = &record.Refusal{Cause: record.CauseTooLarge}
		return x
	}
	raw, err := os.ReadFile(filepath.Join(f.dir, filepath.FromSlash(id)))
	if err != nil {
		x.err = err
		return x
	}
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
	x.hash = sha256.Sum256(raw)
	x.summary = isBundle(raw)
	x.number, x.certain = d.NHS, d.NHS.Valid() && !d.NHSDoubt && d.Born.Full()
	x.born = d.Born.Format()
	return x
}

// isBundle tells a summary from a lone resource: a Patient by itself says who
// somebody is, and nothing to carry.
func isBundle(raw []byte) bool {
	var r struct{ ResourceType string }
	return json.Unmarshal(raw, &r) == nil && r.ResourceType == "Bundle"
}

// settle decides whose each document is and which one is current, and gives
// those that were not handed over yet, in the order of their names.
func (f *Folder) settle(report *Report) []*file {
	byPerson := map[Person][]*file{}
	for _, x := range f.inOrder() {
		switch {
		case x.err != nil:
			report.Refused = append(report.Refused, Refusal{x.id, x.err})
			continue
		case !x.summary:
			report.NoPerson++
			continue
		}
		x.person = byDocument(x.id)
		if x.certain {
			// The number goes with the birth date of the document that had
			// it first; another birth date is another person until somebody
			// says otherwise.
			owner := byPerson[byNumber(x.number)]
			if len(owner) == 0 || owner[0].born == x.born {
				x.person = byNumber(x.number)
			}
		}
		byPerson[x.person] = append(byPerson[x.person], x)
	}
	report.People = len(byPerson)
	var due []*file
	for person, docs := range byPerson {
		report.Older += len(docs) - 1
		current := f.newest(docs)
		if current.taken != current.hash || current.takenAs != person {
			due = append(due, current)
		}
	}
	slices.SortFunc(due, func(a, b *file) int { return cmp.Compare(a.id, b.id) })
	return due
}

// inOrder gives the files oldest first, so that who had a number first does
// not change when another document arrives.
func (f *Folder) inOrder() []*file {
	all := make([]*file, 0, len(f.files))
	for _, x := range f.files {
		all = append(all, x)
	}
	slices.SortFunc(all, func(a, b *file) int {
		return cmp.Or(a.modified.Compare(b.modified), cmp.Compare(a.id, b.id))
	})
	return all
}

// newest picks the current document: composed last, then modified last. When
// it was composed is read only where there is a choice.
func (f *Folder) newest(docs []*file) *file {
	if len(docs) == 1 {
		return docs[0]
	}
	for _, x := range docs {
		if x.composed.IsZero() {
			x.composed = f.composed(x)
		}
	}
	return slices.MaxFunc(docs, func(a, b *file) int {
		return cmp.Or(a.composed.Compare(b.composed), a.modified.Compare(b.modified), cmp.Compare(a.id, b.id))
	})
}

func (f *Folder) composed(x *file) time.Time {
	raw, err := os.ReadFile(filepath.Join(f.dir, filepath.FromSlash(x.id)))
	if err != nil {
		return x.modified
	}
	s, err := record.Parse(raw)
	if err != nil || !s.Composed.Known() {
		return x.modified
	}
	return s.Composed.Start()
}

// hand reads a batch again and hands it over. A document that changed since it
// was judged waits for the next look.
func (f *Folder) hand(ctx context.Context, due []*file, take func([]Document) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	docs := make([]Document, 0, len(due))
	ready := make([]*file, 0, len(due))
	for _, x := range due {
		raw, err := os.ReadFile(filepath.Join(f.dir, filepath.FromSlash(x.id)))
		if err != nil || sha256.Sum256(raw) != x.hash {
			continue
		}
		docs = append(docs, Document{ID: x.id, Person: x.person, Raw: raw, Hash: x.hash})
		ready = append(ready, x)
	}
	if len(docs) == 0 {
		return nil
	}
	if err := take(docs); err != nil {
		return err
	}
	for _, x := range ready {
		x.taken, x.takenAs = x.hash, x.person
	}
	return nil
}
