package wire

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"satchel/store/audit"
	"satchel/store/canon"
	"satchel/store/fact"
)

// The vectors are frozen: -write adds the files that are missing and never
// changes one. A reader in another language needs these files, the public keys
// in them, and sync/PROTOCOL.md.
var write = flag.Bool("write", false, "add missing vectors to testdata/vectors")

// vector is one frame and the one outcome that is due.
type vector struct {
	name   string
	about  string
	from   Side   // who sends it
	expect string // a word of outcome
	frame  []byte
}

func TestVectors(t *testing.T) {
	drawn := map[string]vector{}
	for _, v := range vectors() {
		if _, twice := drawn[v.name]; twice {
			t.Fatalf("two vectors are named %s", v.name)
		}
		drawn[v.name] = v
		path := filepath.Join("testdata", "vectors", v.name+".txt")
		if _, err := os.Stat(path); *write && errors.Is(err, os.ErrNotExist) {
			if err := os.WriteFile(path, []byte(v.text()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	files, err := filepath.Glob(filepath.Join("testdata", "vectors", "*.txt"))
	if err != nil || len(files) < len(drawn) {
		t.Fatalf("%d files for %d vectors: %v", len(files), len(drawn), err)
	}
	for _, path := range files {
		name := strings.TrimSuffix(filepath.Base(path), ".txt")
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		v, err := readVector(name, string(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := outcome(v.frame, v.from); got != v.expect {
			t.Errorf("%s (%s): %s, expected %s", name, v.about, got, v.expect)
		}
		// What this version writes today is what it wrote when it was frozen.
		if today, ok := drawn[name]; ok && today.text() != string(text) {
			t.Errorf("%s: the same values have other bytes than the frozen ones", name)
		}
	}
}

func (v vector) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "about: %s\nfrom: %s\nhub: %x\nroot: %x\ndevice: %x\nexpect: %s\nframe:\n", v.about, v.from, hubPub, rootPub, devicePub, v.expect)
	for rest := hex.EncodeToString(v.frame); rest != ""; {
		n := min(len(rest), 80)
		fmt.Fprintln(&b, rest[:n])
		rest = rest[n:]
	}
	return b.String()
}

func readVector(name, text string) (vector, error) {
	head, body, ok := strings.Cut(text, "\nframe:\n")
	v := vector{name: name}
	if !ok {
		return v, errors.New("no frame")
	}
	for line := range strings.SplitSeq(head, "\n") {
		key, value, _ := strings.Cut(line, ": ")
		switch key {
		case "about":
			v.about = value
		case "expect":
			v.expect = value
		case "from":
			for _, s := range []Side{Device, Hub, Newcomer, Registrar} {
				if s.String() == value {
					v.from = s
				}
			}
		case "hub", "root", "device": // for readers that do not make the keys
		default:
			return v, fmt.Errorf("line %q", key)
		}
	}
	var err error
	v.frame, err = hex.DecodeString(strings.ReplaceAll(body, "\n", ""))
	return v, err
}

// outcome is what a receiver makes of a frame, in one or two words: "accept"
// for a message of this package, "opens" if it also carries facts and they
// are what the hub signed.
func outcome(frame []byte, from Side) string {
	if len(frame) < HeaderSize {
		return "cut"
	}
	t, size := Header([HeaderSize]byte(frame))
	most, err := Limit(t, from)
	switch {
	case err != nil && kinds[t].name == "":
		return "unknown type"
	case err != nil:
		return "wrong side"
	case int(size) > most:
		return "too large"
	case int(size) > len(frame)-HeaderSize:
		return "cut"
	}
	m, err := Decode(t, frame[HeaderSize:HeaderSize+int(size)])
	if err != nil {
		return refusal(err)
	}
	if again, err := Encode(m); err != nil || !bytes.Equal(again, frame) {
		return "encodes otherwise"
	}
	opened, err := opens(m)
	switch {
	case err != nil:
		return refusal(err)
	case opened:
		return "opens"
	}
	return "accept"
}

// opens verifies what a message carries.
func opens(m Message) (bool, error) {
	var err error
	switch m := m.(type) {
	case *ChainRun:
		_, err = fact.OpenRun(hubPub, m.Raw)
	case *Fresh:
		_, err = fact.Open[fact.Freshness](hubPub, m.Raw)
	case *Keys:
		_, err = fact.Open[fact.KeySet](hubPub, m.Raw)
	case *Record:
		var r fact.Record
		var w fact.Wrap
		if r, err = fact.OpenRecord(hubPub, m.Raw); err == nil {
			w, err = fact.DecodeWrap(m.Wrap)
		}
		if err == nil && !w.Fits(r.Header.Value) {
			err = errOtherWrap
		}
	case *Receipt:
		_, err = audit.DecodeReceipt(m.Raw, hubPub)
	case *Item:
		var it audit.Item
		if it, err = audit.DecodeItem(m.Raw); err == nil {
			err = it.Verify(devicePub)
		}
	case *Checkpoint:
		older, _ := logAt(1)
		var newer audit.Checkpoint
		if newer, err = audit.OpenCheckpoint(m.Note, older.Origin, hubPub); err == nil {
			err = audit.CheckConsistency(older, newer, m.Proof)
		}
	case *HubHello:
		_, err = fact.OpenHubCertificate(m.Certificate, now, false)
	case *EnrolAnswer:
		if m.State != Approved {
			return false, nil
		}
		if _, err = fact.OpenRun(hubPub, m.Membership); err == nil {
			_, err = fact.Open[fact.Credential](hubPub, m.Credential)
		}
	default:
		return false, nil
	}
	return err == nil, err
}

var errOtherWrap = errors.New("the wrap is another record's")

// refusal is the finest word for an error.
func refusal(err error) string {
	for _, w := range []struct {
		err  error
		word string
	}{
		{errOtherWrap, "another wrap"},
		{fact.ErrSignature, "bad signature"},
		{fact.ErrContent, "bad content"},
		{fact.ErrRun, "broken run"},
		{audit.ErrSignature, "bad signature"},
		{audit.ErrReceipt, "bad receipt"},
		{audit.ErrCheckpoint, "bad checkpoint"},
		{audit.ErrProof, "bad proof"},
		{fact.ErrDemonstration, "demonstration"},
		{fact.ErrCertificate, "bad certificate"},
		{ErrVersion, "unknown version"},
		{canon.ErrNotCanonical, "not canonical"},
		{canon.ErrForbidden, "forbidden item"},
		{canon.ErrLimit, "over a limit"},
		{canon.ErrShape, "other shape"},
		{canon.ErrMalformed, "malformed"},
		{ErrProtocol, "nonsense"},
	} {
		if errors.Is(err, w.err) {
			return w.word
		}
	}
	return err.Error()
}

// frameOf makes a frame of bytes that Encode would refuse to write.
func frameOf(t Type, payload []byte) []byte {
	return append(header(nil, t, len(payload)), payload...)
}

func unhex(s string) []byte { return must(hex.DecodeString(strings.ReplaceAll(s, " ", ""))) }

// vectors draws them all: one good frame of each type, then what is refused.
func vectors() []vector {
	var out []vector
	for _, m := range messages() {
		t := m.Type()
		from := kinds[t].from
		from &= -from // the first of several sides
		expect := "accept"
		if opened, err := opens(m); opened && err == nil {
			expect = "opens"
		}
		out = append(out, vector{strings.ReplaceAll(t.String(), " ", "-"), "one good " + t.String(), from, expect, must(Encode(m))})
	}
	return append(append(out, badFrames()...), badFacts()...)
}

func badFrames() []vector {
	giant := frameOf(TypeItem, []byte{0xa1})
	binary.BigEndian.PutUint32(giant, 1<<31)
	return []vector{
		{"hello-of-the-hub", "a hello that only repeats the nonce", Hub, "accept", must(Encode(&Hello{Version: Version, Nonce: filled(0x11)}))},
		{"hello-version-2", "fields of a later version", Device, "unknown version", frameOf(TypeHello, unhex("a2 01 02 02 63 6e6577"))},
		{"hello-version-0", "no version", Device, "unknown version", frameOf(TypeHello, must(canon.Marshal(Hello{})))},
		{"hello-cohort-twice", "two cursors for one cohort", Device, "nonsense", frameOf(TypeHello, must(canon.Marshal(nonsenseMessages()["hello with a cursor twice"])))},
		{"type-99", "a type of a later version", Hub, "unknown type", frameOf(99, []byte{0xa0})},
		{"record-from-device", "a device never sends records to the hub", Device, "wrong side", must(Encode(&Record{must(record().Raw()), must(wrap().Raw())}))},
		{"enrolment-on-a-session", "a member does not enrol", Device, "wrong side", must(Encode(request()))},
		{"giant-length", "a length prefix of 2 GiB", Device, "too large", giant},
		{"cut-payload", "the connection ended in the payload", Hub, "cut", must(Encode(&Clock{filled(0x11), now}))[:20]},
		{"cut-header", "the connection ended in the header", Hub, "cut", []byte{0, 0, 0}},
		{"notify-empty-payload", "no payload at all", Hub, "malformed", frameOf(TypeNotify, nil)},
		{"notify-trailing-byte", "a byte after the payload's item", Hub, "malformed", frameOf(TypeNotify, []byte{0xa0, 0})},
		{"bye-unknown-field", "a field of a later version", Device, "other shape", frameOf(TypeBye, unhex("a1 01 00"))},
		{"pull-long-number", "a number not in its shortest form", Device, "not canonical", frameOf(TypePull, unhex("a3 01 50 c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0 02 1801 03 07"))},
		{"pull-keys-swapped", "map keys out of order", Device, "not canonical", frameOf(TypePull, unhex("a3 02 01 01 50 c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0 03 07"))},
		{"pull-short-cohort", "a cohort id of 15 bytes", Device, "not canonical", frameOf(TypePull, unhex("a3 01 4f c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0 02 01 03 07"))},
		{"pull-field-missing", "a field that must be there is not", Device, "not canonical", frameOf(TypePull, unhex("a2 02 01 03 07"))},
		{"record-long-length", "a length not in its shortest form", Hub, "not canonical", frameOf(TypeRecord, unhex("a2 01 5801 00 02 41 00"))},
		{"record-text-for-bytes", "text where bytes are due", Hub, "other shape", frameOf(TypeRecord, unhex("a2 01 61 41 02 41 00"))},
		{"item-indefinite", "an indefinite length", Device, "forbidden item", frameOf(TypeItem, unhex("a1 01 5f 41 00 ff"))},
		{"item-tag", "a tag", Device, "forbidden item", frameOf(TypeItem, unhex("a1 01 c0 41 00"))},
		{"clock-float", "a floating-point time", Hub, "forbidden item", frameOf(TypeClock, unhex("a2 01 50 11111111111111111111111111111111 02 f90000"))},
		{"done-hello", "the hello has no end of its own", Device, "nonsense", frameOf(TypeDone, unhex("a2 01 01 02 f4"))},
		{"done-revoked-late", "a revocation is said at the barrier", Hub, "nonsense", frameOf(TypeDone, unhex("a2 01 03 02 f5"))},
		{"error-code-0", "an error without a code", Hub, "nonsense", frameOf(TypeError, unhex("a2 01 00 02 60"))},
		{"error-code-999", "a code of a later version is handed on", Hub, "accept", must(Encode(&Error{Code: 999}))},
		{"enrolment-answer-waiting", "a second admin has to approve", Registrar, "accept", must(Encode(&EnrolAnswer{State: Waiting}))},
		{"enrolment-answer-refused", "the code has expired", Registrar, "accept", must(Encode(&EnrolAnswer{State: Refused, Reason: 34}))},
		{"enrolment-request-box", "a station box", Newcomer, "accept", must(Encode(changed(func(r *EnrolRequest) { r.Kind, r.Keys, r.First = "box", [32]byte{}, nil })))},
		{"enrolment-request-fifth-category", "a category that does not exist", Newcomer, "nonsense", frameOf(TypeEnrolRequest, must(canon.Marshal(changed(func(r *EnrolRequest) { r.Category = "council" }))))},
	}
}

func badFacts() []vector {
	flip := func(raw []byte, at int) []byte {
		bad := bytes.Clone(raw)
		bad[at] ^= 1
		return bad
	}
	records := must(record().Raw())
	otherWrap := wrap()
	otherWrap.Ver++
	broken := kills()
	broken.Entries = broken.Entries[:1]
	stranger := keyOf("a stranger")
	strangersHead := kills()
	strangersHead.Head = must(fact.Sign(stranger, strangersHead.Head.Value))
	ended := certificate(false)
	ended.NotAfter = now - 1
	unproved := checkpoint(hubKey)
	unproved.Proof[0][0] ^= 1
	return []vector{
		{"item-flipped", "a bit of the sealed body", Device, "bad signature", must(Encode(&Item{flip(items()[0], len(items()[0])-100)}))},
		{"receipt-of-another-hub", "a stranger's receipt", Hub, "bad receipt", must(Encode(&Receipt{receipt(stranger)}))},
		{"checkpoint-of-another-hub", "a stranger's checkpoint", Hub, "bad checkpoint", must(Encode(checkpoint(stranger)))},
		{"checkpoint-unproved", "a bit of the consistency proof", Hub, "bad proof", must(Encode(unproved))},
		{"record-content-flipped", "a bit of the ciphertext", Hub, "bad content", must(Encode(&Record{flip(records, len(records)-1), must(wrap().Raw())}))},
		{"record-signature-flipped", "a bit of the signature", Hub, "bad signature", must(Encode(&Record{flip(records, bytes.Index(records, record().Ciphertext)-5), must(wrap().Raw())}))},
		{"record-of-another-hub", "a stranger's signature", Hub, "bad signature", must(Encode(&Record{must(fact.Record{Header: must(fact.Sign(stranger, record().Header.Value)), Ciphertext: record().Ciphertext}.Raw()), must(wrap().Raw())}))},
		{"record-with-another-wrap", "the wrap of the next version", Hub, "another wrap", must(Encode(&Record{records, must(otherWrap.Raw())}))},
		{"run-entry-missing", "the head vouches for one entry more", Hub, "broken run", must(Encode(&ChainRun{must(broken.Raw())}))},
		{"run-of-another-hub", "a stranger's head", Hub, "bad signature", must(Encode(&ChainRun{must(strangersHead.Raw())}))},
		{"run-empty", "a head alone, nothing new", Hub, "opens", must(Encode(&ChainRun{must(run(chain).Raw())}))},
		{"freshness-flipped", "a bit of the signature", Hub, "bad signature", must(Encode(&Fresh{flip(freshness().Raw(), len(freshness().Raw())-1)}))},
		{"keys-as-freshness", "another kind of value under its own signature", Hub, "other shape", must(Encode(&Fresh{keySet().Raw()}))},
		{"hub-hello-demonstration", "a demonstration hub, met by a real device", Registrar, "demonstration", must(Encode(&HubHello{Version, must(fact.Sign(rootKey, certificate(true))).Raw()}))},
		{"hub-hello-ended", "a certificate that has ended", Registrar, "bad certificate", must(Encode(&HubHello{Version, must(fact.Sign(rootKey, ended)).Raw()}))},
		{"hub-hello-of-another-root", "a certificate that its root did not sign", Registrar, "bad signature", must(Encode(&HubHello{Version, must(fact.Sign(stranger, certificate(false))).Raw()}))},
	}
}
