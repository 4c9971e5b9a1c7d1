package central

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"satchel/store/identity"
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

// Report is what one look found. Files are the operator's own names, and may be
// logged.
type Report struct {
	Files       int // .json files
	People      int // with a document in the folder
	Older       int // documents superseded by a newer one of the same person
	NoPerson    int // nobody's summary
	Unsettled   int // being written, it seems: judged at a later look
	Gone        int // seen before and not there any more, since the start
	Disappeared []string
	Refused     []Refusal
	// Contested are files whose certain number another person has, by birth
	// date. They are released as people of their own; one of the two is wrong.
	Contested []string
}

// Folder is a folder of FHIR files. Its methods may be called from several
// goroutines; looks wait for each other.
type Folder struct {
	dir  string
	opts Options

	// looking is held through one look, what is done with its documents
	// included; before mu, which is held for moments.
	looking sync.Mutex

	mu     sync.Mutex
	files  map[string]*file              // under mu: by ID, those that are gone too
	owners map[identity.NHSNumber]*owner // under mu
	gone   int                           // under mu
}

// file is what is remembered of a file between looks.
type file struct {
	id       string
	size     int64
	modified time.Time
	err      error // refused
	resting  bool  // false: written so lately that its time proves nothing; read it again
	gone     bool  // not in the folder any more
	past     bool  // what its file said before; then gone too
	summary  bool
	number   identity.NHSNumber
	certain  bool // the number is verified and has a birth date beside it
	born     string
	composed time.Time
	hash     [32]byte
	person   Person   // settled after each look
	taken    [32]byte // the hash that was last handed out as somebody's current
	takenAs  Person
	before   *file // what the file said of somebody else, or before it could not be read
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
	return &Folder{dir: dir, opts: o, files: map[string]*file{}, owners: map[identity.NHSNumber]*owner{}}, nil
}

// Look reads what changed and hands over, in batches, every current document
// that was not handed over before in this very version. A batch counts as
// handed over when take returns nil; an error of take ends the look.
func (f *Folder) Look(ctx context.Context, batch int, take func([]Document) error) (Report, error) {
	f.looking.Lock()
	defer f.looking.Unlock()
	report, due, err := f.judge(ctx)
	if err != nil {
		return report, err
	}
	for from := 0; from < len(due); from += batch {
		if err := f.hand(ctx, due[from:min(from+batch, len(due))], take); err != nil {
			return report, err
		}
	}
	return report, nil
}

// judge reads what changed and settles whose it is. Only a look changes what
// was judged, and looks wait for each other; so what is handed over afterwards
// is read without mu, and a withdrawal need not wait for a first load.
func (f *Folder) judge(ctx context.Context) (Report, []*file, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	report, err := f.refresh(ctx)
	if err != nil {
		return report, nil, err
	}
	due := f.settle(&report)
	return report, due, nil
}

// Again makes the next look hand over everything anew.
func (f *Folder) Again() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, x := range f.files {
		x.taken = [32]byte{}
	}
}

// OfDocument names the person whose document it is, or was: a person may say
// no after their file has disappeared.
func (f *Folder) OfDocument(id string) (Person, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	x := f.files[filepath.ToSlash(filepath.Clean(id))]
	if x != nil && !x.ofSomebody() {
		x = x.before
	}
	if x == nil || !x.ofSomebody() {
		return Person{}, fmt.Errorf("%w: %s", ErrNoDocument, id)
	}
	return x.person, nil
}

// OfNumber names every person one of whose documents carries that NHS number,
// or did, certain or not.
func (f *Folder) OfNumber(n identity.NHSNumber) []Person {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []Person
	for _, x := range f.inOrder() {
		if x.ofSomebody() && x.number == n && !slices.Contains(out, x.person) {
			out = append(out, x.person)
		}
	}
	return out
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
		raw, err := os.ReadFile(f.path(x.id))
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
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, x := range ready {
		x.taken, x.takenAs = x.hash, x.person
	}
	return nil
}
