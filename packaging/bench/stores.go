package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

var storesSection = section{"stores", "the vault beside Badger, SQLite and the bare disk, in turns", measureStores}

// rivals is the program of packaging/bench/stores, which has a module of its
// own, at work on a population.
type rivals struct {
	program *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	said    *strings.Builder
	dir     string
}

func measureStores(ctx context.Context, b *bench) error {
	program, why, err := b.buildRivals(ctx)
	if err != nil {
		return err
	}
	if why != "" {
		return errors.Join(b.notRun("get.many.badger", why), b.notRun("get.many.sqlite", why))
	}
	defer os.Remove(program) // a few MB in the temporary folder
	for _, s := range b.sizes() {
		if err := b.measureBeside(ctx, program, s); err != nil {
			return fmt.Errorf("%d people: %w", s.people, err)
		}
	}
	return nil
}

// buildRivals builds the program; why is not empty where that is not possible.
func (b *bench) buildRivals(ctx context.Context) (program, why string, err error) {
	if _, err := os.Stat(filepath.Join(b.stores, "go.mod")); err != nil {
		return "", "there is no " + b.stores, nil
	}
	if _, err := exec.LookPath("go"); err != nil {
		return "", "there is no go command to build them with", nil
	}
	f, err := os.CreateTemp("", "satchel-stores-")
	if err != nil {
		return "", "", fmt.Errorf("building the stores: %w", err)
	}
	if err := f.Close(); err != nil {
		return "", "", fmt.Errorf("building the stores: %w", err)
	}
	build := exec.CommandContext(ctx, "go", "build", "-o", f.Name(), ".")
	build.Dir = b.stores
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := build.CombinedOutput(); err != nil {
		return "", "their modules cannot be had: " + firstWords(string(said)), os.Remove(f.Name())
	}
	return f.Name(), "", nil
}

func firstWords(said string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(said), "\n")
	return line[:min(len(line), 200)]
}

func (b *bench) startRivals(ctx context.Context, program string, n int) (*rivals, error) {
	dir, err := os.MkdirTemp(b.dir, "satchel-bench-")
	if err != nil {
		return nil, fmt.Errorf("making a folder to measure in: %w", err)
	}
	r := &rivals{dir: dir, said: &strings.Builder{}, program: exec.CommandContext(ctx, program, "-dir", dir, "-people", fmt.Sprint(n))}
	r.program.Stderr = r.said
	out, err := r.program.StdoutPipe()
	if err == nil {
		r.in, err = r.program.StdinPipe()
	}
	if err == nil {
		err = r.program.Start()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("starting the stores: %w", err), os.RemoveAll(dir))
	}
	r.out = bufio.NewReader(out)
	return r, nil
}

func (r *rivals) close() error {
	err := errors.Join(r.in.Close(), r.program.Wait())
	if err != nil {
		err = fmt.Errorf("ending the stores: %w: %s", err, strings.TrimSpace(r.said.String()))
	}
	return errors.Join(err, os.RemoveAll(r.dir))
}

// ask has one line carried out.
func (r *rivals) ask(format string, words ...any) (took []time.Duration, bytes int64, err error) {
	line := fmt.Sprintf(format, words...)
	if _, err := io.WriteString(r.in, line+"\n"); err != nil {
		return nil, 0, fmt.Errorf("asking the stores: %w: %s", err, r.said)
	}
	said, err := r.out.ReadBytes('\n')
	if err != nil {
		return nil, 0, fmt.Errorf("hearing the stores: %w: %s", err, r.said)
	}
	var answer struct {
		Took  []time.Duration `json:"took"`
		Bytes int64           `json:"bytes"`
		Error string          `json:"error"`
	}
	if err := json.Unmarshal(said, &answer); err != nil {
		return nil, 0, fmt.Errorf("hearing the stores: %w", err)
	}
	if answer.Error != "" {
		return nil, 0, fmt.Errorf("%s: %s", line, answer.Error)
	}
	return answer.Took, answer.Bytes, nil
}

// beside is what one size is measured with.
type beside struct {
	*bench
	c    *crowd
	r    *rivals
	name string
}

// others are the databases, in the order of the figures.
var others = []string{"badger", "sqlite"}

func (b *bench) measureBeside(ctx context.Context, program string, s size) (err error) {
	c, err := b.crowd(ctx, s.people)
	if err != nil {
		return err
	}
	b.say("  loading the other stores with %d people", s.people)
	r, err := b.startRivals(ctx, program, s.people)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close(), c.close()) }()
	m := &beside{b, c, r, s.name}
	for _, step := range []func(context.Context) error{m.load, m.reopen, m.get, m.append, m.erase, m.weigh} {
		if err := errors.Join(ctx.Err(), step(ctx)); err != nil {
			return err
		}
	}
	return nil
}

func (m *beside) load(context.Context) error {
	for _, other := range others {
		took, _, err := m.r.ask("%s load", other)
		if err != nil {
			return err
		}
		n := len(m.c.pids)
		if err := m.add("stores."+m.name+"."+other+".load", float64(n)/took[0].Seconds(), perSecond, n, "documents as they are, 500 made durable together"); err != nil {
			return err
		}
	}
	return nil
}

func (m *beside) reopen(context.Context) error {
	for _, other := range others {
		took, _, err := m.r.ask("%s open", other)
		if err != nil {
			return err
		}
		if err := m.add("stores."+m.name+"."+other+".open", in(took[0], milliseconds), milliseconds, 1, ""); err != nil {
			return err
		}
	}
	return nil
}

// get takes turns: the vault's record got, authenticated, opened and
// decompressed, and the document as it is from the others.
func (m *beside) get(ctx context.Context) error {
	const turns, each = 20, 100
	s, err := m.c.unlock(ctx)
	if err != nil {
		return err
	}
	defer s.Lock()
	handles, err := everybody(ctx, s)
	if err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(seed, 5))
	all := map[string][]time.Duration{}
	for range turns {
		ours, err := clock(each, func(int) error { return s.Verify(ctx, handles[r.IntN(len(handles))]) })
		if err != nil {
			return err
		}
		all["vault"] = append(all["vault"], ours...)
		for _, other := range others {
			took, _, err := m.r.ask("%s get %d", other, each)
			if err != nil {
				return err
			}
			all[other] = append(all[other], took...)
		}
	}
	return m.compare("get", all, microseconds, "medians, in turns; the vault's is opened and decompressed too")
}

// append takes turns between an entry of the vault's audit log and an insertion
// of as many bytes, each durable before the next.
func (m *beside) append(context.Context) error {
	const turns, each = 20, 20
	all := map[string][]time.Duration{}
	for range turns {
		for _, other := range append([]string{"disk"}, others...) {
			took, _, err := m.r.ask("%s append %d", other, each)
			if err != nil {
				return err
			}
			all[other] = append(all[other], took...)
		}
	}
	for other, took := range all {
		if err := m.addPercentiles("stores."+m.name+"."+other+".append", took, microseconds, fmt.Sprintf("%d bytes, durable", entryBytes)); err != nil {
			return err
		}
	}
	return nil
}

// erase takes turns; only the vault's destroys what old copies of the disk hold.
func (m *beside) erase(ctx context.Context) error {
	n := min(erased, len(m.c.pids)/10)
	all := map[string][]time.Duration{}
	for range 3 {
		took, err := m.c.withdraw(ctx, n)
		if err != nil {
			return err
		}
		all["vault"] = append(all["vault"], took)
		for _, other := range others {
			took, _, err := m.r.ask("%s delete %d", other, n)
			if err != nil {
				return err
			}
			all[other] = append(all[other], took...)
		}
	}
	return m.compare("erase", all, milliseconds, fmt.Sprintf("%d people; the vault's also turns the keys over, so that old copies of the disk are of no use", n))
}

// compare prints the medians of the others, and how many times theirs the
// vault's is.
func (m *beside) compare(what string, all map[string][]time.Duration, unit, note string) error {
	ours := percentile(all["vault"], 0.5)
	if err := m.add("stores."+m.name+".vault."+what, in(ours, unit), unit, len(all["vault"]), note); err != nil {
		return err
	}
	for _, other := range others {
		theirs := percentile(all[other], 0.5)
		if err := m.add("stores."+m.name+"."+other+"."+what, in(theirs, unit), unit, len(all[other]), note); err != nil {
			return err
		}
		if err := m.add(what+"."+m.name+"."+other, float64(ours)/float64(theirs), times, len(all[other]), "the vault's median over "+other+"'s; "+note); err != nil {
			return err
		}
	}
	return nil
}

func (m *beside) weigh(context.Context) error {
	for _, other := range others {
		_, size, err := m.r.ask("%s size", other)
		if err != nil {
			return err
		}
		if err := m.add("stores."+m.name+"."+other+".size", float64(size)/float64(m.c.raw), times, 1, "bytes on the disk against the JSON's"); err != nil {
			return err
		}
	}
	return nil
}
