package audit

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"satchel/store/identity"
)

func readEntry() Entry {
	return Entry{
		Kind: KindRead, Slot: identity.SlotID{1}, Person: "555012345109", Role: identity.Paramedic, Category: identity.Ambulance, Body: "RRU",
		Purpose: PurposeDirectCare, Decision: "permit.incident", Cohort: identity.CohortID{2}, PID: identity.PID{3}, Epoch: 1,
		Handle: identity.Handle{4}, Version: 7, Record: [32]byte{5}, Sections: []string{"48765-2", "10160-0"},
		Governance: []Governed{{Cohort: identity.CohortID{2}, Incarnation: 1, N: 12, Hash: [32]byte{6}}}, From: 10, Until: 20, App: "1.0.0",
	}
}

func TestEntryRoundTrip(t *testing.T) {
	for _, e := range []Entry{
		readEntry(),
		{Kind: KindStarted, App: "1.0.0"},
		{Kind: KindUnlockRefused, Slot: identity.SlotID{1}, Decision: "training-lapsed", Outcome: OutcomeRefused, Count: 3},
		{Kind: KindBreakGlass, Slot: identity.SlotID{1}, PID: identity.PID{1}, Cohort: identity.CohortID{1}, Purpose: PurposeDirectCare, Exception: ExceptionSafety, Reason: "unconscious\nno other source", Until: 99},
		{Kind: KindPurged, Rows: []Gone{{identity.CohortID{1}, identity.PID{2}, 3}}, Turned: true},
		{Kind: KindOrder, Person: "555012345109", Decision: "revoke", Peer: identity.DeviceID{9}}, // R56
		{Kind: KindOrder, Person: "555012345109", Decision: "withdraw:erasure", Count: 2},
		{Kind: KindNote, Slot: identity.SlotID{1}, PID: identity.PID{1}, Cohort: identity.CohortID{1}, Writing: []byte("{}"), Ref: Ref{identity.DeviceID{1}, 4}},
	} {
		b, err := e.Encode()
		if err != nil {
			t.Errorf("%v: %v", e, err)
			continue
		}
		got, err := DecodeEntry(b)
		if err != nil {
			t.Errorf("%v: %v", e, err)
			continue
		}
		again, err := got.Encode()
		if err != nil || !bytes.Equal(again, b) {
			t.Errorf("%v: encodes differently", e)
		}
	}
}

func TestEntryRefuses(t *testing.T) {
	for name, change := range map[string]func(e *Entry){
		"unknown kind":           func(e *Entry) { e.Kind = "peek" },
		"nobody":                 func(e *Entry) { e.Slot = identity.SlotID{} },
		"no patient":             func(e *Entry) { e.PID = identity.PID{} },
		"no purpose":             func(e *Entry) { e.Purpose = "" }, // R1
		"purpose not on list":    func(e *Entry) { e.Purpose = "curiosity" },
		"exception not on list":  func(e *Entry) { e.Exception = "in-a-hurry" }, // R23
		"rows in a read":         func(e *Entry) { e.Rows = []Gone{{}} },
		"writing in a read":      func(e *Entry) { e.Writing = []byte("x") },
		"role not on list":       func(e *Entry) { e.Role = "wizard" },
		"category not on list":   func(e *Entry) { e.Category = "insurer" },
		"outcome 5":              func(e *Entry) { e.Outcome = 5 },
		"decision is text":       func(e *Entry) { e.Decision = "has chest pain" },
		"section is text":        func(e *Entry) { e.Sections = []string{"sore leg"} },
		"person is a name":       func(e *Entry) { e.Person = "Ann Other" },
		"too many sections":      func(e *Entry) { e.Sections = make([]string, maxSections+1) },
		"reason too long":        func(e *Entry) { e.Reason = strings.Repeat("x", maxReason+1) },
		"control character":      func(e *Entry) { e.Reason = "a\x1b[2J" },
		"direction override":     func(e *Entry) { e.Reason = "a\u202eb" },
		"negative time":          func(e *Entry) { e.From = -1 },
		"reference to number 0":  func(e *Entry) { e.Ref.Device = identity.DeviceID{1} },
		"break-glass, no reason": func(e *Entry) { e.Kind, e.Exception = KindBreakGlass, ExceptionLaw }, // R24
		"break-glass, no code":   func(e *Entry) { e.Kind, e.Reason = KindBreakGlass, "asleep" },
		"self-claim, no reason":  func(e *Entry) { e.Kind = KindSelfClaim },                                                    // R7
		"order from a slot":      func(e *Entry) { *e = Entry{Kind: KindOrder, Decision: "revoke", Slot: identity.SlotID{1}} }, // the hub has none
		"order with words":       func(e *Entry) { *e = Entry{Kind: KindOrder, Decision: "revoke", Reason: "lost"} },
		"order that is no code":  func(e *Entry) { *e = Entry{Kind: KindOrder, Decision: "revoke it"} },
		"search for a patient":   func(e *Entry) { e.Kind = KindSearch },
	} {
		e := readEntry()
		change(&e)
		if _, err := e.Encode(); !errors.Is(err, ErrEntry) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Every kind can be made, and every field that its shape demands is demanded.
func TestEntryShapes(t *testing.T) {
	for kind, s := range shapes {
		full := Entry{Kind: kind}
		set := func(n need, do func(e *Entry)) {
			if n == must {
				do(&full)
			}
		}
		fields := []struct {
			n  need
			do func(e *Entry)
			un func(e *Entry)
		}{
			{s.person, func(e *Entry) { e.Slot = identity.SlotID{1} }, func(e *Entry) { e.Slot = identity.SlotID{} }},
			{s.patient, func(e *Entry) { e.PID, e.Cohort = identity.PID{1}, identity.CohortID{1} }, func(e *Entry) { e.PID = identity.PID{} }},
			{s.purpose, func(e *Entry) { e.Purpose = PurposeDiagnosis }, func(e *Entry) { e.Purpose = "" }},
			{s.exception, func(e *Entry) { e.Exception = ExceptionLaw }, func(e *Entry) { e.Exception = "" }},
			{s.reason, func(e *Entry) { e.Reason = "why" }, func(e *Entry) { e.Reason = "" }},
			{s.rows, func(e *Entry) { e.Rows = []Gone{{}} }, func(e *Entry) { e.Rows = nil }},
			{s.writing, func(e *Entry) { e.Writing = []byte("w") }, func(e *Entry) { e.Writing = nil }},
			{s.peer, func(e *Entry) { e.Peer = identity.DeviceID{1} }, func(e *Entry) { e.Peer = identity.DeviceID{} }},
		}
		for _, f := range fields {
			set(f.n, f.do)
		}
		if err := full.Check(); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		for i, f := range fields {
			e := full
			switch f.n {
			case must:
				f.un(&e)
			case never:
				f.do(&e)
			case may:
				continue
			}
			if err := e.Check(); !errors.Is(err, ErrEntry) {
				t.Errorf("%s, field %d: %v", kind, i, err)
			}
		}
	}
}

func TestEntryHidesItself(t *testing.T) {
	e := readEntry()
	e.Reason, e.Person = "Marker-Reason", "Marker-Person"
	var text bytes.Buffer
	fmt.Fprintf(&text, "%v %+v %#v %s %q %x %d", e, e, e, e, e, e, &e)
	slog.New(slog.NewJSONHandler(&text, nil)).Info("x", "e", e, "p", &e)
	e.Decision = "Marker with spaces"
	if err := e.Check(); err != nil {
		text.WriteString(err.Error())
	}
	for _, leak := range []string{"Marker", "48765", e.PID.String(), "4d61726b"} {
		if strings.Contains(text.String(), leak) {
			t.Errorf("shows %q", leak)
		}
	}
	if !strings.Contains(text.String(), "[audit entry read]") {
		t.Error("does not say what it is")
	}
}

func FuzzDecodeEntry(f *testing.F) {
	for _, e := range []Entry{readEntry(), {Kind: KindStarted}, {Kind: KindPurged, Rows: []Gone{{}}}} {
		b, err := e.Encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := DecodeEntry(b)
		if err != nil {
			return
		}
		if again, err := e.Encode(); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("accepted %x, encodes as %x (%v)", b, again, err)
		}
	})
}
