package faults

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"testing"
)

const (
	childEnv = "SATCHEL_TEST_CHILD"
	dirEnv   = "SATCHEL_TEST_DIR"
)

// children are what this test binary can be instead of a test: a process of its
// own, that may be killed or die.
var children = map[string]func(ctx context.Context, dir string) error{
	"look":     lookOn,
	"bare":     bareOn,
	"work":     workOn,
	"append":   appendOn,
	"buffered": bufferedOn,
	"unsynced": unsyncedOn,
	"lazy":     lazyOn,
	"driven":   drivenOn,
	"fills":    fillsOn,
}

var tableFile = flag.String("table", "", "file to which TestDamage writes its table")

// TestMain lets this test binary be its own child.
func TestMain(m *testing.M) {
	what := os.Getenv(childEnv)
	if what == "" {
		os.Exit(m.Run())
	}
	if err := children[what](context.Background(), os.Getenv(dirEnv)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func child(what, dir string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+what, dirEnv+"="+dir)
	return cmd
}
