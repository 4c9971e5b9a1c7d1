package faults

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"satchel/store"
	"satchel/store/audit"
	"satchel/store/canon"
	"satchel/store/fact"
)

// step is one thing that a working child does: take a governance run or an F or
// a record, or unlock and look at everything.
type step struct {
	Run    []byte `cbor:"1,keyasint"`
	Fresh  []byte `cbor:"2,keyasint"`
	Record []byte `cbor:"3,keyasint"`
	Wrap   []byte `cbor:"4,keyasint"`
	Look   string `cbor:"5,keyasint"` // a number
}

// planned is a step with what its acknowledgement means, and what may be given
// up as soon as it begins.
type planned struct {
	step
	begins, means func(*said)
}

// day is what the hub plans for one round: what it said before, once more, and
// then news. The population stays small: who was withdrawn is forgotten.
func (a *area) day(steps int) []planned {
	plan := []planned{a.planRun(), a.planFresh()}
	a.forget()
	for _, p := range a.cohort.patients {
		if !p.dead {
			plan = append(plan, a.planRecord(p, p.sent[len(p.sent)-1]))
		}
	}
	for range steps {
		plan = append(plan, a.planNews())
	}
	return plan
}

func (a *area) planNews() planned {
	var alive []*patient
	for _, p := range a.cohort.patients {
		if !p.dead {
			alive = append(alive, p)
		}
	}
	p := alive[rand.IntN(len(alive))]
	switch n := rand.IntN(8); {
	case n < 2 || len(alive) < 6:
		p = a.patient(rand.IntN(3000))
		return a.planRecord(p, p.sent[0])
	case n < 4:
		return a.planRecord(p, a.release(p, rand.IntN(3000)))
	case n == 4 || len(alive) > 16:
		a.withdraw(p)
		return a.planRun()
	case n == 5:
		return a.planFresh()
	}
	return planned{step: step{Look: p.number}, begins: func(*said) {}, means: func(*said) {}}
}

// forget drops who was withdrawn: the next run says it again in any case.
func (a *area) forget() {
	var alive []*patient
	for _, p := range a.cohort.patients {
		if p.sent = p.sent[len(p.sent)-1:]; !p.dead || rand.IntN(4) > 0 {
			alive = append(alive, p)
		}
	}
	a.cohort.patients = alive
}

func (a *area) planRun() planned {
	run := a.governance()
	raw, err := run.Raw()
	a.must(err)
	var dead []*patient
	for _, p := range a.cohort.patients {
		if p.dead {
			dead = append(dead, p)
		}
	}
	return planned{
		step: step{Run: raw},
		begins: func(s *said) {
			for _, p := range dead {
				delete(s.rows, p.pid)
			}
		},
		means: func(s *said) {
			s.obeyed = run.Head.Value.Point
			for _, p := range dead {
				s.gone[p.pid] = true
			}
		},
	}
}

func (a *area) planFresh() planned {
	f := a.fresh()
	return planned{step: step{Fresh: f.Raw()}, begins: func(*said) {}, means: func(s *said) { s.fresh = max(s.fresh, f.Value.Time) }}
}

func (a *area) planRecord(p *patient, in store.Incoming) planned {
	h := in.Record.Header.Value
	return planned{
		step:   step{Record: in.RecordRaw, Wrap: in.WrapRaw},
		begins: func(*said) {},
		means: func(s *said) {
			if !s.gone[h.PID] && s.rows[h.PID].ver < h.Ver {
				s.rows[h.PID], s.ever[h.PID] = held{h.Epoch, h.Ver}, true
			}
		},
	}
}

const workName = "work"

func writeSteps(dir string, plan []planned) error {
	steps := make([]step, len(plan))
	for i := range plan {
		steps[i] = plan[i].step
	}
	raw, err := canon.Marshal(steps, scriptLimits)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(filepath.Dir(dir), workName), raw, 0o600)
}

// workOn is a child that goes through the steps beside its folder, and says
// what it begins, what was acknowledged, and where its chain ends.
func workOn(ctx context.Context, dir string) error {
	raw, err := os.ReadFile(filepath.Join(filepath.Dir(dir), workName))
	if err != nil {
		return err
	}
	var steps []step
	if err := canon.Unmarshal(raw, &steps, scriptLimits); err != nil {
		return err
	}
	v, err := store.Open(ctx, workConfig(dir))
	if err != nil {
		return err
	}
	fmt.Println("head", headText(v.ItemHead()))
	var s *store.Session
	for i := range steps {
		fmt.Println("begin", i)
		if s, err = steps[i].take(ctx, v, s); err != nil {
			return err
		}
		fmt.Println("did", i)
		fmt.Println("head", headText(v.ItemHead()))
	}
	return v.Close()
}

// workConfig has the machine's clocks.
func workConfig(dir string) store.Config {
	return store.Config{Dir: dir, Demo: true, Argon2: cheap, SegmentBytes: 20 << 10, FoldRows: 40}
}

func (st *step) take(ctx context.Context, v *store.Vault, s *store.Session) (*store.Session, error) {
	key := v.Certificate().Value.Sign
	switch {
	case len(st.Run) > 0:
		run, err := fact.OpenRun(key, st.Run)
		if err != nil {
			return s, err
		}
		return s, v.TakeGovernance(ctx, run.Head.Value.Chain.Cohort, run)
	case len(st.Fresh) > 0:
		f, err := fact.Open[fact.Freshness](key, st.Fresh)
		if err != nil {
			return s, err
		}
		return s, v.TakeFreshness(f)
	case len(st.Record) > 0:
		rec, err := fact.OpenRecord(key, st.Record)
		if err != nil {
			return s, err
		}
		h := rec.Header.Value
		_, err = v.PutRecords(ctx, h.Cohort, []store.Incoming{{Record: rec, RecordRaw: st.Record, WrapRaw: st.Wrap}}, h.Incarnation, h.Rev)
		return s, err
	}
	return st.look(ctx, v, s)
}

// look unlocks whoever is not, or locks who is, and opens one record.
func (st *step) look(ctx context.Context, v *store.Vault, s *store.Session) (*store.Session, error) {
	if s != nil {
		s.Lock()
		return nil, nil
	}
	s, err := v.Unlock(ctx, v.People()[0].Slot, []byte(passphrase))
	if wait, ok := errors.AsType[*store.WrongPassphraseError](err); ok && !wait.Tried {
		return nil, nil // killed in the middle of a try, it has to wait a second
	}
	if err != nil {
		return nil, err
	}
	got, err := s.Find(ctx, st.Look, 1)
	if err != nil || len(got.Rows) == 0 {
		return s, err
	}
	if _, err = s.Read(ctx, request(got.Rows[0].Handle)); errors.Is(err, store.ErrMissing) {
		err = nil
	}
	return s, err
}

func headText(h audit.Head) string { return fmt.Sprintf("%d %d %x", h.Chain, h.Seq, h.Hash) }

func parseHead(text string) (h audit.Head, err error) {
	var hash string
	if _, err := fmt.Sscanf(text, "%d %d %s", &h.Chain, &h.Seq, &hash); err != nil {
		return h, err
	}
	_, err = hex.Decode(h.Hash[:], []byte(hash))
	return h, err
}

// listen reads what a working child says until it says no more, and keeps what
// was acknowledged. seen is told of every line.
func listen(lines *bufio.Scanner, plan []planned, was *said, seen func()) error {
	for lines.Scan() {
		what, rest, _ := strings.Cut(lines.Text(), " ")
		if what == "head" {
			h, err := parseHead(rest)
			if err != nil {
				return err
			}
			was.head = h
			seen()
			continue
		}
		i, err := strconv.Atoi(rest)
		if err != nil || i >= len(plan) {
			return fmt.Errorf("the child says %q", lines.Text())
		}
		if what == "begin" {
			plan[i].begins(was)
		} else {
			plan[i].means(was)
		}
		seen()
	}
	return nil
}
