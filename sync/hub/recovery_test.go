package hub

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/store/seal"
	"satchel/sync/ledger"
)

// ask makes a request for a slot of a device, as a laptop does, and gives the
// key that the answer should bring.
func (b *bench) ask(device identity.DeviceKeys, slot identity.SlotID) (seal.RecoveryRequest, identity.X25519Key, seal.Key) {
	b.t.Helper()
	dmk, person := seal.NewKey(), identity.NewX25519()
	recovery := b.hub.area.Certificate.Value.Recovery
	boxed, err := seal.BoxForRecovery(&recovery, &dmk, device.ID(), 1)
	if err != nil {
		b.t.Fatal(err)
	}
	r, err := seal.SignRecovery(device, seal.RecoveryRequest{
		ID: identity.Random[[16]byte](), Slot: slot, Public: person.Public, Generation: 1, DMK: boxed,
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return r, person, dmk
}

// A request is shown, entered, and answered, in this order and no other.
func TestARecoveryIsAnswered(t *testing.T) { // P1, R56; protocol, rule 14
	b := newBench(t)
	r, person, dmk := b.ask(b.v.Keys(), b.v.People()[0].Slot)
	o := RecoveryOrder{Request: r.Text(), By: "test"}
	before := b.logged()
	who, err := b.hub.LookAtRecovery(t.Context(), o)
	if err != nil || who.Name != "Tap" || who.DeviceName != "tapped" || who.State != "in force" || who.Device != b.v.Device().String() {
		t.Fatalf("%+v, %v", who, err)
	}
	if b.logged() != before {
		t.Error("a look was entered")
	}
	answer, err := AnswerRecovery(b.hub.cfg.Data, RecoveryKeyFile(b.hub.cfg.Data), r)
	if err != nil {
		t.Fatal(err)
	}
	if entered, err := b.hub.EnterRecovery(t.Context(), o); err != nil || entered != who || b.logged() != before+1 {
		t.Fatalf("%+v, %v", entered, err)
	}
	got, err := seal.OpenRecovery(b.hub.area.Certificate.Value.Recovery, person, r, answer)
	if err != nil || !got.Equal(&dmk) {
		t.Fatalf("another key came back: %v", err)
	}
	report, err := b.hub.VerifyAudit(t.Context())
	if err != nil || report.Err() != nil || orderCount(report, "recover") != 1 {
		t.Fatalf("%+v, %v", report, err)
	}
}

func TestRecoveriesRefused(t *testing.T) {
	b := newBench(t)
	slot := b.v.People()[0].Slot
	good, _, _ := b.ask(b.v.Keys(), slot)
	nobody, _, _ := b.ask(b.v.Keys(), identity.SlotID{1})
	stranger, _, _ := b.ask(identity.NewDeviceKeys(), slot)
	forged := good
	forged.Public[0]++
	added := b.add()
	parsed, err := b.hub.user(t.Context(), added.User)
	if err != nil {
		t.Fatal(err)
	}
	ended, _, _ := b.ask(b.v.Keys(), parsed.Places[0].Slot)
	if _, err := b.hub.EndUser(t.Context(), EndOrder{User: added.User}); err != nil {
		t.Fatal(err)
	}
	lapsed := b.add()
	late, err := b.hub.user(t.Context(), lapsed.User)
	if err != nil {
		t.Fatal(err)
	}
	over, _, _ := b.ask(b.v.Keys(), late.Places[0].Slot)
	before := b.logged()
	for _, c := range []struct {
		name, word, text string
		want             error
	}{
		{"no text", "does not begin with", "hello", seal.ErrRecoveryText},
		{"a slip", "line 2 of the request", strings.Replace(good.Text(), strings.Split(good.Text(), "\n")[2][:5], "*****", 1), seal.ErrRecoveryText},
		{"nobody's place", "nobody's", nobody.Text(), ErrNoUser},
		{"a stranger's laptop", "no such device", stranger.Text(), ErrNoDevice},
		{"a changed request", "not that device's", forged.Text(), seal.ErrRecoveryRequest},
		{"somebody who ended", "has been ended", ended.Text(), ErrUserEnded},
	} {
		if _, err := b.hub.LookAtRecovery(t.Context(), RecoveryOrder{Request: c.text}); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.word) {
			t.Errorf("%s: %v", c.name, err)
		}
		if _, err := b.hub.EnterRecovery(t.Context(), RecoveryOrder{Request: c.text}); !errors.Is(err, c.want) {
			t.Errorf("%s, entered: %v", c.name, err)
		}
	}
	late.Ends = time.Now().Add(-time.Hour).UnixMilli()
	if err := b.hub.keepUser(t.Context(), late, ledger.Change{}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.hub.EnterRecovery(t.Context(), RecoveryOrder{Request: over.Text()}); !errors.Is(err, ErrUserEnded) || !strings.Contains(err.Error(), "credential ended") {
		t.Errorf("an ended credential: %v", err)
	}
	if err := b.hub.Revoke(t.Context(), b.v.Device(), "lost", "test"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.hub.EnterRecovery(t.Context(), RecoveryOrder{Request: good.Text()}); !errors.Is(err, ErrDeviceOut) {
		t.Errorf("a revoked laptop: %v", err)
	}
	if b.logged() != before+1 { // the revocation
		t.Error("what was refused was entered")
	}
}

// The recovery key is this area's, or nothing is answered.
func TestTheRecoveryKeyIsChecked(t *testing.T) {
	b := newBench(t)
	r, _, _ := b.ask(b.v.Keys(), b.v.People()[0].Slot)
	data, dir := b.hub.cfg.Data, t.TempDir()
	write := func(name string, raw []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	other := identity.NewX25519()
	for _, c := range []struct {
		name, file string
		want       error
	}{
		{"no file", filepath.Join(dir, "none"), ErrNoRecoveryKey},
		{"an empty file", write("empty", nil), ErrRecoveryKeyFile},
		{"a long file", write("long", make([]byte, 33)), ErrRecoveryKeyFile},
		{"another key", write("other", other.Private[:]), ErrRecoveryKeyFile},
	} {
		if _, err := AnswerRecovery(data, c.file, r); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := AnswerRecovery(dir, RecoveryKeyFile(data), r); err == nil {
		t.Error("an area without a certificate answered")
	}
	elsewhere := r
	elsewhere.Generation++ // its keys are of another generation than it says
	if _, err := AnswerRecovery(data, RecoveryKeyFile(data), elsewhere); !errors.Is(err, seal.ErrRecoveryKey) {
		t.Errorf("another generation: %v", err)
	}
}

// An order to turn keys reaches the device it names, in clear.
func TestKeysAreTurnedByOrder(t *testing.T) { // R56
	b := newBench(t)
	if err := b.hub.TurnKeys(t.Context(), TurnOrder{Device: b.v.Device().String(), By: "test"}); err != nil {
		t.Fatal(err)
	}
	got := b.governance(fact.DeviceOrder)
	if len(got) != 1 || got[0].Order != fact.Turn || got[0].Device != b.v.Device() || len(got[0].Body) != 0 {
		t.Fatalf("%+v", got)
	}
	report, err := b.hub.VerifyAudit(t.Context())
	if err != nil || report.Err() != nil || orderCount(report, fact.Turn) != 1 {
		t.Fatalf("%+v, %v", report.Orders, err)
	}
}
