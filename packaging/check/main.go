// Check runs the gates that a change to Satchel passes, in one order, and says at
// the end which of them failed:
//
//	go run ./packaging/check
//
// It guarantees that every gate runs even when an earlier one fails, that each says
// ok, FAILED or NOT RUN with its time, and that it exits with 1 when one failed. On
// a fresh Debian or Ubuntu it installs the system packages it needs when it is root,
// and prints the one command to run when it is not. NOT RUN is said only where a
// gate cannot run here (no vulnerability database answers, fuzzing was switched
// off); it never hides a failure. It imports the standard library alone, so that it
// runs before any module has been downloaded. It does not install Go.
//
// The tests of this package prove that the gates can fail: TestGatesReport for the
// verdicts, TestMustRun for tests that may not skip, TestBrokenHouses for the floors.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// buildTags are the tags of every gate that type-checks or tests. migrated_fynedo
// says that the desktop is written for Fyne's threading rules of 2.6 and later; ci
// puts Fyne's software driver in the place of OpenGL, whose C bindings would be
// compiled anew for each of these gates. The gate desktop builds the real thing.
const buildTags = "migrated_fynedo,ci"

// releaseTags are those the desktop is built with for people.
const releaseTags = "release,migrated_fynedo,no_animations"

func main() {
	fuzz := flag.Duration("fuzz", 10*time.Second, "how long to run each fuzz target; 0 skips them")
	only := flag.String("only", "", "run only these gates, by name, separated by commas")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := check(ctx, os.Stdout, *fuzz, *only); err != nil {
		fmt.Fprintln(os.Stderr, "check:", err)
		os.Exit(1)
	}
}

// check runs the chosen gates from the root of the module.
func check(ctx context.Context, out io.Writer, fuzz time.Duration, only string) error {
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	h := house{root: root, fuzz: fuzz}
	gates, err := choose(h.gates(), only)
	if err != nil {
		return err
	}
	return runGates(ctx, out, gates)
}

// moduleRoot finds the folder of Satchel's go.mod, so that check can be started from
// any folder of the tree.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("finding the working folder: %w", err)
	}
	for {
		mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.HasPrefix(string(mod), "module satchel\n") {
			return dir, nil
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", fmt.Errorf("looking for the module: %w", err)
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("not inside Satchel's source tree")
		}
		dir = up
	}
}

// choose keeps the gates named in only, in their own order; all when it is empty.
func choose(all []gate, only string) ([]gate, error) {
	if only == "" {
		return all, nil
	}
	names := strings.Split(only, ",")
	var chosen []gate
	for _, g := range all {
		if i := slices.Index(names, g.name); i >= 0 {
			chosen = append(chosen, g)
			names = slices.Delete(names, i, i+1)
		}
	}
	if len(names) > 0 {
		return nil, fmt.Errorf("no gate is called %q", strings.Join(names, ", "))
	}
	return chosen, nil
}
