package main

import (
	"context"
	"flag"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"satchel/assets/people"
	"satchel/store/identity"
	"satchel/sync/hub"
)

func TestMain(m *testing.M) {
	// Two scripts at a time: each starts a hub and stretches passphrases at
	// their full cost.
	if err := flag.Set("test.parallel", "2"); err != nil {
		panic(err)
	}
	testscript.Main(m, map[string]func(){"satchel-station": main})
}

// TestScripts runs the station's command line as a process against a hub that
// is one too, on real folders and sockets of this machine.
func TestScripts(t *testing.T) {
	bin := buildHub(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", RequireExplicitExec: true, RequireUniqueNames: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", bin+string(filepath.ListSeparator)+env.Getenv("PATH"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"people": makePeople, "serving": awaitHub, "until": until, "take": take, "port": port,
			"mistype": mistype, "forge": forge, "flip": flip,
		},
	})
}

// buildHub makes satchel-hub as it is shipped, and looks at the sources it is
// made of, so that a cached test result does not outlive them.
func buildHub(t *testing.T) string {
	t.Helper()
	bin := t.TempDir()
	for _, dir := range []string{"../hub", "../../sync", "../../store"} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || filepath.Ext(path) != ".go" {
				return err
			}
			_, err = os.Stat(path)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	name := "satchel-hub"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	c := exec.Command("go", "build", "-o", filepath.Join(bin, name), "../hub")
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("building the hub: %v\n%s", err, out)
	}
	return bin
}

// makePeople N DIR writes the first N made-up people as a central record. Of
// the people of the stories, $ETHEL is the document's name and $ETHEL_NHS the
// number.
func makePeople(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: people N DIR")
	}
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	dir := ts.MkAbs(args[1])
	ts.Check(os.MkdirAll(dir, 0o700))
	for doc := range people.Generate(1, n) {
		ts.Check(os.WriteFile(filepath.Join(dir, doc.ID+".json"), doc.JSON, 0o600))
	}
	for _, p := range people.Scenario() {
		ts.Setenv(strings.ToUpper(p.Key), p.ID+".json")
		ts.Setenv(strings.ToUpper(p.Key)+"_NHS", p.NHS)
	}
}

// patience is how long a condition may take on a loaded machine.
const patience = time.Minute

// awaitHub DIR waits until a hub answers orders in DIR. Asking `status` before
// that would open the ledger in the hub's way.
func awaitHub(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: serving DIR")
	}
	socket := filepath.Join(ts.MkAbs(args[0]), "orders.sock")
	poll(ts, "a hub answers in "+args[0], func(ctx context.Context) bool {
		conn, err := (&net.Dialer{}).DialContext(ctx, "unix", socket)
		return err == nil && conn.Close() == nil
	})
}

// until PATTERN COMMAND... runs a command again and again until what it prints
// matches. Its exit status does not count.
func until(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: until PATTERN COMMAND...")
	}
	want, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	poll(ts, strings.Join(args, " "), func(context.Context) bool {
		_ = ts.Exec(args[1], args[2:]...) // what it printed counts
		return want.MatchString(ts.ReadFile("stdout") + ts.ReadFile("stderr"))
	})
}

func poll(ts *testscript.TestScript, what string, so func(context.Context) bool) {
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	for !so(ctx) {
		select {
		case <-ctx.Done():
			ts.Fatalf("in vain: %s", what)
		case <-time.After(20 * time.Millisecond): // polling other processes; nothing is assumed about when
		}
	}
}

// take NAME PATTERN puts the first group of the first match in the last
// standard output into the variable NAME.
func take(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: take NAME PATTERN")
	}
	got := regexp.MustCompile("(?m)" + args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if len(got) < 2 {
		ts.Fatalf("no match for %q", args[1])
	}
	ts.Setenv(args[0], got[1])
}

// port NAME puts an address of this machine that nobody listens on into the
// variable NAME, from below the ports that systems hand out by themselves.
func port(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: port NAME")
	}
	for p := 20000 + os.Getpid()%8000; p < 32000; p++ {
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(p)))
		if err != nil {
			continue
		}
		ts.Check(l.Close())
		ts.Setenv(args[0], l.Addr().String())
		return
	}
	ts.Fatalf("no port is free")
}

// mistype NAME CODE GROUP puts CODE with one slip in that group (1 to 5) into
// the variable NAME.
func mistype(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: mistype NAME CODE GROUP")
	}
	group, err := strconv.Atoi(args[2])
	ts.Check(err)
	at := (group-1)*6 + 2
	for _, r := range "0123456789ABCDEFGHJKMNPQRSTVWXYZ" {
		slip := []byte(args[1])
		slip[at] = byte(r)
		if _, err := identity.ParseEnrolmentCode(string(slip)); err != nil {
			ts.Setenv(args[0], string(slip))
			return
		}
	}
	ts.Fatalf("no slip is found in group %d", group)
}

// forge NAME DIR ADDRESS makes up a code that names the area in DIR and was
// never issued.
func forge(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: forge NAME DIR ADDRESS")
	}
	area, err := hub.OpenArea(ts.MkAbs(args[1]), time.Now())
	ts.Check(err)
	ts.Setenv(args[0], identity.NewEnrolmentCode(args[2], area.Certificate.Value.Root).Text())
}

// flip GLOB [OFFSET] changes a bit of the one file that matches, in its middle
// if no offset is given; doing it again changes it back.
func flip(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: flip GLOB [OFFSET]")
	}
	found, err := filepath.Glob(ts.MkAbs(args[0]))
	ts.Check(err)
	if len(found) != 1 {
		ts.Fatalf("%d files match %s", len(found), args[0])
	}
	raw, err := os.ReadFile(found[0])
	ts.Check(err)
	at := len(raw) / 2
	if len(args) == 2 {
		at, err = strconv.Atoi(args[1])
		ts.Check(err)
	}
	raw[at] ^= 1
	ts.Check(os.WriteFile(found[0], raw, 0o600))
}
