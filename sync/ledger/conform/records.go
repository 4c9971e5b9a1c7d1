package conform

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/sync/ledger"
)

// streamed is a record as a device takes it.
type streamed struct {
	fact.RecordHeader
	content string
}

// since takes a stream as a device does: every record verified, every wrap
// fitting, revisions ascending.
func (b *bench) since(c identity.CohortID, after uint64) (out []streamed, rev uint64) {
	b.t.Helper()
	rev, err := b.Since(b.t.Context(), c, after, func(s ledger.Stored) error {
		r, err := fact.OpenRecord(b.hub, s.Record)
		if err != nil {
			return err
		}
		w, err := fact.DecodeWrap(s.Wrap)
		if err != nil {
			return err
		}
		h := r.Header.Value
		switch {
		case !w.Fits(h):
			b.t.Errorf("the wrap at revision %d is another record's", h.Rev)
		case h.PID != s.PID || h.Epoch != s.Epoch || h.Ver != s.Ver || h.Rev != s.Rev || w.KeyEpoch != s.KeyEpoch:
			b.t.Errorf("revision %d is announced as something else", h.Rev)
		case h.Cohort != c || h.Rev <= after || (len(out) > 0 && h.Rev <= out[len(out)-1].Rev):
			b.t.Errorf("revision %d is out of place", h.Rev)
		}
		out = append(out, streamed{h, string(r.Ciphertext)})
		return nil
	})
	must(b.t, err)
	if len(out) > 0 && out[len(out)-1].Rev > rev {
		b.t.Errorf("revision %d is beyond the stream's own %d", out[len(out)-1].Rev, rev)
	}
	return out, rev
}

func revs(records []streamed) []uint64 {
	var out []uint64
	for _, r := range records {
		out = append(out, r.Rev)
	}
	return out
}

func testRelease(t *testing.T, b *bench) {
	ctx := t.Context()
	one, other := b.cohort(), b.cohort()
	pid := newPID()
	first := b.draft(one, pid, 1, 1)
	first.Withheld = true
	headers := b.release(first, b.draft(other, pid, 1, 1), b.draft(one, newPID(), 4, 1), b.draft(one, pid, 1, 2))
	wantRevs := []uint64{1, 1, 2, 3}
	for i, h := range headers {
		if h.Rev != wantRevs[i] || h.Incarnation != 1 || h.Released == 0 {
			t.Errorf("draft %d became revision %d of incarnation %d", i, h.Rev, h.Incarnation)
		}
	}
	if h := headers[0]; h.Commitment != first.Commitment || h.Source != first.Source || h.NotAfter != first.NotAfter || !h.Withheld {
		t.Error("the header is not the draft's")
	}
	p, err := b.Patient(ctx, one, pid)
	must(t, err)
	if !p.Released || p.Missing || p.Epoch != 1 || p.Ver != 2 || p.Rev != 3 || p.Source != headers[3].Source {
		t.Errorf("the patient stands at %+v", p)
	}
	at, err := b.Cohort(ctx, one)
	must(t, err)
	if at.Rev != 3 || at.Records != 2 {
		t.Errorf("the cohort stands at revision %d with %d patients, want 3 and 2", at.Rev, at.Records)
	}
	// More than one batch, and a record too large for a batch of its own kind.
	var many []ledger.Draft
	for range 1300 {
		many = append(many, b.draft(other, newPID(), 1, 1))
	}
	many[700].Ciphertext = make([]byte, 9<<20)
	headers = b.release(many...)
	for i, h := range headers {
		if h.Rev != uint64(i)+2 {
			t.Fatalf("draft %d became revision %d", i, h.Rev)
		}
	}
	if got, _ := b.since(other, 0); len(got) != 1301 {
		t.Errorf("%d records in the stream, want 1301", len(got))
	}
}

func testReleaseRefusals(t *testing.T, b *bench) {
	c := b.cohort()
	known, dead := newPID(), newPID()
	b.release(b.draft(c, known, 2, 1), b.draft(c, dead, 1, 1))
	b.kill(c, dead, 2)
	alter := func(change func(*ledger.Draft)) ledger.Draft {
		d := b.draft(c, newPID(), 1, 1)
		change(&d)
		return d
	}
	for name, row := range map[string]struct {
		draft ledger.Draft
		want  error
	}{
		"a killed epoch":         {b.draft(c, dead, 1, 2), ledger.ErrDead},
		"a version too low":      {b.draft(c, known, 2, 1), ledger.ErrVersion},
		"an epoch below":         {b.draft(c, known, 1, 2), ledger.ErrVersion},
		"a cohort without a key": {b.draft(identity.Random[identity.CohortID](), known, 1, 1), ledger.ErrDraft},
		"no cohort":              {b.draft(identity.CohortID{}, known, 1, 1), ledger.ErrDraft},
		"no patient":             {b.draft(c, identity.PID{}, 1, 1), ledger.ErrDraft},
		"no epoch":               {b.draft(c, newPID(), 0, 1), ledger.ErrDraft},
		"a key epoch to come":    {alter(func(d *ledger.Draft) { d.Wrap.KeyEpoch = 2 }), ledger.ErrDraft},
		"no content":             {alter(func(d *ledger.Draft) { d.Ciphertext = nil }), ledger.ErrDraft},
		"no wrap":                {alter(func(d *ledger.Draft) { d.Wrap.Box = nil }), ledger.ErrDraft},
		"a life that has ended":  {alter(func(d *ledger.Draft) { d.NotAfter = 1 }), ledger.ErrDraft},
	} {
		headers, err := b.Release(t.Context(), []ledger.Draft{row.draft})
		if !errors.Is(err, row.want) || len(headers) != 0 {
			t.Errorf("%s: %d released, error %v, want %v", name, len(headers), err, row.want)
		}
	}
	at, err := b.Cohort(t.Context(), c)
	must(t, err)
	if at.Rev != 2 {
		t.Errorf("refused drafts moved the revision to %d", at.Rev)
	}
	b.release(b.draft(c, dead, 2, 2)) // a new release opens the next epoch
	b.release(b.draft(c, known, 2, 2), b.draft(c, known, 3, 3))
	// A restored hub goes above what devices offer back (protocol, rule 2).
	b.release(b.draft(c, known, 7, 20), b.draft(c, newPID(), 1, 9))
	p, err := b.Patient(t.Context(), c, known)
	must(t, err)
	if epoch, ver := p.Next(); epoch != 7 || ver != 21 {
		t.Errorf("next is %d.%d, want 7.21", epoch, ver)
	}
}

func testReleaseStops(t *testing.T, b *bench) {
	c := b.cohort()
	var drafts []ledger.Draft
	for range 1000 {
		drafts = append(drafts, b.draft(c, newPID(), 1, 1))
	}
	drafts[700].Wrap.PID = drafts[0].Wrap.PID
	headers, err := b.Release(t.Context(), drafts)
	wantErr(t, err, ledger.ErrVersion)
	if e, ok := errors.AsType[*ledger.DraftError](err); !ok || e.Draft != 700 {
		t.Errorf("the error names %v, want draft 700", err)
	}
	b.reopen()
	at, err := b.Cohort(t.Context(), c)
	must(t, err)
	if len(headers) != 700 || at.Rev != 700 || at.Records != 700 {
		t.Errorf("%d released, revision %d, %d records: want 700 of each", len(headers), at.Rev, at.Records)
	}
}

func testSince(t *testing.T, b *bench) {
	c := b.cohort()
	if got, rev := b.since(c, 0); len(got) != 0 || rev != 0 {
		t.Errorf("an empty cohort streams %d records at %d", len(got), rev)
	}
	if got, rev := b.since(identity.Random[identity.CohortID](), 7); len(got) != 0 || rev != 0 {
		t.Errorf("an unknown cohort streams %d records at %d", len(got), rev)
	}
	pids := []identity.PID{newPID(), newPID(), newPID(), newPID()}
	var drafts []ledger.Draft
	for _, p := range pids {
		drafts = append(drafts, b.draft(c, p, 1, 1))
	}
	b.release(drafts...)
	second := b.draft(c, pids[1], 1, 2)
	b.release(second)
	b.kill(c, pids[2], 2)
	check := func() {
		t.Helper()
		got, rev := b.since(c, 0)
		if !slices.Equal(revs(got), []uint64{1, 4, 5}) || rev != 5 {
			t.Fatalf("streamed %v at %d, want 1 4 5 at 5: only the newest of the living", revs(got), rev)
		}
		if got[2].content != string(second.Ciphertext) {
			t.Error("the newest version has another's content")
		}
		for after, want := range map[uint64][]uint64{1: {4, 5}, 4: {5}, 5: nil, 99: nil} {
			if got, _ := b.since(c, after); !slices.Equal(revs(got), want) {
				t.Errorf("after %d: %v, want %v", after, revs(got), want)
			}
		}
	}
	check()
	b.reopen()
	check()

	stop := errors.New("the device went away")
	n := 0
	_, err := b.Since(t.Context(), c, 0, func(ledger.Stored) error { n++; return stop })
	wantErr(t, err, stop)
	if n != 1 {
		t.Errorf("the stream went on for %d records after an error", n)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = b.Since(ended, c, 0, func(ledger.Stored) error { return nil })
	wantErr(t, err, context.Canceled)
}

// What a stream began with it ends with, whatever is released meanwhile.
func testSinceSnapshot(t *testing.T, b *bench) {
	c := b.cohort()
	var pids []identity.PID
	var drafts []ledger.Draft
	for range 300 {
		pids = append(pids, newPID())
		drafts = append(drafts, b.draft(c, pids[len(pids)-1], 1, 1))
	}
	b.release(drafts...)
	var got []uint64
	rev, err := b.Since(t.Context(), c, 0, func(s ledger.Stored) error {
		if got = append(got, s.Rev); len(got) == 10 {
			var again []ledger.Draft
			for _, p := range pids {
				again = append(again, b.draft(c, p, 1, 2))
			}
			again = append(again, b.draft(c, newPID(), 1, 1))
			b.release(again...)
		}
		if s.Ver != 1 {
			t.Errorf("version %d of a later moment", s.Ver)
		}
		_, err := fact.OpenRecord(b.hub, s.Record)
		return err
	})
	must(t, err)
	if len(got) != 300 || rev != 300 {
		t.Errorf("%d records at revision %d, want 300 at 300", len(got), rev)
	}
	if after, rev := b.since(c, rev); len(after) != 301 || rev != 601 {
		t.Errorf("then %d records at %d, want 301 at 601: nothing between two streams is lost", len(after), rev)
	}
}

// I2: after a kill returned, no stream yields the record, also one that began
// before it.
func testKilledNeverStreamed(t *testing.T, b *bench) {
	c := b.cohort()
	var pids []identity.PID
	for range 50 {
		pids = append(pids, newPID())
		b.release(b.draft(c, pids[len(pids)-1], 1, 1))
	}
	n := 0
	_, err := b.Since(t.Context(), c, 0, func(s ledger.Stored) error {
		if n++; n == 5 {
			var all []ledger.Governing
			for _, p := range pids[5:] {
				all = append(all, kill(c, p, 2))
			}
			b.commit(ledger.Change{Governance: all})
		}
		if n > 5 {
			t.Errorf("revision %d was streamed after its kill had returned", s.Rev)
		}
		return nil
	})
	must(t, err)
	b.reopen()
	if got, _ := b.since(c, 0); len(got) != 5 {
		t.Errorf("%d records after the kill, want 5", len(got))
	}
	b.release(b.draft(c, pids[40], 2, 2))
	if got, _ := b.since(c, 0); len(got) != 6 || got[5].PID != pids[40] || got[5].Epoch != 2 {
		t.Error("a release of the next epoch does not stream")
	}
	b.kill(c, pids[40], 2) // an old kill again: it ends what is below epoch 2 only
	if got, _ := b.since(c, 0); len(got) != 6 {
		t.Error("an old kill ended a newer epoch")
	}
}

// Releases and kills of the same patients at once: whatever the order, nothing
// of a killed epoch is in the stream at the end.
func testKillRace(t *testing.T, b *bench) {
	c := b.cohort()
	pids := make([]identity.PID, 40)
	for i := range pids {
		pids[i] = newPID()
	}
	var wg sync.WaitGroup
	var stop atomic.Bool
	wg.Go(func() {
		for !stop.Load() {
			for _, p := range pids {
				at, err := b.Patient(background(), c, p)
				if err != nil {
					t.Error(err)
					return
				}
				epoch, ver := at.Next()
				_, err = b.Release(background(), []ledger.Draft{b.draft(c, p, epoch, ver)})
				if err != nil && !errors.Is(err, ledger.ErrDead) {
					t.Error(err)
					return
				}
			}
		}
	})
	for epoch := uint64(2); epoch < 5; epoch++ {
		for _, p := range pids {
			b.kill(c, p, epoch)
			_, err := b.Since(background(), c, 0, func(s ledger.Stored) error {
				if s.PID == p && s.Epoch < epoch {
					t.Errorf("epoch %d was streamed after the kill below %d", s.Epoch, epoch)
				}
				return nil
			})
			must(t, err)
		}
	}
	stop.Store(true)
	wg.Wait()
	b.reopen()
	got, _ := b.since(c, 0)
	for _, r := range got {
		if r.Epoch < 4 {
			t.Errorf("epoch %d of a patient killed below 4 is in the stream", r.Epoch)
		}
	}
}
