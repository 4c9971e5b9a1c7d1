package share

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"sync"

	"satchel/store/files"
	"satchel/store/seal"
)

// Bound is the store of one data folder's shares, which may be moved to another
// store while it is in use. Safe for several goroutines; one process a folder.
//
// A move is a state of the folder, named in its kind file, in which new shares
// go to the new store and old ones are looked for in both:
//
//	at rest in A --Move--> moving from A to B --a save of the key file, Settle--> at rest in B
//	                                          --nothing came to B, Settle-------> at rest in A
//
// A crash leaves one of the three, and the key file's own order leaves exactly
// one generation that opens in each. LoadLatest, then Settle, ends a move that
// was cut short.
type Bound struct {
	fsys    files.FS
	options Options

	mu    sync.Mutex
	place place
	now   seal.Share
	next  seal.Share // nil at rest
}

var _ seal.Share = (*Bound)(nil)

// Limited is a Bound whose store also limits the tries of a PIN.
type Limited struct {
	*Bound
	seal.Limiter
}

func newBound(fsys files.FS, o Options, p place) *Bound {
	b := &Bound{fsys: fsys, options: o, place: p}
	b.now = b.store(p.Kind)
	if p.Next != "" {
		b.next = b.store(p.Next)
	}
	return b
}

func (b *Bound) store(k Kind) seal.Share {
	switch k {
	case KindTPM:
		return newTPMShare(b.options.dial, b.place)
	case KindKeyring:
		return newKeyringShare(b.fsys, b.place)
	}
	return &FileShare{fsys: b.fsys}
}

// Share is what to hand on: a *Limited where a PIN may be trusted to the store,
// b itself elsewhere.
func (b *Bound) Share() seal.Share {
	b.mu.Lock()
	tpm, is := b.now.(*TPMShare)
	moving := b.next != nil
	b.mu.Unlock()
	if !is || moving {
		return b
	}
	if limits, err := tpm.LimitsTries(); err != nil || !limits {
		return b
	}
	return &Limited{Bound: b, Limiter: tpm}
}

// Kind is the store at present; while moving, the one that is left.
func (b *Bound) Kind() Kind {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.place.Kind
}

// Weak tells whether the share lies in a file, or did until a move ends.
func (b *Bound) Weak() bool { return b.Kind() == KindFile }

// stores gives the present store, and the next one where there is one first.
func (b *Bound) stores() []seal.Share {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.next != nil {
		return []seal.Share{b.next, b.now}
	}
	return []seal.Share{b.now}
}

// Binding implements seal.Share.
func (b *Bound) Binding() string {
	all := b.stores()
	if len(all) == 1 {
		return all[0].Binding()
	}
	return "moving from " + all[1].Binding() + " to " + all[0].Binding()
}

// Put implements seal.Share.
func (b *Bound) Put(id seal.ShareID, key *seal.Key) error { return b.stores()[0].Put(id, key) }

// Get implements seal.Share. A share is missing only when no store has it.
func (b *Bound) Get(id seal.ShareID) (key seal.Key, err error) {
	var answer error
	for _, s := range b.stores() {
		if key, err = s.Get(id); err == nil {
			return key, nil
		}
		if answer == nil || errors.Is(answer, seal.ErrNoShare) {
			answer = err
		}
	}
	return seal.Key{}, answer
}

// Delete implements seal.Share.
func (b *Bound) Delete(id seal.ShareID) error {
	var errs []error
	for _, s := range b.stores() {
		errs = append(errs, s.Delete(id))
	}
	return errors.Join(errs...)
}

// List implements seal.Share.
func (b *Bound) List() ([]seal.ShareID, error) {
	var all []seal.ShareID
	for _, s := range b.stores() {
		ids, err := s.List()
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			if !slices.Contains(all, id) {
				all = append(all, id)
			}
		}
	}
	return all, nil
}

// Move begins to move the share to the store that is wanted, or to the strongest
// that works: the next save of the key file takes it there, and Settle ends the
// move. False: it lies there already. Errors: ErrHoldsPINs, and that of a store
// that does not work; nothing has changed then.
func (b *Bound) Move(want Kind) (bool, error) {
	moves, err := b.move(want)
	return moves, attempt("moving the device share", err)
}

func (b *Bound) move(want Kind) (bool, error) {
	if err := b.Settle(); err != nil {
		return false, err
	}
	o := b.options
	o.Want = want
	var errs []error
	for _, kind := range o.candidates() {
		if !kind.isStore() {
			return false, fmt.Errorf("%w: %q", ErrKind, string(kind))
		}
		if kind == b.Kind() {
			return false, nil // nothing stronger works, or it is there
		}
		if err := b.mayLeave(); err != nil {
			return false, err
		}
		p := b.at(b.Kind(), kind)
		// The kind file comes first: what the trial leaves is found by it.
		if err := b.take(p); err != nil {
			return false, err
		}
		err := try(b.stores()[0])
		if err == nil {
			return true, nil
		}
		errs = append(errs, fmt.Errorf("%s: %w", kind, err), b.take(b.at(b.Kind(), "")))
	}
	return false, errors.Join(errs...)
}

// mayLeave refuses while the TPM keeps PINs.
func (b *Bound) mayLeave() error {
	tpm, is := b.stores()[0].(*TPMShare)
	if !is {
		return nil
	}
	pins, err := tpm.PINs()
	if err == nil && len(pins) > 0 {
		err = ErrHoldsPINs
	}
	return err
}

// Settle ends a move as the stores tell: it came to the new one and the old one
// has nothing left, or it never came there. While both have shares, or one does
// not answer, the move goes on. It also takes down a machine whose name was not
// known, or has changed. Call it after LoadLatest, and after a save that moved.
func (b *Bound) Settle() error {
	stores := b.stores()
	p := b.at(b.Kind(), "")
	if len(stores) == 2 {
		came, err := stores[0].List()
		if err != nil {
			return err
		}
		left, err := stores[1].List()
		if err != nil {
			return err
		}
		switch {
		case len(left) == 0 && len(came) > 0:
			p = b.at(b.nextKind(), "")
		case len(came) > 0:
			return nil
		}
	} else if len(p.Machine) > 0 && !b.Elsewhere() {
		return nil
	}
	if here := machineSum(p.Tag, b.options.machine()); len(here) > 0 {
		p.Machine = here
	}
	return b.take(p)
}

func (b *Bound) nextKind() Kind {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.place.Next
}

// at is the kind file with other stores.
func (b *Bound) at(now, next Kind) place {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.place
	p.Kind, p.Next = now, next
	return p
}

// take puts a changed kind file in force when it is durable.
func (b *Bound) take(p place) error {
	b.mu.Lock()
	same := p.Kind == b.place.Kind && p.Next == b.place.Next && bytes.Equal(p.Machine, b.place.Machine)
	b.mu.Unlock()
	if same {
		return nil
	}
	if err := p.write(b.fsys); err != nil {
		return fmt.Errorf("writing %s: %w", KindFileName, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.place = p
	b.now, b.next = b.store(p.Kind), nil
	if p.Next != "" {
		b.next = b.store(p.Next)
	}
	return nil
}
