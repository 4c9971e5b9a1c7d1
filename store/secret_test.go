package store

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"satchel/store/identity"
	"satchel/store/seal"
)

// counting is hardware that limits tries, in memory: it keeps peppers and counts.
type counting struct {
	stuckShare
	kept   map[seal.PINID][2]seal.Key // auth, pepper
	opened int
	locked bool
}

func newCounting() *counting {
	return &counting{stuckShare: stuckShare{kept: map[seal.ShareID]seal.Key{}}, kept: map[seal.PINID][2]seal.Key{}}
}

func (c *counting) SetPIN(id seal.PINID, auth *seal.Key) (seal.Key, error) {
	pepper := seal.NewKey()
	c.kept[id] = [2]seal.Key{*auth, pepper}
	return pepper, nil
}

func (c *counting) OpenPIN(id seal.PINID, auth *seal.Key) (seal.Key, error) {
	c.opened++
	k, ok := c.kept[id]
	switch {
	case c.locked:
		return seal.Key{}, seal.ErrPINLocked
	case !ok:
		return seal.Key{}, seal.ErrNoPIN
	case !k[0].Equal(auth):
		return seal.Key{}, seal.ErrPIN
	}
	return k[1], nil
}

func (c *counting) DeletePIN(id seal.PINID) error {
	delete(c.kept, id)
	return nil
}

func (c *counting) PINs() ([]seal.PINID, error) {
	var out []seal.PINID
	for id := range c.kept {
		out = append(out, id)
	}
	return out, nil
}

// A PIN opens a place behind hardware alone; what the hardware refuses for now is
// no try of the person's; a change leaves one PIN there, and none after ten.
func TestPIN(t *testing.T) { // P1
	w := newWorld(t)
	c := w.newCohort()
	cfg := w.config(t.TempDir(), nil)
	hardware := newCounting()
	cfg.Share = hardware
	v := w.laptop(cfg, c)
	one := v.People()[0].Slot
	s := w.unlock(v)
	if !v.MayPIN() || w.place(v, one).PIN {
		t.Fatal("there is hardware, and the place has a passphrase")
	}
	var weak *WeakError
	if err := s.ChangeSecret(t.Context(), Secret{Text: []byte(passphrase)}, Secret{Text: []byte("12345"), PIN: true}); !errors.As(err, &weak) || !weak.PINRefused {
		t.Fatalf("five digits: %v", err)
	}
	pin := func(old Secret, text string) {
		t.Helper()
		w.must(s.ChangeSecret(t.Context(), old, Secret{Text: []byte(text), PIN: true}))
		if !w.place(v, one).PIN || len(hardware.kept) != 1 {
			t.Fatalf("%d PINs in the hardware", len(hardware.kept))
		}
	}
	pin(Secret{Text: []byte(passphrase)}, "839471")
	pin(Secret{Text: []byte("839471"), PIN: true}, "506219")
	v = w.reopen(v, cfg)
	s = w.unlockAs(v, one, "506219")
	w.must(s.Reauthenticate(t.Context(), []byte("506219")))
	s.Lock()
	hardware.locked = true
	if _, err := v.Unlock(t.Context(), one, []byte("506219")); !errors.Is(err, seal.ErrPINLocked) || w.place(v, one).Left != maxTries {
		t.Fatalf("locked by the hardware: %v, %d left", err, w.place(v, one).Left)
	}
	hardware.locked = false
	_, _ = hardware.SetPIN(seal.NewPINID(), &seal.Key{}) // left by a crash before the place was saved
	cfg.Argon2 = seal.Params{MemoryKiB: 128, Time: 2, Threads: 1}
	v = w.reopen(v, cfg)
	w.unlockAs(v, one, "506219").Lock() // and it is made anew at the raised costs
	if len(hardware.kept) != 1 || v.content.Slots[0].Params != cfg.Argon2 {
		t.Fatalf("%d PINs in the hardware", len(hardware.kept))
	}
	for range maxTries {
		if _, err := v.Unlock(t.Context(), one, []byte("111111")); err == nil {
			t.Fatal("a wrong PIN was taken")
		}
		w.pass(maxWait)
	}
	if w.place(v, one).State != PlaceGone || len(hardware.kept) != 0 {
		t.Fatalf("%d PINs in the hardware after ten wrong ones", len(hardware.kept))
	}
	w.must(v.Close())
}

// Hardware that was cleared, or is another machine's, says so and costs no try.
func TestPINWithoutItsHardware(t *testing.T) {
	w := newWorld(t)
	cfg := w.config(t.TempDir(), nil)
	hardware := newCounting()
	cfg.Share = hardware
	f := w.founding()
	f.First.PIN, f.First.Passphrase = true, []byte("839471")
	v, err := Create(t.Context(), cfg, f)
	w.must(err)
	w.enrol(v, w.newCohort())
	clear(hardware.kept)
	if _, err := v.Unlock(t.Context(), v.People()[0].Slot, []byte("839471")); !errors.Is(err, seal.ErrNoPIN) || v.People()[0].Left != maxTries {
		t.Fatalf("%v, %d left", err, v.People()[0].Left)
	}
	w.must(v.Close())
	plain := w.config(t.TempDir(), nil)
	var weak *WeakError
	if _, err := Create(t.Context(), plain, f); !errors.As(err, &weak) || !slices.Contains(weak.Why, WeakHardware) {
		t.Fatalf("a PIN without hardware: %v", err)
	}
}

// What is refused, why, and what is not: no rule about characters, only guesses.
func TestSecretQuality(t *testing.T) { // P1
	hints := []string{"Rosalind Quillfeather", "Northshire"}
	for _, x := range []struct {
		text string
		why  Weakness // empty: taken
	}{
		{"a lantern by the garden gate", ""},
		{"vK3#pq9Lw2x", ""},
		{strings.Repeat("purple teapots march beside canals ", 29), ""},
		{"", WeakShort},
		{"Password1!", WeakCommon},
		{"passphrase", WeakCommon},
		{"quillfeather", WeakPersonal},
		{"RosalindNorthshire", WeakPersonal},
		{"zxcvbnm,./", WeakKeyboard},
		{"xkw9xkw9xkw9xkw9", WeakRepeat},
		{"abcdefghijkl", WeakSequence},
		{"05/03/1948", WeakDate},
		{"k9%w", WeakShort},
		{strings.Repeat("x", MaxSecret+1), WeakLong},
	} {
		err := checkSecret(Secret{Text: []byte(x.text)}, nil, leastGuesses, hints)
		weak, is := errors.AsType[*WeakError](err)
		if is != (x.why != "") || is && !slices.Contains(weak.Why, x.why) {
			t.Errorf("%.20q: %v, %q is due", x.text, err, x.why)
		}
		if is && len(x.text) > 3 && x.text != "passphrase" && strings.Contains(weak.Error(), x.text) {
			t.Errorf("%.20q is told", x.text)
		}
	}
	for _, x := range []struct {
		pin string
		why Weakness
	}{
		{"839471", ""},
		{"506219", ""},
		{"850317264", ""},
		{"12345", WeakDigits},
		{"1234567890123", WeakDigits},
		{"12a456", WeakDigits},
		{"111111", WeakRepeat},
		{"121212", WeakRepeat},
		{"123123", WeakRepeat},
		{"123456", WeakSequence},
		{"987654", WeakSequence},
		{"246802", WeakSequence},
		{"050348", WeakDate},
		{"480305", WeakDate},
		{"05031948", WeakDate},
		{"159753", WeakCommon},
	} {
		err := checkSecret(Secret{Text: []byte(x.pin), PIN: true}, newCounting(), leastGuesses, nil)
		weak, is := errors.AsType[*WeakError](err)
		if is != (x.why != "") || is && (!weak.PINRefused || !slices.Contains(weak.Why, x.why)) {
			t.Errorf("PIN %s: %v %+v, %q is due", x.pin, err, weak, x.why)
		}
	}
}

// No caller forgets: wherever a secret is made a weak one is refused, and nothing
// else happens.
func TestWeakSecretsAreRefusedEverywhere(t *testing.T) {
	w := newWorld(t)
	c := w.newCohort()
	cfg := w.config(t.TempDir(), nil)
	v := w.laptop(cfg, c)
	two, code := w.invite(v, c, "Rosalind Quillfeather")
	s := w.unlock(v)
	weak := func(where string, err error) {
		t.Helper()
		if _, is := errors.AsType[*WeakError](err); !is {
			t.Errorf("%s: %v", where, err)
		}
	}
	gen := v.keys.Generation()
	weak("joining", v.Join(t.Context(), two, code, Secret{Text: []byte("rosalind")}))
	weak("changing", s.ChangeSecret(t.Context(), Secret{Text: []byte(passphrase)}, Secret{Text: []byte("password1")}))
	_, err := v.RequestRecovery(t.Context(), v.People()[0].Slot, Secret{Text: []byte("nurse one")})
	weak("recovery", err)
	if v.keys.Generation() != gen || w.place(v, two).Left != maxTries || w.place(v, s.person.Slot).Left != maxTries {
		t.Error("a weak secret changed something, or counted as a try")
	}
	w.must(v.Close())
	f := w.founding()
	f.First.Passphrase = []byte("password1")
	_, err = Create(t.Context(), w.config(t.TempDir(), nil), f)
	weak("founding", err)
}

// The estimator is quick on whatever is typed, and never panics.
func FuzzEstimate(f *testing.F) {
	for _, seed := range []string{"", "a lantern by the garden gate", strings.Repeat("4@8({[<", 100), "\xff\xfe", "日本語の合言葉", "05031948"} {
		f.Add([]byte(seed), "Northshire")
	}
	f.Fuzz(func(t *testing.T, text []byte, hint string) {
		if len(text) > 4*MaxSecret || len(hint) > 200 {
			return
		}
		from := time.Now()
		for _, pin := range []bool{false, true} {
			err := checkSecret(Secret{Text: text, PIN: pin}, newCounting(), leastGuesses, []string{hint})
			if weak, is := errors.AsType[*WeakError](err); err != nil && (!is || len(weak.Why) == 0 || weak.Error() == "") {
				t.Errorf("refused without a reason: %v", err)
			}
		}
		if took := time.Since(from); took > 5*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

// What a slot keeps about its person is read strictly.
func FuzzSlotInfo(f *testing.F) {
	for _, i := range []slotInfo{
		{Name: "Nurse One", Role: identity.DistrictNurse},
		{Name: "Nurse Two", Role: identity.Paramedic, Credential: []byte{1}, Duty: 3, At: &admitted{N: 4, Time: 5}},
	} {
		b, err := i.encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		i, err := decodeSlotInfo(b)
		if err != nil {
			return
		}
		again, err := i.encode()
		if err != nil || string(again) != string(b) {
			t.Errorf("another encoding: %v", err)
		}
		_, _, _ = i.person(identity.SlotID{1})
	})
}
