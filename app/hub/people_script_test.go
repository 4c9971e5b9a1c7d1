package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"satchel/store"
	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/store/seal"
	"satchel/sync/device"
	"satchel/sync/hub"
)

// enlisted are the devices of the scripts that run, by work folder and name.
var enlisted struct {
	sync.Mutex
	vaults map[string]*store.Vault
}

func vaultOf(ts *testscript.TestScript, name string) *store.Vault {
	enlisted.Lock()
	defer enlisted.Unlock()
	v := enlisted.vaults[ts.Getenv("WORK")+"/"+name]
	if v == nil {
		ts.Fatalf("no device %s", name)
	}
	return v
}

// enlist NAME KIND FILE enrols a device with the code in FILE, which `device
// enrol --json` printed, and puts its id into the variable NAME.
func enlist(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: enlist NAME KIND FILE")
	}
	var issued hub.IssuedCode
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[2])), &issued))
	code, err := identity.ParseEnrolmentCode(issued.Code)
	ts.Check(err)
	s := device.Setup{
		Store: store.Config{Dir: ts.MkAbs(args[0] + ".vault"), Demo: true, Argon2: seal.Params{MemoryKiB: 64, Time: 1, Threads: 1}},
		Code:  code, Name: args[0], Kind: identity.Kind(args[1]),
	}
	if s.Kind == identity.Laptop {
		s.First = &store.FirstPerson{Name: "Script Nurse", Role: identity.DistrictNurse, Passphrase: []byte("a lantern by the garden gate")}
	}
	v, err := device.Begin(context.Background(), s)
	ts.Check(err)
	ts.Defer(func() { ts.Check(v.Close()) })
	ts.Setenv(args[0], v.Device().String())
	enlisted.Lock()
	defer enlisted.Unlock()
	if enlisted.vaults == nil {
		enlisted.vaults = map[string]*store.Vault{}
	}
	enlisted.vaults[ts.Getenv("WORK")+"/"+args[0]] = v
}

// days puts days to come into the variables SOON and LATER, as people write them,
// and one that is over into PAST.
func days(env *testscript.Env) error {
	now := time.Now()
	env.Setenv("SOON", now.AddDate(0, 3, 0).Format("2-Jan-2006"))
	env.Setenv("LATER", now.AddDate(1, 0, 0).Format("2006-01-02"))
	env.Setenv("PAST", now.AddDate(0, 0, -1).Format("02-Jan-2006"))
	return nil
}

// pick NAME REGEXP FILE puts what the first group matches into a variable.
func pick(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: pick NAME REGEXP FILE")
	}
	found := regexp.MustCompile(args[1]).FindStringSubmatch(ts.ReadFile(args[2]))
	if len(found) != 2 {
		ts.Fatalf("%s is not in %s", args[1], args[2])
	}
	ts.Setenv(args[0], found[1])
}

// The keys of a script's recovery are made from the name of its work folder.
func keysOf(ts *testscript.TestScript) (dmk seal.Key, person identity.X25519Key) {
	work := ts.Getenv("WORK")
	return sha256.Sum256([]byte("dmk " + work)), identity.X25519FromPrivate(sha256.Sum256([]byte("person " + work)))
}

// recoveryOf is the public half of an area's recovery key.
func recoveryOf(ts *testscript.TestScript, data string) [32]byte {
	raw, err := os.ReadFile(filepath.Join(ts.MkAbs(data), "area", "hub.certificate"))
	ts.Check(err)
	cert, err := fact.Decode[fact.HubCertificate](raw)
	ts.Check(err)
	return cert.Value.Recovery
}

func requestOf(ts *testscript.TestScript, name, data string) seal.RecoveryRequest {
	recovery := recoveryOf(ts, data)
	v := vaultOf(ts, name)
	dmk, person := keysOf(ts)
	boxed, err := seal.BoxForRecovery(&recovery, &dmk, v.Device(), 1)
	ts.Check(err)
	r, err := seal.SignRecovery(v.Keys(), seal.RecoveryRequest{
		ID: identity.Random[[16]byte](), Slot: v.People()[0].Slot, Public: person.Public, Generation: 1, DMK: boxed,
	})
	ts.Check(err)
	return r
}

// ask NAME HUB FILE PICTURE writes what a laptop shows to somebody who has lost
// their way in: the request's text, and its QR code.
func ask(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: ask NAME HUB FILE PICTURE")
	}
	r := requestOf(ts, args[0], args[1])
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(r.Text()), 0o600))
	png, err := drawQR(r.Text())
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[3]), png, 0o600))
}

// answered HUB REQUEST ANSWER holds an answer, as text or as a picture of its
// QR code, against the request: it must bring the right key.
func answered(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: answered HUB REQUEST ANSWER")
	}
	r, err := seal.ParseRecoveryRequest(ts.ReadFile(args[1]))
	ts.Check(err)
	text := ts.ReadFile(args[2])
	if filepath.Ext(args[2]) == ".png" {
		text, err = readQR(ts.MkAbs(args[2]))
		ts.Check(err)
	}
	a, err := seal.ParseRecoveryAnswer(text)
	ts.Check(err)
	dmk, person := keysOf(ts)
	got, err := seal.OpenRecovery(recoveryOf(ts, args[0]), person, r, a)
	ts.Check(err)
	if !got.Equal(&dmk) {
		ts.Fatalf("another key came back")
	}
}

// A QR code that is drawn here is read here.
func TestQRCodesReadBack(t *testing.T) {
	text := ""
	for range 13 {
		text += "ABCDE 01234 FGHJK 56789 MNPQR STVWX YZ012\n"
	}
	png, err := drawQR("SATCHEL-ASK 1\n" + text)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "code.png")
	write(t, file, string(png))
	got, err := readQR(file)
	if err != nil || got != seal.ForQR("SATCHEL-ASK 1\n"+text) {
		t.Fatalf("%q, %v", got, err)
	}
}

func TestDaysAreRead(t *testing.T) { // R6
	for _, typed := range []string{"31-Mar-2027", "31-mar-2027", "2027-03-31", "31/03/2027", "31/3/2027", "31 Mar 2027", "31 March 2027"} {
		var d dayFlag
		if err := d.Set(typed); err != nil || d.String() != "31-Mar-2027" || d.end.Hour() != 23 || d.end.Day() != 31 {
			t.Errorf("%s is %s: %v", typed, d.end, err)
		}
	}
	for _, typed := range []string{"", "tomorrow", "31-Feb-2027", "2027-13-01", "03/31/2027", "31-Mar-27", "2027", "31-Mar-2027 12:00"} {
		var d dayFlag
		if err := d.Set(typed); err == nil || !d.end.IsZero() {
			t.Errorf("%q was read as %s", typed, d.end)
		}
	}
}
