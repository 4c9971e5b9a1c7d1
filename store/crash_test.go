package store

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"satchel/store/audit"
	"satchel/store/fact"
	"satchel/store/files/crash"
	"satchel/store/identity"
	"satchel/store/seal"
)

// cutting is a vault on a disk that loses power, at one point of its life.
type cutting struct {
	*world
	c    *hubCohort
	dir  string
	base *crash.Disk // closed: everything on it is durable
	kept identity.PID
	more Incoming
	head uint64 // the last entry of base
}

func newCutting(t *testing.T) *cutting {
	x := &cutting{world: newWorld(t), dir: t.TempDir(), base: crash.New(), kept: identity.Random[identity.PID]()}
	x.c = x.newCohort()
	v := x.laptop(x.config(x.dir, x.base), x.c)
	x.put(v, x.c, x.release(x.c, x.kept, document("Zebedee", number(2))))
	x.unlock(v).Lock()
	x.more = x.release(x.c, identity.Random[identity.PID](), document("Quillfeather", number(1)))
	x.head = v.ItemHead().Seq
	x.must(v.Close())
	return x
}

// at gives a copy of the disk as it was.
func (x *cutting) at() *crash.Disk {
	for name, d := range x.base.States(1, 0) {
		if name == "all" {
			return d
		}
	}
	x.t.Fatal("a disk has no state")
	return nil
}

// everywhere cuts the power at every operation of a step, opens what may be
// left, and checks it. done is what the step acknowledged.
func (x *cutting) everywhere(step func(*Vault) (done any, err error), after func(v *Vault, done any) error) {
	x.t.Helper()
	for n := 1; ; n++ {
		disk := x.at()
		v, err := Open(x.t.Context(), x.config(x.dir, disk))
		x.must(err)
		before := disk.Ops()
		disk.CutAt(before + n)
		done, err := step(v)
		cut := disk.Ops() >= before+n
		last := disk.LastOp()
		if err != nil {
			done = nil
		}
		_ = v.Close() // the power is gone; what matters is what is left
		if !cut {
			if n < 2 {
				x.t.Fatal("the step wrote nothing")
			}
			if err != nil {
				x.t.Fatalf("without a cut: %v", err)
			}
			return
		}
		if err != nil && !errors.Is(err, crash.ErrCut) {
			x.t.Fatalf("cut at %s: %v", last, err)
		}
		for name, left := range disk.States(uint64(n), 1) {
			v, err := Open(x.t.Context(), x.config(x.dir, left))
			if err != nil {
				x.t.Fatalf("cut at %s, %s: %v", last, name, err)
			}
			if err := after(v, done); err != nil {
				x.t.Errorf("cut at %s, %s: %v", last, name, err)
			}
			x.must(v.Close())
		}
	}
}

// entered counts the entries of a kind.
func (x *cutting) entered(v *Vault, k audit.Kind) int { return count(x.entries(v), k) }

func TestCutEverywhere(t *testing.T) { // R8, I2
	t.Run("put", func(t *testing.T) {
		x := newCutting(t)
		x.everywhere(func(v *Vault) (any, error) {
			n, err := v.PutRecords(t.Context(), x.c.id, []Incoming{x.more}, 1, x.c.rev)
			return n, err
		}, func(v *Vault, done any) error {
			if done != nil && v.Count() != 2 {
				return fmt.Errorf("%d rows of 2 that were acknowledged", v.Count())
			}
			s := x.unlock(v)
			x.reads(s)
			if v.Count() == 2 {
				if _, err := s.Read(t.Context(), request(x.handleOf(v, x.more))); err != nil && !errors.Is(err, ErrMissing) {
					return fmt.Errorf("neither whole nor missing: %w", err)
				}
			}
			return nil
		})
	})
	t.Run("read", func(t *testing.T) {
		x := newCutting(t)
		x.everywhere(func(v *Vault) (any, error) {
			s, err := v.Unlock(t.Context(), v.People()[0].Slot, []byte(passphrase))
			if err != nil {
				return nil, err
			}
			return s.Read(t.Context(), request(x.one(s, "zebedee").Handle))
		}, func(v *Vault, done any) error {
			if o, ok := done.(*Opened); ok && v.ItemHead().Seq < o.Entry {
				return fmt.Errorf("entry %d was acknowledged, the chain ends at %d", o.Entry, v.ItemHead().Seq)
			}
			return v.items.VerifyAll()
		})
	})
	t.Run("wrong passphrase", func(t *testing.T) {
		x := newCutting(t)
		x.everywhere(func(v *Vault) (any, error) {
			_, err := v.Unlock(t.Context(), v.People()[0].Slot, []byte("wrong"))
			if wrong, ok := errors.AsType[*WrongPassphraseError](err); ok && wrong.Tried {
				return wrong, nil
			}
			return nil, err
		}, func(v *Vault, done any) error {
			if done != nil && v.People()[0].Left != maxTries-1 {
				return errors.New("a wrong try was forgotten")
			}
			return nil
		})
	})
	t.Run("withdrawal", func(t *testing.T) {
		x := newCutting(t)
		x.kill(x.c, x.kept, fact.Withdrawn)
		run := x.governance(x.c)
		x.everywhere(func(v *Vault) (any, error) {
			return true, v.TakeGovernance(t.Context(), x.c.id, run)
		}, func(v *Vault, done any) error {
			if (done != nil || v.GovernancePoint(x.c.id) == x.c.chain.end()) && v.Count() != 0 {
				return errors.New("the kill is held and the row is there")
			}
			if v.Count() == 0 && x.entered(v, audit.KindPurged) == 0 {
				return errors.New("gone without an entry")
			}
			x.must(v.TakeGovernance(t.Context(), x.c.id, run))
			if v.Count() != 0 || x.entered(v, audit.KindPurged) == 0 || len(v.content.Dropped) != 0 {
				return errors.New("hearing it again did not finish it")
			}
			return nil
		})
	})
	t.Run("credential", func(t *testing.T) {
		x := newCutting(t)
		x.pass(time.Minute) // so that it is a newer one
		x.everywhere(func(v *Vault) (any, error) {
			return true, v.SetCredential(x.credential(v, v.People()[0].Slot))
		}, func(v *Vault, _ any) error {
			x.unlock(v)
			if v.Count() != 1 {
				return errors.New("a row is gone")
			}
			return nil
		})
	})
}

func (x *cutting) handleOf(v *Vault, in Incoming) identity.Handle {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.table.of(x.c.id, in.Record.Header.Value.PID).Handle
}

// Creating leaves nothing or a vault; what is left of nothing is created over.
func TestCutWhileCreating(t *testing.T) {
	for n := 1; ; n++ {
		w := newWorld(t)
		disk := crash.New()
		disk.CutAt(n)
		v, err := Create(t.Context(), w.config(t.TempDir(), disk), w.founding())
		if err == nil {
			_ = v.Close() // the power may be gone
		}
		if disk.Ops() < n {
			w.must(err)
			return
		}
		for name, left := range disk.States(uint64(n), 1) {
			dir := t.TempDir()
			again, openErr := Open(t.Context(), w.config(dir, left))
			switch {
			case openErr == nil:
			case err != nil && errors.Is(openErr, ErrNoVault):
				again, openErr = Create(t.Context(), w.config(dir, left), w.founding())
			}
			if openErr != nil {
				t.Fatalf("cut at %s, %s: %v", disk.LastOp(), name, openErr)
			}
			if len(again.People()) != 1 || again.Device() == (identity.DeviceID{}) {
				t.Fatalf("cut at %s, %s: half a vault", disk.LastOp(), name)
			}
			w.must(again.Close())
		}
	}
}

// A share store that does not answer does not stop an erasure: the rows go
// under the present share, and it is turned when it answers.
func TestErasureWithoutTheShareStore(t *testing.T) {
	w := newWorld(t)
	c := w.newCohort()
	cfg := w.config(t.TempDir(), nil)
	stuck := &stuckShare{kept: map[seal.ShareID]seal.Key{}}
	cfg.Share = stuck
	v := w.laptop(cfg, c)
	pid, other := identity.Random[identity.PID](), identity.Random[identity.PID]()
	w.put(v, c, w.release(c, pid, document("Zebedee", number(2))), w.release(c, other, document("Quillfeather", number(1))))
	stuck.down = true
	w.kill(c, pid, fact.Withdrawn)
	w.must(v.TakeGovernance(t.Context(), c.id, w.governance(c)))
	got := w.entries(v)
	if last := got[len(got)-1]; v.Count() != 1 || last.Kind != audit.KindPurged || last.Turned {
		t.Fatalf("%d rows, %v", v.Count(), last.Kind)
	}
	w.must(v.Close())
	if _, err := Open(t.Context(), cfg); !errors.Is(err, ErrShare) {
		t.Fatalf("the store does not answer: %v", err)
	}
	stuck.down = false
	v, err := Open(t.Context(), cfg)
	w.must(err)
	defer v.Close()
	w.kill(c, other, fact.Withdrawn)
	w.must(v.TakeGovernance(t.Context(), c.id, w.governance(c)))
	if v.Count() != 0 || len(stuck.kept) != 1 {
		t.Fatalf("%d rows, %d shares", v.Count(), len(stuck.kept))
	}
}

// stuckShare is a credential store that can be locked.
type stuckShare struct {
	kept map[seal.ShareID]seal.Key
	down bool
}

func (s *stuckShare) Put(id seal.ShareID, key *seal.Key) error {
	if s.down {
		return seal.ErrShareUnavailable
	}
	s.kept[id] = *key
	return nil
}

func (s *stuckShare) Get(id seal.ShareID) (seal.Key, error) {
	if s.down {
		return seal.Key{}, seal.ErrShareUnavailable
	}
	if k, ok := s.kept[id]; ok {
		return k, nil
	}
	return seal.Key{}, seal.ErrNoShare
}

func (s *stuckShare) Delete(id seal.ShareID) error {
	if s.down {
		return seal.ErrShareUnavailable
	}
	delete(s.kept, id)
	return nil
}

func (s *stuckShare) List() ([]seal.ShareID, error) {
	if s.down {
		return nil, seal.ErrShareUnavailable
	}
	var out []seal.ShareID
	for id := range s.kept {
		out = append(out, id)
	}
	return out, nil
}

func (s *stuckShare) Binding() string { return "a store that a test can lock" }
