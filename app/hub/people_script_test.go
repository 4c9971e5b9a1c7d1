package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"satchel/store"
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

// ask NAME FILE PICTURE has a laptop ask for its first person's recovery, and
// writes what it shows: the request's text, and its QR code.
func ask(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: ask NAME FILE PICTURE")
	}
	v := vaultOf(ts, args[0])
	request, err := v.RequestRecovery(context.Background(), v.People()[0].Slot, store.Secret{Text: []byte("copper kettle under the stairs")})
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(request), 0o600))
	png, err := drawQR(request)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), png, 0o600))
}

// answered NAME ANSWER gives a laptop an answer, as text or as a picture of its
// QR code: it must be the one that it waits for.
func answered(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: answered NAME ANSWER")
	}
	text := ts.ReadFile(args[1])
	if filepath.Ext(args[1]) == ".png" {
		var err error
		text, err = readQR(ts.MkAbs(args[1]))
		ts.Check(err)
	}
	v := vaultOf(ts, args[0])
	slot, err := v.TakeRecovery(context.Background(), text)
	ts.Check(err)
	if slot != v.People()[0].Slot {
		ts.Fatalf("the answer is for somebody else")
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
		if err := d.Set(typed); err != nil || d.String() != "31-Mar-2027" || d.end.UTC().Format(time.DateTime) != "2027-03-31 22:59:59" { // in summer time a UK day ends an hour before UTC's
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
