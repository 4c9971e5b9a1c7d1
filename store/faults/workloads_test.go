package faults

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"satchel/store"
	"satchel/store/fact"
	"satchel/store/files/crash"
)

// workload is one thing that a laptop goes through. It is cut from when the
// vault is open, or, where open is set, from when it is being opened.
type workload struct {
	name   string
	stage  func(*testing.T) *stage
	step   func(context.Context, *life) error
	open   bool
	create bool // the vault is made, not opened
	// happened tells, of the names on the disk before and after, whether the
	// workload was what it is called. Nil: its calls say so.
	happened func(before, after []string) bool
}

var workloads = []workload{
	{name: "create", stage: nothing, step: idle, create: true},
	{name: "enrol", stage: made, step: func(ctx context.Context, l *life) error { return l.catchesUp(ctx) }},
	{name: "open and close", stage: holding, step: idle, open: true},
	{name: "records locked", stage: withNews, step: takeAll},
	{name: "records unlocked", stage: withNews, step: andUnlocked(takeAll)},
	{name: "unlock", stage: holding, step: unlock},
	{name: "wrong passphrase", stage: holding, step: wrong},
	{name: "tenth wrong passphrase", stage: nineWrong, step: tenth},
	{name: "look", stage: holding, step: andUnlocked(look)},
	{name: "withdrawal locked", stage: withdrawn, step: obey},
	{name: "withdrawal unlocked", stage: withdrawn, step: andUnlocked(obey)},
	{name: "person ended locked", stage: ended, step: obey},
	{name: "person ended unlocked", stage: ended, step: andUnlocked(obey)},
	{name: "released anew", stage: releasedAnew, step: andUnlocked(takeAll)},
	{name: "keys turned", stage: monthLater, step: unlock, happened: generationGone},
	{name: "cohort key", stage: rekeyed, step: andUnlocked(newKey)},
	{name: "key log folded", stage: manyRows, step: takeAll, happened: generationGone},
	{name: "facts compacted", stage: manyFacts, step: idle, open: true, happened: firstGone("facts/seg-")},
	{name: "receipt", stage: holding, step: receipted},
	{name: "new chain", stage: holding, step: newChain},
	{name: "entries freed", stage: oldEntries, step: tick, happened: firstGone("audit/1/seg-")},
}

// generationGone: the key file was written anew.
func generationGone(before, after []string) bool { return firstGone("keys/gen-")(before, after) }

// firstGone: the first of the names that begin so is there no longer.
func firstGone(prefix string) func(before, after []string) bool {
	return func(before, after []string) bool {
		for _, name := range before {
			if strings.HasPrefix(name, prefix) {
				return !slices.Contains(after, name)
			}
		}
		return false
	}
}

func idle(context.Context, *life) error { return nil }

// tick is when the vault does what time demands, once an hour or more often.
func tick(ctx context.Context, l *life) error {
	l.later += 61 * time.Minute
	return l.heard(l.v.Tick(ctx), nil)
}

func unlock(ctx context.Context, l *life) error { return l.unlocks(ctx, passphrase) }

func obey(ctx context.Context, l *life) error { return l.obeys(ctx) }

func takeAll(ctx context.Context, l *life) error { return l.puts(ctx, l.a.everything()...) }

func andUnlocked(step func(context.Context, *life) error) func(context.Context, *life) error {
	return func(ctx context.Context, l *life) error {
		if err := unlock(ctx, l); err != nil {
			return err
		}
		return step(ctx, l)
	}
}

func look(ctx context.Context, l *life) error {
	for _, p := range l.a.cohort.patients {
		if _, err := l.reads(ctx, p); err != nil && !errors.Is(err, store.ErrMissing) && !errors.Is(err, store.ErrNotHeld) {
			return err
		}
	}
	l.s.Lock()
	return l.heard(nil, nil)
}

func wrong(ctx context.Context, l *life) error {
	err := l.unlocks(ctx, "not "+passphrase)
	if w, ok := errors.AsType[*store.WrongPassphraseError](err); ok && w.Tried {
		return l.heard(nil, func(s *said) { s.left = w.Left })
	}
	return fmt.Errorf("a wrong passphrase: %w", err)
}

func tenth(ctx context.Context, l *life) error {
	l.said.ending = true
	err := l.unlocks(ctx, "not "+passphrase)
	if _, ok := errors.AsType[*store.SlotGoneError](err); ok {
		return l.heard(nil, func(s *said) { s.ended = true })
	}
	return fmt.Errorf("a tenth wrong passphrase: %w", err)
}

func newKey(_ context.Context, l *life) error { return errors.Join(l.takesKeys(), l.isFresh()) }

func receipted(_ context.Context, l *life) error {
	head := l.v.ItemHead()
	return l.heard(l.v.TakeReceipt(l.a.receipt(l.v.Device(), head)), func(s *said) { s.receipt = head.Seq })
}

// newChain is for a device whose folder was put back from an image: the hub has
// more of its chain than it has itself.
func newChain(_ context.Context, l *life) error {
	head := l.v.ItemHead()
	head.Seq, head.Hash = head.Seq+500, [32]byte{9}
	err := l.v.TakeReceipt(l.a.receipt(l.v.Device(), head))
	return l.heard(err, nil)
}

// nothing is a folder with no vault.
func nothing(t *testing.T) *stage {
	a := newArea(t, time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
	return &stage{a: a, disk: crash.New(), cache: tempDir(t), said: said{left: -1}.clone()}
}

// goes lets the vault of a stage live for a while, and closes it.
func (x *stage) goes(do func(context.Context, *life) error) *stage {
	ctx := x.a.t.Context()
	cfg := x.a.config(x.cache)
	cfg.Disk = x.disk
	v, err := store.Open(ctx, cfg)
	if errors.Is(err, store.ErrNoVault) {
		v, err = store.Create(ctx, cfg, x.a.founding())
	}
	x.a.must(err)
	l := &life{a: x.a, v: v, said: x.said.clone()}
	l.said.created = true
	x.a.must(do(ctx, l), v.Close())
	x.said = l.said
	x.said.head = v.ItemHead()
	return x
}

func made(t *testing.T) *stage {
	return nothing(t).goes(func(_ context.Context, l *life) error {
		l.a.admits(l.v)
		return nil
	})
}

// holding is enrolled, with three patients, one of them in two versions.
func holding(t *testing.T) *stage {
	return made(t).goes(func(ctx context.Context, l *life) error {
		for _, more := range []int{0, 700, 9000} {
			l.a.patient(more)
		}
		l.a.release(l.a.cohort.patients[1], 2000)
		return errors.Join(l.catchesUp(ctx), takeAll(ctx, l), unlock(ctx, l))
	})
}

func withNews(t *testing.T) *stage {
	x := holding(t)
	x.a.patient(1500)
	x.a.release(x.a.cohort.patients[1], 100)
	return x
}

func withdrawn(t *testing.T) *stage {
	x := holding(t)
	x.a.withdraw(x.a.cohort.patients[1])
	return x
}

func ended(t *testing.T) *stage {
	return holding(t).goes(func(_ context.Context, l *life) error {
		l.a.ends = true
		l.a.govern(fact.GovernanceEntry{Kind: fact.CredentialEnd, Slot: l.slot()})
		return nil
	})
}

// releasedAnew is after a kill that was lifted: what is held goes when the next
// epoch comes, whichever of the two is heard first.
func releasedAnew(t *testing.T) *stage {
	x := holding(t)
	p := x.a.cohort.patients[0]
	x.a.withdraw(p)
	p.dead, p.ver, p.sent = false, 0, nil
	x.a.release(p, 40)
	return x
}

func nineWrong(t *testing.T) *stage {
	x := holding(t)
	for range 9 {
		x.a.pass(5 * time.Minute)
		x.goes(wrong)
	}
	x.a.pass(5 * time.Minute)
	return x.goes(func(_ context.Context, l *life) error { return l.isFresh() })
}

func monthLater(t *testing.T) *stage {
	x := holding(t)
	x.a.pass(31 * 24 * time.Hour)
	return x.goes(func(_ context.Context, l *life) error { return l.isFresh() })
}

func rekeyed(t *testing.T) *stage {
	x := holding(t)
	x.a.rekey()
	return x
}

// manyFacts has so much of what was superseded that the next start compacts.
func manyFacts(t *testing.T) *stage {
	x := holding(t)
	x.a.withdraw(x.a.cohort.patients[2])
	return x.goes(func(ctx context.Context, l *life) error {
		if err := l.obeys(ctx); err != nil {
			return err
		}
		for range 260 {
			l.a.pass(time.Second)
			if err := l.isFresh(); err != nil {
				return err
			}
		}
		return nil
	})
}

// oldEntries has more than a file of entries that were receipted a month ago.
func oldEntries(t *testing.T) *stage {
	x := holding(t).goes(func(ctx context.Context, l *life) error {
		for range 60 {
			if err := unlock(ctx, l); err != nil {
				return err
			}
			l.s.Lock()
		}
		return receipted(ctx, l)
	})
	x.a.pass(31 * 24 * time.Hour)
	return x.goes(func(_ context.Context, l *life) error { return l.isFresh() })
}

// manyRows is one release short of what folds the key log.
func manyRows(t *testing.T) *stage {
	x := made(t).goes(func(ctx context.Context, l *life) error {
		for range 12 {
			l.a.patient(0)
		}
		if err := errors.Join(l.catchesUp(ctx), takeAll(ctx, l)); err != nil {
			return err
		}
		for range 2 {
			for _, p := range l.a.cohort.patients {
				l.a.release(p, 0)
			}
			if err := takeAll(ctx, l); err != nil {
				return err
			}
		}
		return unlock(ctx, l)
	})
	for _, p := range x.a.cohort.patients {
		x.a.release(p, 0)
	}
	return x
}
