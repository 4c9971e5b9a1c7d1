package wire

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"satchel/store/canon"
	"satchel/store/fact"
	"satchel/store/identity"
)

// decodeFrame reads one whole frame as a receiver of side from does.
func decodeFrame(frame []byte, from Side) (Message, error) {
	if len(frame) < HeaderSize {
		return nil, errors.New("cut in the header")
	}
	t, size := Header([HeaderSize]byte(frame))
	most, err := Limit(t, from)
	if err != nil {
		return nil, err
	}
	if int(size) > most || int(size) != len(frame)-HeaderSize {
		return nil, fmt.Errorf("%d bytes said, %d come, at most %d", size, len(frame)-HeaderSize, most)
	}
	return Decode(t, frame[HeaderSize:])
}

func TestEveryMessageRoundTrips(t *testing.T) {
	seen := map[Type]bool{}
	for _, m := range messages() {
		frame, err := Encode(m)
		if err != nil {
			t.Fatal(err)
		}
		got, err := decodeFrame(frame, kinds[m.Type()].from)
		if err != nil {
			t.Fatalf("%s: %v", m.Type(), err)
		}
		if !reflect.DeepEqual(got, m) {
			t.Errorf("%s: changed on the way", m.Type())
		}
		seen[m.Type()] = true
	}
	if len(seen) != len(kinds) {
		t.Errorf("%d of %d types were tried", len(seen), len(kinds))
	}
}

func TestAppendAppends(t *testing.T) {
	var stream []byte
	var err error
	for _, m := range messages() {
		if stream, err = Append(stream, m); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range messages() {
		one := must(Encode(m))
		if !bytes.HasPrefix(stream, one) {
			t.Fatalf("%s is not where it was appended", m.Type())
		}
		stream = stream[len(one):]
	}
	kept, err := Append([]byte("kept"), &Clock{})
	if !errors.Is(err, ErrProtocol) || string(kept) != "kept" {
		t.Errorf("a refused message left %q: %v", kept, err)
	}
}

// No bit of a frame can change without the frame being refused or being
// another message's one encoding.
func TestEveryFlippedBitIsRefusedOrReadsBack(t *testing.T) {
	for _, m := range messages() {
		frame := must(Encode(m))
		for bit := range 8 * min(len(frame), 400) {
			bad := slices.Clone(frame)
			bad[bit/8] ^= 1 << (bit % 8)
			got, err := decodeFrame(bad, anybody)
			if err != nil {
				continue
			}
			if again, err := Encode(got); err != nil || !bytes.Equal(again, bad) {
				t.Fatalf("%s, bit %d: accepted, and encodes otherwise (%v)", m.Type(), bit, err)
			}
		}
		for n := range frame {
			if _, err := decodeFrame(frame[:n], anybody); err == nil {
				t.Fatalf("%s: cut after %d bytes and accepted", m.Type(), n)
			}
		}
	}
}

func TestEverySideSaysOnlyItsOwn(t *testing.T) { // I14
	const devices, newcomers = 320 << 10, 1 << 10
	for typ := range 256 {
		for _, side := range []Side{Device, Hub, Newcomer, Registrar} {
			most, err := Limit(Type(typ), side)
			if (err == nil) != (kinds[Type(typ)].from&side != 0) {
				t.Errorf("%s from %s: %v", Type(typ), side, err)
			}
			if err != nil && (most != 0 || !errors.Is(err, ErrProtocol)) {
				t.Errorf("%s from %s: refused as %v with room for %d", Type(typ), side, err, most)
			}
			// What a hostile peer can make the hub hold is small.
			if side == Device && most > devices || side == Newcomer && most > newcomers {
				t.Errorf("%s from %s may have %d bytes", Type(typ), side, most)
			}
		}
	}
	if _, err := Limit(200, Hub); err == nil || !strings.Contains(err.Error(), "message type 200 is not known to version 1") {
		t.Errorf("an unknown type is not refused by name: %v", err)
	}
	if _, err := Decode(200, []byte{0xa0}); !errors.Is(err, ErrProtocol) || !strings.Contains(err.Error(), "message type 200") {
		t.Errorf("an unknown type is not refused by name: %v", err)
	}
}

func TestAnotherVersionIsRefusedByName(t *testing.T) {
	type future struct {
		Version uint64            `cbor:"1,keyasint"`
		Mood    string            `cbor:"2,keyasint"`
		More    map[string]uint64 `cbor:"99,keyasint"`
	}
	for _, typ := range []Type{TypeHello, TypeHubHello, TypeEnrolRequest} {
		payload := must(canon.Marshal(future{Version: 2, Mood: "new", More: map[string]uint64{"x": 1}}))
		_, err := Decode(typ, payload)
		if !errors.Is(err, ErrVersion) || !strings.Contains(err.Error(), "version 2") {
			t.Errorf("%s of a later version, other fields: %v", typ, err)
		}
		payload = must(canon.Marshal(future{Version: Version, Mood: "new"}))
		if _, err := Decode(typ, payload); !errors.Is(err, ErrProtocol) {
			t.Errorf("%s of this version, other fields: %v", typ, err)
		}
	}
	h := hello()
	h.Version = 3
	if _, err := Decode(TypeHello, must(canon.Marshal(h))); !errors.Is(err, ErrVersion) || !strings.Contains(err.Error(), "version 3") {
		t.Errorf("hello of version 3, same fields: %v", err)
	}
	if _, err := Encode(h); !errors.Is(err, ErrVersion) {
		t.Errorf("this version writes hello of version 3: %v", err)
	}
}

func TestNonsenseIsNeitherWrittenNorRead(t *testing.T) {
	for name, m := range nonsenseMessages() {
		if _, err := Encode(m); !errors.Is(err, ErrProtocol) {
			t.Errorf("%s is written: %v", name, err)
		}
		if _, err := Decode(m.Type(), must(canon.Marshal(m))); !errors.Is(err, ErrProtocol) {
			t.Errorf("%s is read: %v", name, err)
		}
	}
}

func nonsenseMessages() map[string]Message {
	twice := hello()
	twice.Cursors = append(twice.Cursors, twice.Cursors[0])
	twiceG, twiceK, kind := hello(), hello(), hello()
	twiceG.Governance = append(twiceG.Governance, twiceG.Governance[0])
	twiceK.KeyEpochs = append(twiceK.KeyEpochs, twiceK.KeyEpochs[0])
	kind.Kind = "phone"
	out := map[string]Message{
		"hello with a cursor twice":       twice,
		"hello with a governance twice":   twiceG,
		"hello with a key epoch twice":    twiceK,
		"hello of an unknown kind":        kind,
		"acknowledgement naming twice":    &BarrierAck{Governance: []CohortPoint{{}, {}}},
		"clock without a time":            &Clock{},
		"have naming a chain twice":       &Have{[]Origin{{device, 1, 2}, {device, 1, 3}}},
		"done without a phase":            &Done{},
		"done with the hello":             &Done{Phase: PhaseHello},
		"done after the last phase":       &Done{Phase: 6},
		"revoked after the barrier":       &Done{PhaseKeys, true},
		"error without a code":            &Error{},
		"error with a long detail":        &Error{1, strings.Repeat("x", MaxDetail+1)},
		"error with a line break":         &Error{1, "a\nb"},
		"empty run":                       &ChainRun{},
		"empty freshness":                 &Fresh{},
		"empty keys":                      &Keys{},
		"empty receipt":                   &Receipt{},
		"empty item":                      &Item{},
		"empty checkpoint":                &Checkpoint{},
		"record without content":          &Record{Wrap: []byte{1}},
		"record without a wrap":           &Record{Raw: []byte{1}},
		"hub hello without certificate":   &HubHello{Version: Version},
		"answer without a state":          &EnrolAnswer{},
		"answer of an unknown state":      &EnrolAnswer{State: 4},
		"refusal without a reason":        &EnrolAnswer{State: Refused},
		"approval with a reason":          &EnrolAnswer{State: Approved, Reason: 1, Membership: []byte{1}},
		"approval without membership":     &EnrolAnswer{State: Approved},
		"waiting with membership":         &EnrolAnswer{State: Waiting, Membership: []byte{1}},
		"waiting with a credential":       &EnrolAnswer{State: Waiting, Credential: []byte{1}},
		"refusal with cohorts":            &EnrolAnswer{State: Refused, Reason: 1, Cohorts: []identity.CohortID{cohort}},
		"approval naming a cohort twice":  &EnrolAnswer{State: Approved, Membership: []byte{1}, Cohorts: []identity.CohortID{cohort, cohort}},
		"request with a short key":        changed(func(r *EnrolRequest) { r.Sign = r.Sign[:31] }),
		"request without a name":          changed(func(r *EnrolRequest) { r.Name = "" }),
		"request with a long name":        changed(func(r *EnrolRequest) { r.Name = strings.Repeat("x", MaxName+1) }),
		"request of an unknown kind":      changed(func(r *EnrolRequest) { r.Kind = "phone" }),
		"request of a fifth category":     changed(func(r *EnrolRequest) { r.Category = "council" }),
		"request of a box with a person":  changed(func(r *EnrolRequest) { r.Kind, r.Keys = identity.Box, [32]byte{} }),
		"request of a box with a key":     changed(func(r *EnrolRequest) { r.Kind, r.First = identity.Box, nil }),
		"request with an unknown role":    changed(func(r *EnrolRequest) { r.First.Role = "root" }),
		"request of a nameless person":    changed(func(r *EnrolRequest) { r.First.Name = "" }),
		"request of a person with a book": changed(func(r *EnrolRequest) { r.First.Name = strings.Repeat("x", MaxName+1) }),
		"request of a person nowhere":     changed(func(r *EnrolRequest) { r.First.Slot = identity.SlotID{} }),
	}
	return out
}

func changed(f func(*EnrolRequest)) *EnrolRequest {
	r := request()
	f(r)
	return r
}

func TestLimitsHoldWhatIsDue(t *testing.T) {
	h := hello()
	h.Governance, h.KeyEpochs, h.Cursors = nil, nil, nil
	ack := &BarrierAck{Membership: h.Membership.Point}
	big := fact.Point{N: math.MaxUint64, Hash: [32]byte{1}}
	for i := range MaxCohorts {
		c := identity.CohortID{byte(i), 1}
		h.Governance = append(h.Governance, CohortAt{c, big, h.Membership.Head})
		h.KeyEpochs = append(h.KeyEpochs, KeyEpoch{c, math.MaxUint64})
		h.Cursors = append(h.Cursors, Cursor{c, math.MaxUint64, math.MaxUint64})
		ack.Governance = append(ack.Governance, CohortPoint{c, big})
	}
	have := &Have{}
	for i := range MaxOrigins {
		have.Origins = append(have.Origins, Origin{identity.DeviceID{byte(i), byte(i >> 8)}, math.MaxUint64, math.MaxUint64})
	}
	full := []Message{
		h, ack, have,
		&Checkpoint{make([]byte, maxNote), make([][32]byte, MaxProof)},
		&Item{make([]byte, MaxItem)},
		&ChainRun{make([]byte, fact.MaxRunBytes)},
		&Keys{make([]byte, fact.MaxKeySet+128)},
		&Record{make([]byte, fact.MaxRecord), make([]byte, maxWrap)},
		&HubHello{Version, make([]byte, maxCertificate)},
		&Error{math.MaxUint16, strings.Repeat("x", MaxDetail)},
		changed(func(r *EnrolRequest) {
			r.Name, r.First.Name = strings.Repeat("x", MaxName), strings.Repeat("y", MaxName)
		}),
	}
	for _, m := range full {
		frame, err := Encode(m)
		if err != nil {
			t.Errorf("%s, full: %v", m.Type(), err)
			continue
		}
		if _, err := decodeFrame(frame, kinds[m.Type()].from); err != nil {
			t.Errorf("%s, full: %v", m.Type(), err)
		}
	}
	h.Cursors = append(h.Cursors, Cursor{})
	have.Origins = append(have.Origins, Origin{})
	for _, m := range []Message{
		h, have, &Item{make([]byte, MaxItem+heads)}, &Record{make([]byte, fact.MaxRecord+heads), make([]byte, maxWrap)},
		&Checkpoint{make([]byte, 1), make([][32]byte, MaxProof+1)},
	} {
		if _, err := Encode(m); !errors.Is(err, canon.ErrLimit) {
			t.Errorf("%s, one too many: %v", m.Type(), err)
		}
	}
}

func TestCodesGoBothWays(t *testing.T) {
	seen := map[Code]bool{}
	for _, c := range codes {
		if seen[c.code] || c.code == 0 {
			t.Errorf("code %d stands twice, or is 0", c.code)
		}
		seen[c.code] = true
		m, ok := ErrorFor(fmt.Errorf("opening session: %w", c.err))
		if !ok || m.Code != c.code || m.Detail != "" {
			t.Errorf("%v: code %d, detail %q", c.err, m.Code, m.Detail)
		}
		got, err := decodeFrame(must(Encode(m)), Hub)
		if err != nil || !errors.Is(got.(*Error).Err(), c.err) {
			t.Errorf("%v does not come through: %v", c.err, err)
		}
		if refused := (&EnrolAnswer{State: Refused, Reason: c.code}).Err(); !errors.Is(refused, c.err) {
			t.Errorf("%v as a refusal is %v", c.err, refused)
		}
	}
	if _, ok := ErrorFor(errors.New("disk full")); ok {
		t.Error("an error of this side's own was told to the peer")
	}
	if err := (&Error{Code: 999, Detail: "later"}).Err(); !errors.Is(err, ErrProtocol) || !strings.Contains(err.Error(), "error code 999") || !strings.Contains(err.Error(), "later") {
		t.Errorf("an unknown code: %v", err)
	}
	if answer().Err() != nil || (&EnrolAnswer{State: Waiting}).Err() != nil {
		t.Error("no refusal, and an error")
	}
}

func TestHaveTellsChainsApart(t *testing.T) {
	h := &Have{[]Origin{{device, 1, 40}, {device, 2, 3}}}
	if h.UpTo(device, 1) != 40 || h.UpTo(device, 2) != 3 || h.UpTo(device, 3) != 0 || h.UpTo(identity.DeviceID{}, 1) != 0 {
		t.Error("the wrong origin's word")
	}
}

func TestSecretNeverPrints(t *testing.T) { // P12
	r := request()
	for i := range r.Secret {
		r.Secret[i] = 0xab
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "r", r, "v", *r)
	out := fmt.Sprintf("%v %+v %#v %s %x %d %q %v", r, r, r, r, r, r, r, *r) + log.String()
	for _, secret := range []string{"abab", "171", "Sam"} {
		if strings.Contains(out, secret) {
			t.Errorf("an enrolment request prints %q", secret)
		}
	}
	if !strings.Contains(out, device.String()) {
		t.Error("an enrolment request does not say whose it is")
	}
}

func TestErrorsHoldNoContent(t *testing.T) {
	r := changed(func(r *EnrolRequest) { r.First.Name, r.First.Role = "Zebedee", "root" })
	_, err := Decode(TypeEnrolRequest, must(canon.Marshal(r)))
	if err == nil || strings.Contains(err.Error(), "Zebedee") {
		t.Errorf("%v", err)
	}
}

// FuzzDecode: whatever is accepted encodes to itself.
func FuzzDecode(f *testing.F) {
	for _, m := range messages() {
		frame := must(Encode(m))
		f.Add(frame[4], frame[HeaderSize:])
	}
	f.Fuzz(func(t *testing.T, typ byte, payload []byte) {
		m, err := Decode(Type(typ), slices.Clone(payload))
		if err != nil {
			if !errors.Is(err, ErrProtocol) && !errors.Is(err, ErrVersion) {
				t.Fatalf("refused without a word for the peer: %v", err)
			}
			return
		}
		frame, err := Encode(m)
		if err != nil || frame[4] != typ || !bytes.Equal(frame[HeaderSize:], payload) {
			t.Fatalf("%s: accepted, and encodes otherwise: %v", Type(typ), err)
		}
	})
}

// FuzzRecordAgrees holds the reader made for records to store/canon's.
func FuzzRecordAgrees(f *testing.F) {
	for _, r := range []Record{{must(record().Raw()), must(wrap().Raw())}, {}, {Raw: make([]byte, 23)}, {Raw: make([]byte, 24), Wrap: make([]byte, 256)}} {
		f.Add(must(canon.Marshal(r)))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		var want Record
		wantErr := canon.Unmarshal(payload, &want, recordLimits)
		got, err := scanRecord(payload)
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("here %v, canon %v", err, wantErr)
		}
		if err == nil && (!bytes.Equal(got.Raw, want.Raw) || !bytes.Equal(got.Wrap, want.Wrap)) {
			t.Fatal("another record than canon's")
		}
	})
}

func TestRecordHeadsAtEveryWidth(t *testing.T) {
	for _, n := range []int{1, 23, 24, 255, 256, 65535, 65536, 1 << 20} {
		m := &Record{Raw: make([]byte, n), Wrap: make([]byte, 1+n%4000)}
		frame := must(Encode(m))
		if want := must(canon.Marshal(m, recordLimits)); !bytes.Equal(frame[HeaderSize:], want) {
			t.Errorf("%d bytes: another encoding than canon's", n)
		}
		if got, err := decodeFrame(frame, Hub); err != nil || !reflect.DeepEqual(got, m) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

func BenchmarkRecord(b *testing.B) {
	m := &Record{Raw: make([]byte, 12_500), Wrap: must(wrap().Raw())}
	var buf []byte
	b.SetBytes(12_500)
	for b.Loop() {
		var err error
		if buf, err = Append(buf[:0], m); err != nil {
			b.Fatal(err)
		}
		if _, err := Decode(TypeRecord, buf[HeaderSize:]); err != nil {
			b.Fatal(err)
		}
	}
}
