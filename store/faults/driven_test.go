package faults

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"satchel/store"
	"satchel/store/audit"
	"satchel/store/canon"
)

// drivenOn is a child that does what it is told, a line at a time, and answers
// each with "ok" or "no", the head of its chain, and why.
func drivenOn(ctx context.Context, dir string) error {
	d := driven{dir: dir}
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		err := d.do(ctx, in.Text())
		head := audit.Head{}
		if d.v != nil {
			head = d.v.ItemHead()
		}
		switch {
		case err == nil:
			fmt.Println("ok", headText(head), "-")
		case errors.Is(err, store.ErrDiskFull):
			fmt.Println("full", headText(head), "-")
		default:
			fmt.Println("no", headText(head), strings.ReplaceAll(err.Error(), "\n", "; "))
		}
	}
	return nil
}

type driven struct {
	dir string
	v   *store.Vault
	s   *store.Session
}

func (d *driven) do(ctx context.Context, what string) (err error) {
	switch what {
	case "open":
		d.v, err = store.Open(ctx, fullConfig(d.dir))
	case "close":
		err = d.v.Close()
	case "tick":
		err = d.v.Tick(ctx)
	case "unlock", "wrong":
		secret := passphrase
		if what == "wrong" {
			secret = "not " + passphrase
		}
		d.s, err = d.v.Unlock(ctx, d.v.People()[0].Slot, []byte(secret))
	case "lock":
		if d.s != nil {
			d.s.Lock()
		}
	case "look":
		err = d.look(ctx)
	case "whole":
		for _, n := range d.v.Notices() {
			if n.Code != store.ShareWeak {
				err = errors.Join(err, fmt.Errorf("it says %s", n.Code))
			}
		}
	default:
		err = d.step(ctx, what)
	}
	return err
}

func fullConfig(dir string) store.Config {
	cfg := workConfig(dir)
	cfg.SegmentBytes = 64 << 10
	return cfg
}

// look opens the first record that there is.
func (d *driven) look(ctx context.Context) error {
	if d.s == nil {
		return errors.New("nobody is unlocked")
	}
	got, err := d.s.Today(ctx, 1)
	if err != nil {
		return err
	}
	if len(got.Rows) == 0 {
		return store.ErrNotHeld
	}
	_, err = d.s.Read(ctx, request(got.Rows[0].Handle))
	return err
}

// step does the one step that is in a file.
func (d *driven) step(ctx context.Context, name string) error {
	raw, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	var steps []step
	if err := canon.Unmarshal(raw, &steps, scriptLimits); err != nil {
		return err
	}
	_, err = steps[0].take(ctx, d.v, nil)
	return err
}

// driver is the other side.
type driver struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Scanner
	errs strings.Builder
}

func drive(dir string) (*driver, error) {
	d := &driver{cmd: child("driven", dir)}
	d.cmd.Stderr = &d.errs
	var err error
	if d.in, err = d.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := d.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	d.out = bufio.NewScanner(out)
	return d, d.cmd.Start()
}

// do has the child do something; the error is that it died.
func (d *driver) do(what string, was *said) (answer, why string, err error) {
	if _, err = io.WriteString(d.in, what+"\n"); err != nil || !d.out.Scan() {
		_ = d.cmd.Wait() // why is in errs
		return "", "", fmt.Errorf("%w at %s: %s", errDied, what, firstLines(d.errs.String()))
	}
	f := strings.SplitN(d.out.Text(), " ", 5)
	if len(f) != 5 {
		return "", "", fmt.Errorf("the child says %q", d.out.Text())
	}
	h, err := parseHead(strings.Join(f[1:4], " "))
	if err == nil && h.Seq > 0 {
		was.head = h
	}
	return f[0], f[4], err
}

// end lets the child end, or kills it.
func (d *driver) end(kill bool) {
	if kill {
		_ = d.cmd.Process.Kill()
	}
	_ = d.in.Close()
	_ = d.cmd.Wait() // killed, or at the end of its input
}
