package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"satchel/assets/people"
)

// The first person of the demonstration laptop. The passphrase is no secret:
// it opens made-up people.
const (
	nurse      = "Demonstration Nurse"
	passphrase = "a lantern by the garden gate"
)

// area is the local area in out: programs, hub, central record, laptop.
type area struct {
	out  string
	o    options
	hub  *exec.Cmd
	log  *os.File
	held int // people the hub released
}

func (a *area) path(parts ...string) string {
	return filepath.Join(append([]string{a.out}, parts...)...)
}
func (a *area) hubData() string    { return a.path("hub") }
func (a *area) laptopData() string { return a.path("laptop") }

func (a *area) program(name string) string {
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return a.path("bin", name)
}

// clear removes what an earlier try left. The folder must be ours or empty: a
// mistyped -out must not cost anybody a folder.
func (a *area) clear() error {
	mark := a.path(".satchel-try")
	entries, err := os.ReadDir(a.out)
	switch {
	case errors.Is(err, os.ErrNotExist):
	case err != nil:
		return fmt.Errorf("looking into %s: %w", a.out, err)
	case len(entries) > 0:
		if _, err := os.Stat(mark); err != nil {
			return fmt.Errorf("%s holds something that is not a try: name another folder with -out", a.out)
		}
	}
	for _, part := range []string{"hub", "laptop", "central", "pictures", "account.md", "hub.log", "desktop.log", "steps.jsonl"} {
		if err := os.RemoveAll(a.path(part)); err != nil {
			return fmt.Errorf("clearing %s: %w", a.out, err)
		}
	}
	for _, dir := range []string{"bin", "central", "pictures"} {
		if err := os.MkdirAll(a.path(dir), 0o755); err != nil {
			return fmt.Errorf("making %s: %w", a.out, err)
		}
	}
	return os.WriteFile(mark, nil, 0o644)
}

// build compiles the three programs. The hub and the station need no C.
func (a *area) build(ctx context.Context) error {
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	say("building; the first time the window library takes some minutes")
	for _, b := range []struct {
		program, folder, cgo string
		flags                []string
	}{
		{"satchel-hub", "./app/hub", "0", nil},
		{"satchel-station", "./app/station", "0", nil},
		{"satchel", "./app", "1", []string{"-tags", "release,migrated_fynedo,no_animations"}},
	} {
		args := append([]string{"build", "-trimpath", "-o", a.program(b.program)}, b.flags...)
		c := exec.CommandContext(ctx, "go", append(args, b.folder)...)
		c.Dir, c.Stdout, c.Stderr = root, os.Stdout, os.Stderr
		c.Env = append(os.Environ(), "CGO_ENABLED="+b.cgo)
		if err := c.Run(); err != nil {
			return fmt.Errorf("building %s: %w", b.program, err)
		}
	}
	return nil
}

// found makes the area: central record, hub, and this machine as its laptop.
func (a *area) found(ctx context.Context) error {
	central, err := a.centralRecord()
	if err != nil {
		return err
	}
	address, err := freeAddress()
	if err != nil {
		return err
	}
	if _, err := a.run(ctx, "satchel-hub", "init", "--data", a.hubData(), "--demo", "--name", "Demonstration hub",
		"--listen", address, "--central", central, "--team", "Demonstration team", "--organisation", "Demonstration trust"); err != nil {
		return err
	}
	if err := a.startHub(ctx); err != nil {
		return err
	}
	if err := a.released(ctx); err != nil {
		return err
	}
	return a.enrol(ctx)
}

func (a *area) centralRecord() (string, error) {
	if a.o.central != "" {
		dir, err := filepath.Abs(a.o.central)
		if err != nil {
			return "", fmt.Errorf("finding %s: %w", a.o.central, err)
		}
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			return "", fmt.Errorf("%s is not a folder that can be read", a.o.central)
		}
		return dir, nil
	}
	say("making %d made-up people", a.o.people)
	dir := a.path("central")
	for doc := range people.Generate(a.o.seed, a.o.people) {
		if err := os.WriteFile(filepath.Join(dir, doc.ID+".json"), doc.JSON, 0o600); err != nil {
			return "", fmt.Errorf("writing the central record: %w", err)
		}
	}
	return dir, nil
}

// startHub starts the hub and waits until it answers orders.
func (a *area) startHub(ctx context.Context) error {
	if a.log == nil {
		var err error
		if a.log, err = os.Create(a.path("hub.log")); err != nil {
			return fmt.Errorf("opening the hub's log: %w", err)
		}
	}
	if err := os.Remove(filepath.Join(a.hubData(), "orders.sock")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("starting the hub: %w", err)
	}
	a.hub = exec.Command(a.program("satchel-hub"), "serve", "--data", a.hubData())
	a.hub.Stdout, a.hub.Stderr = a.log, a.log
	if err := a.hub.Start(); err != nil {
		return fmt.Errorf("starting the hub: %w", err)
	}
	// A status asked before the hub has its socket would open the ledger by
	// itself, and stand in the hub's way.
	socket := filepath.Join(a.hubData(), "orders.sock")
	return a.until(ctx, "the hub answers", time.Minute, func() (bool, error) {
		if _, err := os.Stat(socket); err != nil {
			return false, nil
		}
		s, err := a.status(ctx)
		return err == nil && s.Address != "", nil
	})
}

// killHub ends the hub as a power cut would.
func (a *area) killHub() error {
	if a.hub == nil {
		return nil
	}
	err := a.hub.Process.Kill()
	_ = a.hub.Wait() // it says that it was killed
	a.hub = nil
	if err != nil {
		return fmt.Errorf("killing the hub: %w", err)
	}
	return nil
}

// stop ends everything this try started.
func (a *area) stop() error {
	if a.hub != nil {
		_ = a.hub.Process.Signal(syscall.SIGTERM) // Kill below covers the rest
		done := make(chan error, 1)
		go func() { done <- a.hub.Wait() }()
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			_ = a.hub.Process.Kill() // it is gone, or about to be
			<-done
		}
		a.hub = nil
	}
	if a.log != nil {
		return a.log.Close()
	}
	return nil
}

// hubStatus is the part of `satchel-hub status` that try looks at.
type hubStatus struct {
	Address string `json:"address"`
	LogSize int    `json:"logSize"`
	Forks   int    `json:"forks"`
	Cohorts []struct {
		Records int `json:"records"`
	} `json:"cohorts"`
	Central struct {
		Files    int       `json:"files"`
		People   int       `json:"people"`
		Refused  int       `json:"refused"`
		NoPerson int       `json:"noPerson"`
		At       time.Time `json:"at"`
	} `json:"central"`
}

func (a *area) status(ctx context.Context) (hubStatus, error) {
	var s hubStatus
	out, err := a.run(ctx, "satchel-hub", "status", "--data", a.hubData())
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal(out, &s)
}

// released waits until the hub has looked through the central record once.
func (a *area) released(ctx context.Context) error {
	return a.until(ctx, "the hub has released the central record", 10*time.Minute, func() (bool, error) {
		s, err := a.status(ctx)
		if err != nil || s.Central.At.IsZero() || len(s.Cohorts) == 0 {
			return false, nil
		}
		a.held = s.Cohorts[0].Records
		if a.held == 0 {
			return false, fmt.Errorf("the central record holds nobody's summary (%d files, %d refused)", s.Central.Files, s.Central.Refused)
		}
		say("central record: %d files, %d people, %d that are nobody's summary, %d refused", s.Central.Files, s.Central.People, s.Central.NoPerson, s.Central.Refused)
		return true, nil
	})
}

func (a *area) enrol(ctx context.Context) error {
	out, err := a.run(ctx, "satchel-hub", "device", "enrol", "--data", a.hubData(), "--json", "--by", "demonstration")
	if err != nil {
		return err
	}
	var code struct {
		Code string `json:"code"`
	}
	if err := json.Unmarshal(out, &code); err != nil {
		return fmt.Errorf("reading the enrolment code: %w", err)
	}
	if err := os.WriteFile(a.path("passphrase"), []byte(passphrase+"\n"), 0o600); err != nil {
		return fmt.Errorf("writing the passphrase: %w", err)
	}
	_, err = a.run(ctx, "satchel-station", "enrol", code.Code, "--kind", "laptop", "--demo", "--data", a.laptopData(),
		"--name", "Demonstration laptop", "--person", nurse, "--passphrase-file", a.path("passphrase"))
	return err
}

// run runs one of the programs to its end and gives what it printed.
func (a *area) run(ctx context.Context, program string, args ...string) ([]byte, error) {
	c := exec.CommandContext(ctx, a.program(program), args...)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil {
		return out.Bytes(), fmt.Errorf("%s %s: %w: %s", program, args[0], err, strings.TrimSpace(errs.String()))
	}
	return out.Bytes(), nil
}

// until asks again and again whether something is so, for at most so long.
func (a *area) until(ctx context.Context, what string, limit time.Duration, so func() (bool, error)) error {
	ctx, stop := context.WithTimeout(ctx, limit)
	defer stop()
	for {
		yes, err := so()
		if err != nil || yes {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waited %s in vain: %s", limit, what)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// openDesktop shows the desktop to whoever is there, unlocked, until it is
// closed.
func (a *area) openDesktop(ctx context.Context) error {
	say("opening the desktop; %d made-up people are on their way to it", a.held)
	say("type a name such as barnaby and press Enter; then, in another terminal:")
	say("  %s withdraw --data %s --nhs \"999 000 0034\"", a.program("satchel-hub"), a.hubData())
	c := exec.CommandContext(ctx, a.program("satchel"), "--demo", "--data", a.laptopData(), "--passphrase-file", a.path("passphrase"))
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	if err := c.Run(); err != nil && ctx.Err() == nil {
		return fmt.Errorf("the desktop: %w", err)
	}
	return nil
}

func say(format string, args ...any) { fmt.Fprintf(io.Writer(os.Stdout), "try: "+format+"\n", args...) }
