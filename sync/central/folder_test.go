package central

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
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
	b.look()
	if err := os.Remove(filepath.Join(b.dir, "a.json")); err != nil {
		t.Fatal(err)
	}
	if r, got := b.look(); r.Gone != 1 || len(got) != 0 {
		t.Fatalf("report %+v", r)
	}
	if _, err := b.f.OfDocument("a.json"); !errors.Is(err, ErrNoDocument) {
		t.Fatalf("a document that is gone is still there: %v", err)
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
	if r.Files == 0 || taken != r.People || r.People+r.Older+r.NoPerson+len(r.Refused) != r.Files {
		t.Fatalf("%d files: %d people, %d older, %d nobody's, %d refused; %d taken", r.Files, r.People, r.Older, r.NoPerson, len(r.Refused), taken)
	}
	t.Logf("%d files, %d people, %d older, %d nobody's, %d refused", r.Files, r.People, r.Older, r.NoPerson, len(r.Refused))
}
