package hub

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"satchel/assets/people"
	"satchel/store/identity"
	"satchel/sync/central"
	"satchel/sync/ledger"
)

func castMember(t *testing.T, key string) people.Person {
	t.Helper()
	for _, p := range people.Scenario() {
		if p.Key == key {
			return p
		}
	}
	t.Fatalf("no such person in the cast: %s", key)
	return people.Person{}
}

// offered gives every document that a look would hand over, and takes none.
func (b *bench) offered() []document {
	b.t.Helper()
	var all []document
	b.hub.folder.Again()
	_, err := b.hub.folder.Look(b.t.Context(), 1<<16, func(docs []central.Document) error {
		for _, d := range docs {
			all = append(all, document{Document: d, person: b.hub.area.personKey(d.Person.Name())})
		}
		return errPeek
	})
	if err != nil && !errors.Is(err, errPeek) {
		b.t.Fatal(err)
	}
	return all
}

func (b *bench) look() {
	b.t.Helper()
	b.hub.folder.Again()
	if err := b.hub.look(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
}

// alive counts the records in force, in every cohort.
func (b *bench) alive() int {
	b.t.Helper()
	s, err := b.hub.State(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	n := 0
	for _, c := range s.Cohorts {
		n += c.Records
	}
	return n
}

func (b *bench) file(p people.Person) string {
	return filepath.Join(b.hub.cfg.Central, p.ID+".json")
}

// rewrite changes a document's birth date.
func (b *bench) rewrite(p people.Person, from, to string) {
	b.t.Helper()
	raw, err := os.ReadFile(b.file(p))
	if err != nil {
		b.t.Fatal(err)
	}
	changed := bytes.ReplaceAll(raw, []byte(`"birthDate":"`+from+`"`), []byte(`"birthDate":"`+to+`"`))
	if bytes.Equal(changed, raw) {
		b.t.Fatal("the document has another birth date; the test tests nothing")
	}
	if err := os.WriteFile(b.file(p), changed, 0o600); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) withdraw(o WithdrawOrder) Withdrawal {
	b.t.Helper()
	o.By = "test"
	done, err := b.hub.WithdrawPerson(b.t.Context(), o)
	if err != nil {
		b.t.Fatalf("withdrawing: %v", err)
	}
	return done
}

// A record that was being sealed for a cohort when its person withdrew is not
// released there, though that cohort never had one.
func TestAWithdrawalBeatsAReleaseUnderWay(t *testing.T) { // R28, R32
	b := newBench(t)
	id, err := b.hub.NewCohort(t.Context(), CohortSpec{Name: "Second team", Category: identity.Trust})
	if err != nil {
		t.Fatal(err)
	}
	second, err := b.hub.cohortOrOnly(id)
	if err != nil {
		t.Fatal(err)
	}
	var drafts []ledger.Draft
	docs := b.offered()
	for i := range docs {
		d, due, err := b.hub.draft(t.Context(), second, &docs[i])
		if err != nil || !due {
			t.Fatalf("due %v: %v", due, err)
		}
		drafts = append(drafts, d)
	}
	if done := b.withdraw(WithdrawOrder{NHS: castMember(t, "gwilym").NHS}); done.Cohorts != 1 || done.Devices != 1 {
		t.Fatalf("ended in %d cohorts, told to %d devices", done.Cohorts, done.Devices)
	}
	released, err := b.hub.releaseAll(t.Context(), drafts)
	if err != nil || released != tapped-1 {
		t.Fatalf("%d of %d released: %v", released, tapped, err)
	}
	b.look()
	if n := b.alive(); n != 2*(tapped-1) {
		t.Fatalf("%d records are in force, %d are due", n, 2*(tapped-1))
	}
}

// A no that comes before the first release holds.
func TestANoBeforeTheFirstRelease(t *testing.T) { // R28
	b := newBench(t)
	var late people.Document
	for doc := range people.Generate(1, 60) {
		if doc.NHS != "" {
			late = doc
		}
	}
	if err := os.WriteFile(filepath.Join(b.hub.cfg.Central, late.ID+".json"), late.JSON, 0o600); err != nil {
		t.Fatal(err)
	}
	b.offered() // the hub has seen it and released nothing of it
	if done := b.withdraw(WithdrawOrder{Document: late.ID + ".json"}); done.Cohorts != 0 {
		t.Fatalf("ended in %d cohorts", done.Cohorts)
	}
	b.look()
	if n := b.alive(); n != tapped {
		t.Fatalf("%d records are in force, %d are due", n, tapped)
	}
	_, err := b.hub.WithdrawPerson(t.Context(), WithdrawOrder{Document: late.ID + ".json", By: "test"})
	if !errors.Is(err, ErrAlready) {
		t.Fatalf("twice: %v", err)
	}
}

// A withdrawn person does not come back because their document names them in
// another way: a birth date that lost its day makes the number uncertain, and a
// corrected one makes an uncertain number certain.
func TestWithdrawnStaysOutUnderAnotherName(t *testing.T) { // R34
	gwilym := castMember(t, "gwilym")
	for name, c := range map[string]struct {
		before, after string
		order         WithdrawOrder
	}{
		"certain, then not":                    {gwilym.Born, gwilym.Born[:4], WithdrawOrder{NHS: gwilym.NHS}},
		"uncertain, by number, then certain":   {gwilym.Born[:4], gwilym.Born, WithdrawOrder{NHS: gwilym.NHS}},
		"uncertain, by document, then certain": {gwilym.Born[:4], gwilym.Born, WithdrawOrder{Document: gwilym.ID + ".json"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBenchWith(t, func(folder string) {
				if c.before == gwilym.Born {
					return
				}
				early := &bench{t: t, hub: &Hub{cfg: Config{Central: folder}}}
				early.rewrite(gwilym, gwilym.Born, c.before)
			})
			if done := b.withdraw(c.order); done.Cohorts != 1 {
				t.Fatalf("ended in %d cohorts", done.Cohorts)
			}
			b.rewrite(gwilym, c.before, c.after)
			b.look()
			if n := b.alive(); n != tapped-1 {
				t.Fatalf("%d records are in force, %d are due", n, tapped-1)
			}
		})
	}
}

// What is entered in the log is carried out, though whoever gave the order has
// gone away.
func TestAnEnteredWithdrawalIsCarriedOut(t *testing.T) { // R28
	b := newBench(t)
	ctx, cancel := context.WithCancel(t.Context())
	b.hub.ledger = cancelling{b.hub.ledger, cancel}
	if _, err := b.hub.WithdrawPerson(ctx, WithdrawOrder{NHS: castMember(t, "gwilym").NHS, By: "test"}); err != nil {
		t.Fatal(err)
	}
	if n := b.alive(); n != tapped-1 {
		t.Fatalf("%d records are in force, %d are due", n, tapped-1)
	}
}

// cancelling ends the caller's context once an item was accepted.
type cancelling struct {
	ledger.Ledger
	cancel func()
}

func (c cancelling) Accept(ctx context.Context, items [][]byte) (ledger.Acceptance, error) {
	defer c.cancel()
	return c.Ledger.Accept(ctx, items)
}
