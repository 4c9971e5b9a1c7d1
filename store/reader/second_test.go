package reader_test

import (
	"bytes"
	"errors"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/store/reader"
	"satchel/store/record"
)

// shareOf gives the one file of a folder's share.
func shareOf(t *testing.T, dir string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "share", strings.Repeat("[0-9a-f]", 32)))
	if err != nil || len(files) != 1 {
		t.Fatalf("%d shares, %v", len(files), err)
	}
	return files[0]
}

func opened(t *testing.T, s *story) *reader.Folder {
	t.Helper()
	f, err := reader.Open(s.dir, shareOf(t, s.dir), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func unlocked(t *testing.T, s *story) *reader.Unlocked {
	t.Helper()
	u, err := opened(t, s).Unlock(s.first[:], []byte(firstPhrase))
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// The documents are complete: a reader that knows nothing else finds everything
// that was put in, and nothing that was withdrawn.
func TestSecondReader(t *testing.T) {
	t.Run("with a key log", func(t *testing.T) { compare(t, tell(t, false)) })
	t.Run("scrubbed", func(t *testing.T) { compare(t, tell(t, true)) })
}

func compare(t *testing.T, s *story) {
	u := unlocked(t, s)
	t.Run("rows", func(t *testing.T) { compareRows(t, s, u) })
	t.Run("records", func(t *testing.T) { compareRecords(t, s, u) })
	t.Run("people", func(t *testing.T) { comparePeople(t, s, u) })
	t.Run("attempts", func(t *testing.T) { compareAttempts(t, s, u) })
	t.Run("what the hub said", func(t *testing.T) { compareFacts(t, s, u) })
	t.Run("items", func(t *testing.T) { compareItems(t, s, u) })
	t.Run("erased", func(t *testing.T) { compareErased(t, s, u) }) // R32
	t.Run("state", func(t *testing.T) { compareState(t, s, u) })
	t.Run("the second person", func(t *testing.T) {
		other, err := u.Folder.Unlock(s.second[:], []byte(secondPhrase))
		if err != nil {
			t.Fatal(err)
		}
		compareRecords(t, s, other)
	})
}

func rowOf(u *reader.Unlocked, pid identity.PID) (reader.Row, bool) {
	for _, r := range u.Rows {
		if r.PID == pid {
			return r, true
		}
	}
	return reader.Row{}, false
}

func compareRows(t *testing.T, s *story, u *reader.Unlocked) {
	left := 0
	for i, p := range s.patients {
		r, held := rowOf(u, p.pid)
		if held == p.gone {
			t.Fatalf("patient %d: held %v, withdrawn %v", i, held, p.gone)
		}
		if p.gone {
			continue
		}
		left++
		if len(r.Versions) != len(p.releases) || r.Epoch != 1 || r.Cohort != p.releases[0].header.Cohort {
			t.Errorf("patient %d: the row has %d versions of %d, epoch %d", i, len(r.Versions), len(p.releases), r.Epoch)
		}
		for n, v := range r.Versions {
			h := p.releases[len(p.releases)-1-n].header // newest first
			if v.Ver != h.Ver || int64(v.NotAfter) != h.NotAfter || v.Hash != h.Hash || v.State != 0 {
				t.Errorf("patient %d: version %d is not as released", i, v.Ver)
			}
		}
	}
	if len(u.Rows) != left {
		t.Errorf("%d rows, %d patients", len(u.Rows), left)
	}
}

func compareRecords(t *testing.T, s *story, u *reader.Unlocked) {
	within := 0
	for i, p := range s.patients {
		r, _ := rowOf(u, p.pid)
		for _, v := range r.Versions {
			o, err := u.Read(r, v)
			if err != nil {
				t.Fatalf("patient %d, version %d: %v", i, v.Ver, err)
			}
			was := p.releases[v.Ver-1]
			if !bytes.Equal(o.FHIR, was.fhir) || o.Header.Released != was.released || o.Header.Rev != was.header.Rev {
				t.Errorf("patient %d, version %d: what is read is not what was released", i, v.Ver)
			}
			if o.Inner {
				within++
				if int64(o.Released) != was.released {
					t.Errorf("patient %d, version %d: released at %d", i, v.Ver, o.Released)
				}
				compareWho(t, o.Who, was.fhir)
			} else if was.released < s.joined.UnixMilli() {
				t.Errorf("patient %d, version %d: an unlock gave it no inner part", i, v.Ver)
			}
		}
	}
	if within < 6 {
		t.Errorf("%d inner parts", within)
	}
}

// compareWho holds demographics to what the program that made them reads in
// the document.
func compareWho(t *testing.T, got *reader.Who, fhir []byte) {
	d, err := record.Identify(fhir)
	if err != nil {
		if got != nil {
			t.Error("a document that is nobody's has demographics")
		}
		return
	}
	want := reader.Who{
		Dead: d.Dead, Restricted: d.Restricted, Protected: d.Protected, Doubt: d.NHSDoubt, Sex: d.Sex, NHS: d.NHS.Digits(),
		Born: "1948-03-05", Banner: d.Banner, Preferred: d.Preferred, Postcode: d.Postcode, Address: d.Address,
	}
	if got == nil || len(got.Names) != len(d.Names) || got.Names[0] != [2]string{d.Names[0].Family, d.Names[0].Given} {
		t.Fatal("the names are not the document's")
	}
	g := *got
	g.Names = nil
	if !equal(g, want) {
		t.Error("the demographics are not the document's")
	}
	if d.Names[0].Family == "" || want.Postcode != "ZZ9 9ZZ" || want.NHS == "" {
		t.Error("the document has less than was written into it")
	}
}

func equal(a, b reader.Who) bool {
	return a.Dead == b.Dead && a.Restricted == b.Restricted && a.Protected == b.Protected && a.Doubt == b.Doubt && a.Sex == b.Sex &&
		a.NHS == b.NHS && a.Born == b.Born && a.Banner == b.Banner && a.Preferred == b.Preferred && a.Postcode == b.Postcode && a.Address == b.Address
}

func comparePeople(t *testing.T, s *story, u *reader.Unlocked) {
	people, err := u.People()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]struct {
		slot identity.SlotID
		name string
		at   int64
		duty uint64
	}{
		"ready Nurse One":    {s.first, "Nurse One", 0, 0},
		"ready Nurse Two":    {s.second, "Nurse Two", 0, 3},
		"recovering ":        {s.second, "", s.asked.UnixMilli(), 0},
		"joined Nurse Three": {s.third, "Nurse Three", s.joined.UnixMilli(), 0},
		"invited Nurse Four": {s.fourth, "Nurse Four", 0, 0},
	}
	for _, p := range people {
		w, ok := want[p.State+" "+p.Name]
		if !ok || identity.SlotID(p.Slot) != w.slot || p.At != w.at || p.Duty != w.duty {
			t.Errorf("a place %s of %q that is not as it was made: %x, %d, %d", p.State, p.Name, p.Slot, p.At, p.Duty)
		}
		delete(want, p.State+" "+p.Name)
		if p.State == "recovering" {
			if p.Request.Text != s.request {
				t.Error("the request is another")
			}
			continue
		}
		if c := p.Credential; c == nil || identity.SlotID(c.Slot) != w.slot || c.Name != w.name || c.Role != string(identity.DistrictNurse) || c.Staff != "N1" {
			t.Errorf("the credential of %q is not the one that was signed", w.name)
		}
	}
	for place := range want {
		t.Errorf("no place: %s", place)
	}
}

func compareAttempts(t *testing.T, s *story, u *reader.Unlocked) {
	code := fact.JoinHash(s.fourth, joinCode)
	seen := 0
	for _, a := range u.Head.Attempts {
		switch identity.SlotID(a.Slot) {
		case s.second:
			seen++
			if a.Failed != 3 || a.Last != s.wall.UnixMilli() || len(a.Code) != 0 {
				t.Errorf("the second person: %d wrong tries, the last at %d", a.Failed, a.Last)
			}
		case s.fourth:
			seen++
			if a.Failed != 1 || !bytes.Equal(a.Code, code[:]) {
				t.Errorf("the fourth person: %d wrong tries at a code", a.Failed)
			}
		default:
			if a.Failed != 0 {
				t.Errorf("somebody else has %d wrong tries", a.Failed)
			}
		}
	}
	if seen != 2 {
		t.Errorf("%d people tried in vain", seen)
	}
}

// compareErased: which rows were dropped is in the key file until it is
// entered, and in an item from then on; nothing that is left opens them.
func compareErased(t *testing.T, s *story, u *reader.Unlocked) {
	erased, owed, err := u.Erased(s.box.Private[:])
	if err != nil {
		t.Fatal(err)
	}
	gone, named := map[identity.PID]bool{}, map[identity.PID]bool{}
	for _, p := range s.patients {
		if p.gone {
			gone[p.pid] = true
		}
	}
	for _, d := range erased {
		named[identity.PID(d.PID)] = true
	}
	inFile := len(gone)
	if s.scrubbed {
		inFile = 0
	}
	if !maps.Equal(gone, named) || len(owed) != 0 || len(u.Head.Dropped) != inFile || u.Entered == s.scrubbed {
		t.Errorf("%d rows are said to be erased and %d owed, of %d; the key file names %d, entered %v", len(named), len(owed), len(gone), len(u.Head.Dropped), u.Entered)
	}
	for key := range u.Cache {
		if _, held := u.Rows[[16]byte([]byte(key[1:17]))]; !held {
			t.Errorf("a value of kind %d has no row", key[0])
		}
	}
	compareOlder(t, s, u)
}

// compareOlder: who kept a copy of the folder from before a withdrawal, and
// has every key of today, opens nothing of who was withdrawn. With the share of
// that day they would: that is what must be destroyed.
func compareOlder(t *testing.T, s *story, u *reader.Unlocked) {
	if _, err := reader.Open(s.older, shareOf(t, s.dir), t.TempDir()); !errors.Is(err, reader.ErrSealed) {
		t.Errorf("an older folder under today's share: %v", err)
	}
	before, err := reader.Open(s.older, shareOf(t, s.older), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	then, err := before.Unlock(s.first[:], []byte(firstPhrase))
	if err != nil {
		t.Fatal(err)
	}
	cache, err := reader.ReadCache(s.older, t.TempDir(), u.Head.Badger)
	if s.scrubbed {
		if !errors.Is(err, reader.ErrSealed) {
			t.Errorf("an older cache under a scrubbed one's key: %v", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	values := 0
	for key, value := range cache {
		if _, held := u.Rows[[16]byte([]byte(key[1:17]))]; held {
			continue
		}
		values++
		if reader.AnyOpens(u.EveryKey(), value) {
			t.Errorf("a value of kind %d of a withdrawn record opens with a key of today's", key[0])
		}
		if !reader.AnyOpens(then.EveryKey(), value) {
			t.Errorf("control: a value of kind %d of a record that was not withdrawn yet does not open", key[0])
		}
	}
	if values != 4 {
		t.Errorf("%d values of two withdrawn records", values)
	}
}

// The reading half uses four libraries and the standard one, and nothing of
// this program.
func TestReaderStandsAlone(t *testing.T) {
	allowed := []string{
		"golang.org/x/crypto/argon2", "golang.org/x/crypto/nacl/box", "golang.org/x/crypto/nacl/secretbox",
		"github.com/klauspost/compress/zstd", "github.com/fxamacker/cbor/v2", "github.com/dgraph-io/badger/v4",
	}
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for _, name := range names {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, src, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		if file.Name.Name != "reader" {
			continue
		}
		read++
		for _, i := range file.Imports {
			path, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			first, _, _ := strings.Cut(path, "/")
			if (first == "satchel" || strings.Contains(first, ".")) && !slices.Contains(allowed, path) {
				t.Errorf("%s imports %s", name, path)
			}
		}
	}
	if read < 7 {
		t.Errorf("%d files of the reader", read)
	}
}
