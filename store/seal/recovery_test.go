package seal

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"
	"testing"

	"satchel/store/identity"
)

// asking is one recovery: an organisation, a laptop, and somebody's new key.
type asking struct {
	recovery, person identity.X25519Key
	device           identity.DeviceKeys
	dmk              Key
	request          RecoveryRequest
}

func newAsking(t testing.TB) asking {
	t.Helper()
	a := asking{recovery: identity.NewX25519(), person: identity.NewX25519(), device: identity.NewDeviceKeys(), dmk: NewKey()}
	boxed, err := BoxForRecovery(&a.recovery.Public, &a.dmk, a.device.ID(), 3)
	if err != nil {
		t.Fatal(err)
	}
	a.request, err = SignRecovery(a.device, RecoveryRequest{
		ID: identity.Random[[16]byte](), Slot: identity.SlotID{5}, Public: a.person.Public, Generation: 3, DMK: boxed,
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (a asking) answer(t testing.TB) RecoveryAnswer {
	t.Helper()
	answer, err := AnswerRecovery(a.recovery, a.request)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// The whole way there and back, both ways as text.
func TestRecoveryThereAndBack(t *testing.T) { // P1; protocol, rule 14
	a := newAsking(t)
	asked, err := ParseRecoveryRequest(a.request.Text())
	if err != nil {
		t.Fatal(err)
	}
	if err := asked.Check(a.device.Public()); err != nil {
		t.Fatal(err)
	}
	if asked.Hash() != a.request.Hash() || asked.Device != a.device.ID() || asked.Generation != 3 || asked.Slot != a.request.Slot {
		t.Fatal("read as another request")
	}
	answer, err := AnswerRecovery(a.recovery, asked)
	if err != nil {
		t.Fatal(err)
	}
	read, err := ParseRecoveryAnswer(answer.Text())
	if err != nil {
		t.Fatal(err)
	}
	got, err := OpenRecovery(a.recovery.Public, a.person, a.request, read)
	if err != nil || !got.Equal(&a.dmk) {
		t.Fatalf("another key came back: %v", err)
	}
}

// Everything that is not the one right answer to the one right request.
func TestRecoveryRefuses(t *testing.T) {
	a := newAsking(t)
	good := a.answer(t)
	other := newAsking(t)
	open := func(name string, recovery [32]byte, person identity.X25519Key, r RecoveryRequest, answer RecoveryAnswer) {
		t.Helper()
		if _, err := OpenRecovery(recovery, person, r, answer); !errors.Is(err, ErrRecoveryAnswer) {
			t.Errorf("%s: %v", name, err)
		}
	}
	open("another organisation's answer", other.recovery.Public, a.person, a.request, good)
	open("another person", a.recovery.Public, other.person, a.request, good)
	open("another request", a.recovery.Public, a.person, other.request, good)
	for i := range good.Box {
		changed := RecoveryAnswer{ID: good.ID, Box: append([]byte(nil), good.Box...)}
		changed.Box[i] ^= 1
		open(fmt.Sprintf("byte %d changed", i), a.recovery.Public, a.person, a.request, changed)
	}
	open("no box", a.recovery.Public, a.person, a.request, RecoveryAnswer{ID: good.ID})
	again := a.request // the same person and id, asked anew: an old answer is not taken
	again.Generation++
	open("a request of another generation", a.recovery.Public, a.person, again, good)
	forged, err := AnswerRecovery(other.recovery, other.request)
	if err != nil {
		t.Fatal(err)
	}
	forged.ID = good.ID
	open("an answer by somebody else", a.recovery.Public, a.person, a.request, forged)
}

// A request that nobody may answer.
func TestRecoveryRequestRefused(t *testing.T) {
	a, other := newAsking(t), newAsking(t)
	check := func(name string, r RecoveryRequest, sign ed25519.PublicKey) {
		t.Helper()
		if err := r.Check(sign); !errors.Is(err, ErrRecoveryRequest) {
			t.Errorf("%s: %v", name, err)
		}
	}
	check("another device's key", a.request, other.device.Public())
	check("no key", a.request, nil)
	for name, change := range map[string]func(*RecoveryRequest){
		"id": func(r *RecoveryRequest) { r.ID[0]++ }, "slot": func(r *RecoveryRequest) { r.Slot[0]++ },
		"person": func(r *RecoveryRequest) { r.Public[0]++ }, "generation": func(r *RecoveryRequest) { r.Generation++ },
		"key":       func(r *RecoveryRequest) { r.DMK = append([]byte{r.DMK[0] + 1}, r.DMK[1:]...) },
		"signature": func(r *RecoveryRequest) { r.Sign = nil }, "device": func(r *RecoveryRequest) { r.Device[0]++ },
	} {
		r := a.request
		change(&r)
		check(name+" changed", r, a.device.Public())
	}
	if _, err := AnswerRecovery(other.recovery, a.request); !errors.Is(err, ErrRecoveryKey) {
		t.Errorf("another recovery key: %v", err)
	}
	// What a stolen laptop holds, asked for from the thief's own.
	stolen, err := SignRecovery(other.device, RecoveryRequest{Public: other.person.Public, Generation: 3, DMK: a.request.DMK})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := AnswerRecovery(a.recovery, stolen); !errors.Is(err, ErrRecoveryKey) {
		t.Errorf("another device's key: %v", err)
	}
	if _, err := SignRecovery(a.device, RecoveryRequest{DMK: []byte{1}}); !errors.Is(err, ErrRecoveryKey) {
		t.Errorf("no boxed key: %v", err)
	}
}

// A person types it: any case, any spacing.
func TestRecoveryTextIsForgiving(t *testing.T) {
	a := newAsking(t)
	text := a.request.Text()
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if lines[0] != "SATCHEL-ASK 1" || len(lines) != 14 || len(lines[1]) != 41 || !strings.HasPrefix(a.answer(t).Text(), "SATCHEL-ANSWER 1\n") {
		t.Fatalf("the text is\n%s", text)
	}
	for name, typed := range map[string]string{
		"lower case": strings.ToLower(text), "one line": strings.Join(strings.Fields(text), " "), "no spaces": ForQR(text),
		"Windows line ends": strings.ReplaceAll(text, "\n", "\r\n"), "hyphens": strings.ReplaceAll(text, " ", "-"),
		"O for 0 and I for 1": lines[0] + "\n" + strings.NewReplacer("0", "O", "1", "I").Replace(strings.Join(lines[1:], "\n")),
	} {
		if got, err := ParseRecoveryRequest(typed); err != nil || got.Hash() != a.request.Hash() {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Every single slip is found, and its line named.
func TestRecoveryTextNamesTheLine(t *testing.T) {
	a := newAsking(t)
	ask, answer := a.request.Text(), a.answer(t).Text()
	for _, c := range []struct {
		text  string
		parse func(string) error
	}{
		{ask, func(s string) error { _, err := ParseRecoveryRequest(s); return err }},
		{answer, func(s string) error { _, err := ParseRecoveryAnswer(s); return err }},
	} {
		line := 0
		for i := range len(c.text) {
			switch c.text[i] {
			case '\n':
				line++
				continue
			case ' ':
				continue
			}
			if line == 0 {
				continue
			}
			for _, slip := range "0123456789ABCDEFGHJKMNPQRSTVWXYZ*" {
				if byte(slip) == c.text[i] {
					continue
				}
				refused(t, c.parse(c.text[:i]+string(slip)+c.text[i+1:]), fmt.Sprintf("line %d ", line))
			}
			if next := c.text[i+1]; next > ' ' && next != c.text[i] { // two neighbours
				refused(t, c.parse(c.text[:i]+string([]byte{next, c.text[i]})+c.text[i+2:]), fmt.Sprintf("line %d ", line))
			}
		}
	}
}

func TestRecoveryTextRefuses(t *testing.T) {
	a := newAsking(t)
	ask, answer := a.request.Text(), a.answer(t).Text()
	lines := strings.Split(ask, "\n")
	swapped := strings.Join(append([]string{lines[0], lines[2], lines[1]}, lines[3:]...), "\n")
	for _, c := range []struct{ text, word string }{
		{"", "does not begin with SATCHEL-ASK 1"},
		{"hello", "does not begin with SATCHEL-ASK 1"},
		{answer, "this is a recovery answer, and the request is due"},
		{strings.Replace(ask, "ASK 1", "ASK 2", 1), "a version that this program does not know"},
		{"SATCHEL-ASK", "a version that this program does not know"},
		{lines[0], "line 1 of the request is missing"},
		{strings.Join(lines[:6], "\n"), "line 6 of the request is missing"},
		{swapped, "line 1 of the request was mistyped"},
		{ask + "0", "more than the request"},
		{ask + strings.Repeat(" ", 5000), "far too long"},
	} {
		_, err := ParseRecoveryRequest(c.text)
		refused(t, err, c.word)
	}
	_, err := ParseRecoveryAnswer(ask)
	refused(t, err, "this is a recovery request, and the answer is due")
	if (RecoveryRequest{}).Text() != "" || (RecoveryAnswer{}).Text() != "" {
		t.Error("nothing was written as something")
	}
}

func refused(t *testing.T, err error, word string) {
	t.Helper()
	if !errors.Is(err, ErrRecoveryText) || !strings.Contains(err.Error(), word) {
		t.Errorf("%q is due: %v", word, err)
	}
}

// FuzzParseRecoveryRequest: what is read is written back as the same text.
func FuzzParseRecoveryRequest(f *testing.F) {
	a := newAsking(f)
	f.Add(a.request.Text())
	f.Add(ForQR(a.request.Text()))
	f.Add(a.answer(f).Text())
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseRecoveryRequest(text)
		if err != nil {
			if !errors.Is(err, ErrRecoveryText) {
				t.Fatal(err)
			}
			return
		}
		if again, err := ParseRecoveryRequest(r.Text()); err != nil || again.Hash() != r.Hash() || string(again.Sign) != string(r.Sign) {
			t.Fatalf("written as another: %v", err)
		}
		if identity.TidyLetters(r.Text()) != identity.TidyLetters(text) {
			t.Fatal("read from another text than its own")
		}
	})
}

// FuzzParseRecoveryAnswer: as for the request; and nothing opens but the answer.
func FuzzParseRecoveryAnswer(f *testing.F) {
	a := newAsking(f)
	f.Add(a.answer(f).Text())
	f.Add(strings.ToLower(a.answer(f).Text()))
	f.Add(a.request.Text())
	f.Fuzz(func(t *testing.T, text string) {
		answer, err := ParseRecoveryAnswer(text)
		if err != nil {
			if !errors.Is(err, ErrRecoveryText) {
				t.Fatal(err)
			}
			return
		}
		if identity.TidyLetters(answer.Text()) != identity.TidyLetters(text) {
			t.Fatal("read from another text than its own")
		}
		if dmk, err := OpenRecovery(a.recovery.Public, a.person, a.request, answer); err == nil && !dmk.Equal(&a.dmk) {
			t.Fatal("another key came out")
		}
	})
}
