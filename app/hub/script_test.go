package main

import (
	"context"
	"flag"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"satchel/assets/people"
)

func TestMain(m *testing.M) {
	// Two programs at a time: a script starts several of its own.
	if err := flag.Set("test.parallel", "2"); err != nil {
		panic(err)
	}
	testscript.Main(m, map[string]func(){"satchel-hub": main})
}

// TestScripts runs the hub's command line as a process, on real folders and
// sockets of this machine.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", RequireExplicitExec: true, RequireUniqueNames: true, Setup: days,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"people": makePeople, "serving": awaitHub, "sparse": makeSparse, "deep": makeDeep, "listen": listen,
			"enlist": enlist, "ask": ask, "answered": answered, "pick": pick,
		},
	})
}

// makePeople N DIR writes the first N made-up people as a central record.
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
}

// awaitHub DIR waits until a hub answers orders in DIR. Asking `status` before
// that would open the ledger in the hub's way.
func awaitHub(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: serving DIR")
	}
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	socket := filepath.Join(ts.MkAbs(args[0]), "orders.sock")
	for {
		conn, err := (&net.Dialer{}).DialContext(ctx, "unix", socket)
		if err == nil {
			ts.Check(conn.Close())
			return
		}
		select {
		case <-ctx.Done():
			ts.Fatalf("no hub answered in %s", args[0])
		case <-time.After(10 * time.Millisecond): // polling another process
		}
	}
}

// makeSparse FILE BYTES makes a file of that length that takes no room.
func makeSparse(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: sparse FILE BYTES")
	}
	n, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), nil, 0o600))
	ts.Check(os.Truncate(ts.MkAbs(args[0]), n))
}

// makeDeep FILE N makes a FHIR resource with N extensions inside each other.
func makeDeep(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: deep FILE N")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	text := `{"resourceType":"Patient"` + strings.Repeat(`,"extension":[{"url":"x"`, n) + strings.Repeat(`}]`, n) + `}`
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}

// listen NAME takes a port of this machine until the script ends, and puts its
// address into the variable NAME.
func listen(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: listen NAME")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { _ = l.Close() }) // nothing was written to it
	ts.Setenv(args[0], l.Addr().String())
}
