// Try shows Satchel doing its main job on one machine, with nothing set up but
// Go and the system's package manager:
//
//	go run ./packaging/try
//
// It installs what a build needs, builds, starts a local area (a hub, its
// ledger, a folder as the central record with made-up people), enrols this
// machine, and opens the desktop. With no display it does the same under a
// virtual one, walks the four stories in the real window, and writes a picture
// of each step and a plain account to out/try.
//
// It guarantees that it exits 0 only if every step did what the account says,
// that it leaves nothing running, and that it touches nothing outside out/try
// but the system's packages. It imports the standard library and the made-up
// people alone, so that it starts before any module has been downloaded. It is
// a demonstration area: a real device refuses it (R57).
//
// Running it is its test; .ci/run does, under a virtual display.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"satchel/packaging/setup"
)

type options struct {
	central string // a folder of FHIR files instead of made-up people
	people  int
	seed    uint64
	out     string
	walk    bool // drive the window ourselves, even where there is a display
}

func main() {
	o := options{}
	flag.StringVar(&o.central, "central", "", "use this folder of FHIR files instead of the demonstration people")
	flag.IntVar(&o.people, "people", 250, "how many demonstration people")
	flag.Uint64Var(&o.seed, "seed", 1, "seed of the demonstration people")
	flag.StringVar(&o.out, "out", filepath.Join("out", "try"), "where everything is put")
	flag.BoolVar(&o.walk, "walk", false, "walk the four stories under a virtual display, also where there is a real one")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := try(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "try:", err)
		os.Exit(1)
	}
}

func try(ctx context.Context, o options) (err error) {
	var out string
	if out, err = filepath.Abs(o.out); err != nil {
		return fmt.Errorf("finding %s: %w", o.out, err)
	}
	walk := o.walk || !hasDisplay()
	needs := []setup.Need{setup.Build}
	if walk {
		needs = append(needs, setup.Display)
	}
	if err := setup.Here().Ensure(ctx, os.Stdout, needs...); err != nil {
		return err
	}
	a := &area{out: out, o: o}
	if err := a.clear(); err != nil {
		return err
	}
	if err := a.build(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.stop()) }()
	if err := a.found(ctx); err != nil {
		return err
	}
	if walk {
		return a.walkStories(ctx)
	}
	return a.openDesktop(ctx)
}

// hasDisplay tells whether a window can be shown to somebody.
func hasDisplay() bool {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		return true
	}
	return os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
}

// moduleRoot is the folder of go.mod, so that try can be started anywhere in
// the tree.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("finding the source tree: %w", err)
	}
	for {
		mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.HasPrefix(string(mod), "module satchel\n") {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("not inside Satchel's source tree")
		}
		dir = up
	}
}
