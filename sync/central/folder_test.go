package central

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"satchel/assets/people"
	"satchel/store/identity"
	"satchel/store/record"
)

type box struct {
	t   *testing.T
	dir string
	f   *Folder
}

func newBox(t *testing.T, demo bool) *box {
	dir := t.TempDir()
	f, err := OpenFolder(dir, Options{Demo: demo})
	if err != nil {
		t.Fatal(err)
	}
	return &box{t, dir, f}
}

// put writes a file that was modified at a given hour.
func (b *box) put(name, text string, hour int) {
	b.t.Helper()
	path := filepath.Join(b.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
	at := time.Date(2026, 1, 1, hour, 0, 0, 0, time.UTC)
	if err := os.Chtimes(path, at, at); err != nil {
		b.t.Fatal(err)
	}
}

func (b *box) remove(name string) {
	b.t.Helper()
	must(b.t, os.Remove(filepath.Join(b.dir, filepath.FromSlash(name))))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (b *box) look() (Report, map[string]Document) {
	b.t.Helper()
	got := map[string]Document{}
	r, err := b.f.Look(b.t.Context(), 3, func(docs []Document) error {
		for _, d := range docs {
			got[d.ID] = d
		}
		return nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return r, got
}

// bundle is a document of a person with a verified number.
func bundle(nhs, born, family, composed string) string {
	return fmt.Sprintf(`{"resourceType":"Bundle","type":"document","timestamp":%q,"entry":[
{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Composition","status":"final","date":%q,"title":"Summary","subject":{"reference":"urn:uuid:2"},"section":[]}},
{"fullUrl":"urn:uuid:2","resource":{"resourceType":"Patient","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":%q,
"extension":[{"url":"https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus","valueCodeableConcept":{"coding":[{"system":"https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatusEngland","code":"01"}]}}]}],
"name":[{"family":%q,"given":["Test"]}],"birthDate":%q}}]}`, composed, composed, nhs, family, born)
}

const (
	numberA = "9990000018"
	numberB = "9990000026"
)

func TestEveryFileIsAccountedFor(t *testing.T) { // P27, P28
	b := newBox(t, true)
	b.put("good.json", bundle(numberA, "1950-01-01", "Able", "2026-01-01T10:00:00Z"), 1)
	b.put("deep/other.json", bundle(numberB, "1950-01-02", "Baker", "2026-01-01T10:00:00Z"), 1)
	b.put("patient.json", `{"resourceType":"Patient","name":[{"family":"Alone"}]}`, 1)
	b.put("organisation.json", `{"resourceType":"Organization","name":"x"}`, 1)
	b.put("broken.json", `{"resourceType":"Bundle",`, 1)
	b.put("empty.json", ``, 1)
	b.put("note.txt", `not ours`, 1)
	r, got := b.look()
	if r.Files != 6 || r.People != 2 || r.NoPerson != 2 || len(r.Refused) != 2 || len(got) != 2 {
		t.Fatalf("report %+v, %d documents", r, len(got))
	}
	for _, refused := range r.Refused {
		if _, ok := errors.AsType[*record.Refusal](refused.Err); !ok {
			t.Errorf("%s: refused without place and cause: %v", refused.File, refused.Err)
		}
	}
	if string(got["good.json"].Raw) != bundle(numberA, "1950-01-01", "Able", "2026-01-01T10:00:00Z") {
		t.Error("the bytes are not the file's")
	}
}

func TestOnlyWhatChangedComesAgain(t *testing.T) {
	b := newBox(t, true)
	b.put("a.json", bundle(numberA, "1950-01-01", "Able", "2026-01-01T10:00:00Z"), 1)
	b.put("b.json", bundle(numberB, "1950-01-02", "Baker", "2026-01-01T10:00:00Z"), 1)
	b.look()
	if _, got := b.look(); len(got) != 0 {
		t.Fatalf("%d documents came again unchanged", len(got))
	}
	b.put("a.json", bundle(numberA, "1950-01-01", "Able", "2026-01-01T10:00:00Z"), 2)
	if _, got := b.look(); len(got) != 0 {
		t.Fatal("a touched file came again")
	}
	b.put("a.json", bundle(numberA, "1950-01-01", "Abel", "2026-01-01T10:00:00Z"), 3)
	if _, got := b.look(); len(got) != 1 || got["a.json"].ID == "" {
		t.Fatalf("%d documents came for one change", len(got))
	}
	b.f.Again()
	if _, got := b.look(); len(got) != 2 {
		t.Fatalf("%d documents came when all were asked for", len(got))
	}
}

func TestWhatWasNotTakenComesAgain(t *testing.T) {
	b := newBox(t, true)
	b.put("a.json", bundle(numberA, "1950-01-01", "Able", "2026-01-01T10:00:00Z"), 1)
	full := errors.New("the disk is full")
	if _, err := b.f.Look(t.Context(), 1, func([]Document) error { return full }); !errors.Is(err, full) {
		t.Fatalf("the taker's error was lost: %v", err)
	}
	if _, got := b.look(); len(got) != 1 {
		t.Fatal("a document that was not taken never came again")
	}
}

func TestNewestDocumentIsCurrent(t *testing.T) { // R15
	b := newBox(t, true)
	b.put("old.json", bundle(numberA, "1950-01-01", "Able", "2025-01-01T10:00:00Z"), 9)
	b.put("new.json", bundle(numberA, "1950-01-01", "Able", "2026-01-01T10:00:00Z"), 1)
	r, got := b.look()
	if r.People != 1 || r.Older != 1 || len(got) != 1 || got["new.json"].ID == "" {
		t.Fatalf("report %+v, documents %d", r, len(got))
	}
}

func TestNothingLessThanCertainIsMerged(t *testing.T) { // hazard 2: wrong patient
	b := newBox(t, true)
	b.put("a.json", bundle(numberA, "1950-01-01", "Able", "2026-01-01T10:00:00Z"), 1)
	b.put("b.json", bundle(numberA, "1950-01-02", "Able", "2026-01-01T10:00:00Z"), 2) // another birth date
	unsure := strings.Replace(bundle(numberA, "1950-01-01", "Able", "2026-01-01T10:00:00Z"), `"code":"01"`, `"code":"02"`, 1)
	b.put("c.json", unsure, 3) // the number is not verified
	r, got := b.look()
	if r.People != 3 || len(got) != 3 {
		t.Fatalf("%d people in three documents that are not certainly one's", r.People)
	}
	if got["a.json"].Person == got["b.json"].Person || got["a.json"].Person == got["c.json"].Person {
		t.Fatal("two people became one")
	}
	n, err := identity.ParseNHSNumber(numberA)
	if err != nil {
		t.Fatal(err)
	}
	if len(b.f.OfNumber(n)) != 3 {
		t.Fatal("a number in doubt hides whom it may mean")
	}
	// A later document does not take the number from who had it.
	b.put("d.json", bundle(numberA, "1950-01-03", "Able", "2026-02-01T10:00:00Z"), 4)
	if _, later := b.look(); len(later) != 1 || later["d.json"].Person == got["a.json"].Person {
		t.Fatal("a later document took over another person's number")
	}
}

func TestDisappearingIsNoWithdrawal(t *testing.T) {
	b := newBox(t, true)
	b.put("a.json", bundle(numberA, "1950-01-01", "Able", "2026-01-01T10:00:00Z"), 1)
	_, got := b.look()
	who := got["a.json"].Person
	b.remove("a.json")
	if r, got := b.look(); r.Gone != 1 || len(got) != 0 || !slices.Equal(r.Disappeared, []string{"a.json"}) {
		t.Fatalf("report %+v", r)
	}
	if r, _ := b.look(); len(r.Disappeared) != 0 || r.Gone != 1 {
		t.Error("it disappeared twice")
	}
	// The person may still say no.
	if named, err := b.f.OfDocument("a.json"); err != nil || named != who {
		t.Errorf("nobody knows whose the document was: %v", err)
	}
	if _, err := b.f.OfDocument("b.json"); !errors.Is(err, ErrNoDocument) {
		t.Errorf("a document that never was: %v", err)
	}
	b.put("a.json", bundle(numberA, "1950-01-01", "Able", "2026-01-01T10:00:00Z"), 2)
	if _, got := b.look(); len(got) != 0 {
		t.Error("it came back unchanged and was handed over again")
	}
}

// A newest document that cannot be had any more gives no way to an older one:
// what was released last stays the last word. (R15)
func TestNothingOlderTakesOver(t *testing.T) {
	newest := bundle(numberA, "1950-01-01", "Able", "2026-01-01T10:00:00Z")
	for name, lose := range map[string]func(b *box){
		"it disappeared":         func(b *box) { b.remove("new.json") },
		"it is half written":     func(b *box) { b.put("new.json", newest[:len(newest)/2], 5) },
		"it holds somebody else": func(b *box) { b.put("new.json", bundle(numberB, "1960-01-01", "Baker", "2026-02-01T10:00:00Z"), 5) },
		"it is nobody's now":     func(b *box) { b.put("new.json", `{"resourceType":"Organization"}`, 5) },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBox(t, true)
			b.put("old.json", bundle(numberA, "1950-01-01", "Able", "2025-01-01T10:00:00Z"), 9)
			b.put("new.json", newest, 1)
			_, got := b.look()
			who := got["new.json"].Person
			lose(b)
			for range 2 {
				if _, got := b.look(); got["old.json"].ID != "" {
					t.Fatal("an older document was handed over as the newest")
				}
			}
			b.put("newer.json", bundle(numberA, "1950-01-01", "Able", "2026-03-01T10:00:00Z"), 1)
			if _, got := b.look(); got["newer.json"].Person != who {
				t.Error("a newer document does not take over")
			}
		})
	}
	moved := newBox(t, true)
	moved.put("old.json", bundle(numberA, "1950-01-01", "Able", "2025-01-01T10:00:00Z"), 9)
	moved.put("new.json", newest, 1)
	moved.look()
	moved.remove("new.json")
	moved.put("sub/new.json", newest, 1)
	if _, got := moved.look(); len(got) != 1 || got["sub/new.json"].ID == "" {
		t.Error("a document that was moved is not followed")
	}
}

// Whose a number is does not move with a file's time, nor with the order in
// which files are found. (hazard 2: wrong patient)
func TestANumberStaysWithItsOwner(t *testing.T) {
	b := newBox(t, true)
	b.put("m.json", bundle(numberA, "1950-01-01", "Able", "2026-01-01T10:00:00Z"), 1)
	_, got := b.look()
	who := got["m.json"].Person
	b.put("a.json", bundle(numberA, "1950-01-02", "Other", "2026-01-01T10:00:00Z"), 0) // earlier by time and by name
	r, got := b.look()
	if got["a.json"].Person == who || !slices.Equal(r.Contested, []string{"a.json"}) {
		t.Fatalf("the second birth date: contested %v", r.Contested)
	}
	b.put("m.json", bundle(numberA, "1950-01-01", "Able", "2026-05-01T10:00:00Z"), 20)
	if _, got := b.look(); got["m.json"].Person != who || len(got) != 1 {
		t.Error("the owner's next document made them somebody else")
	}
	b.remove("m.json")
	b.put("a.json", bundle(numberA, "1950-01-02", "Other", "2026-06-01T10:00:00Z"), 21)
	if _, got := b.look(); got["a.json"].Person == who {
		t.Error("the number went to another birth date when its owner's file disappeared")
	}
	// A birth date corrected in the very document is the same person's.
	c := newBox(t, true)
	c.put("m.json", bundle(numberA, "1950-01-01", "Able", "2026-01-01T10:00:00Z"), 1)
	_, got = c.look()
	who = got["m.json"].Person
	c.put("m.json", bundle(numberA, "1950-10-01", "Able", "2026-01-02T10:00:00Z"), 2)
	if _, got := c.look(); got["m.json"].Person != who {
		t.Error("a corrected birth date made somebody else of the person")
	}
}

// A file that is being written reads as broken: it is not refused until it has
// rested, and taken as soon as it is whole, even where its time did not move.
func TestHalfWrittenFileWaits(t *testing.T) {
	b := newBox(t, true)
	whole := bundle(numberA, "1950-01-01", "Able", "2026-01-01T10:00:00Z")
	now := time.Now()
	write := func(text string) {
		b.put("a.json", text, 1)
		must(t, os.Chtimes(filepath.Join(b.dir, "a.json"), now, now))
	}
	write(whole[:200])
	if r, got := b.look(); r.Unsettled != 1 || len(r.Refused) != 0 || len(got) != 0 {
		t.Fatalf("half a file: %+v", r)
	}
	write(whole)
	if r, got := b.look(); r.Unsettled != 0 || len(got) != 1 {
		t.Fatalf("the whole file: %+v", r)
	}
	write(strings.Replace(whole, "Able", "Abel", 1)) // same size, same time
	if _, got := b.look(); len(got) != 1 {
		t.Error("a change within one tick of the clock is not seen")
	}
}

func TestOneBadFolderHoldsUpNothing(t *testing.T) {
	b := newBox(t, true)
	b.put("good.json", bundle(numberA, "1950-01-01", "Able", "2026-01-01T10:00:00Z"), 1)
	b.put("elsewhere/x.txt", "no document", 1)
	must(t, os.Symlink(filepath.Join(b.dir, "good.json"), filepath.Join(b.dir, "link.json")))
	r, got := b.look()
	if len(got) != 1 || r.Files != 2 || len(r.Refused) != 1 || r.Refused[0].File != "link.json" {
		t.Fatalf("%+v", r)
	}
	if os.Geteuid() == 0 {
		t.Log("NOT RUN: a folder without rights, for root has them all")
		return
	}
	b.put("shut/b.json", bundle(numberB, "1950-01-02", "Baker", "2026-01-01T10:00:00Z"), 1)
	b.look()
	must(t, os.Chmod(filepath.Join(b.dir, "shut"), 0))
	r, _ = b.look()
	must(t, os.Chmod(filepath.Join(b.dir, "shut"), 0o700))
	if len(r.Disappeared) != 0 || len(r.Refused) != 2 {
		t.Errorf("a folder that cannot be listed: %+v", r)
	}
}

func TestARealAreaRefusesMadeUpPeople(t *testing.T) { // R57
	real, demo := newBox(t, false), newBox(t, true)
	for doc := range people.Generate(1, 5) {
		real.put(doc.ID+".json", string(doc.JSON), 1)
		demo.put(doc.ID+".json", string(doc.JSON), 1)
	}
	r, got := real.look()
	if len(got) != 0 || len(r.Refused) != 5 || !errors.Is(r.Refused[0].Err, ErrMarked) {
		t.Fatalf("a real area took %d made-up people", len(got))
	}
	if _, got := demo.look(); len(got) != 5 {
		t.Fatalf("a demonstration took %d of 5", len(got))
	}
}

func TestAPersonNeverPrints(t *testing.T) {
	n, err := identity.ParseNHSNumber(numberA)
	if err != nil {
		t.Fatal(err)
	}
	d := Document{Person: byNumber(n)}
	if out := fmt.Sprintf("%v %+v %s", d.Person, d, d.Person); strings.Contains(out, numberA) {
		t.Fatal("an NHS number was printed")
	}
}

func TestAFolderThatIsNone(t *testing.T) {
	if _, err := OpenFolder(filepath.Join(t.TempDir(), "nothing"), Options{}); !errors.Is(err, ErrFolder) {
		t.Errorf("a missing folder: %v", err)
	}
	b := newBox(t, true)
	if err := os.RemoveAll(b.dir); err != nil {
		t.Fatal(err)
	}
	if _, err := b.f.Look(context.Background(), 1, func([]Document) error { return nil }); !errors.Is(err, ErrFolder) {
		t.Errorf("a folder that went away: %v", err)
	}
}

// Public examples: every vendor's document is somebody's.
func TestPublicExamples(t *testing.T) { // P28
	dir := "../../../shared/data/ips/connectathon"
	if _, err := os.Stat(dir); err != nil {
		t.Log("NOT RUN: the public examples are not here")
		return
	}
	f, err := OpenFolder(dir, Options{Demo: true})
	if err != nil {
		t.Fatal(err)
	}
	taken := 0
	r, err := f.Look(t.Context(), 10, func(docs []Document) error { taken += len(docs); return nil })
	if err != nil {
		t.Fatal(err)
	}
	if r.Files == 0 || taken != r.People || r.People+r.Older+r.NoPerson+r.Unsettled+len(r.Refused) != r.Files {
		t.Fatalf("%d files: %d people, %d older, %d nobody's, %d refused; %d taken", r.Files, r.People, r.Older, r.NoPerson, len(r.Refused), taken)
	}
	t.Logf("%d files, %d people, %d older, %d nobody's, %d refused", r.Files, r.People, r.Older, r.NoPerson, len(r.Refused))
}

// Naming a person does not wait for what is done with a look's documents: a
// withdrawal would wait for a whole first load.
func TestNamingDoesNotWaitForALook(t *testing.T) { // R28
	b := newBox(t, true)
	b.put("a.json", bundle(numberA, "1950-01-01", "Able", "2026-01-01T10:00:00Z"), 1)
	_, err := b.f.Look(t.Context(), 1, func(docs []Document) error {
		p, err := b.f.OfDocument("a.json")
		if err == nil && p != docs[0].Person {
			t.Error("another person was named")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
