package audit

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"sync"

	"satchel/store/files"
	"satchel/store/identity"
)

// ErrHead: the stored chain does not hold the item that the head kept elsewhere
// names. The journal was exchanged or rewritten: raise it, keep the files.
var ErrHead = errors.New("stored chain does not contain its known head")

// LogConfig is how a device's own log is opened.
type LogConfig struct {
	Key   ed25519.PrivateKey // the device's signing key
	Chain uint64             // its present chain
	First uint64             // number of the chain's first item; default 1
	// Known is the head as keys/state kept it; zero when there is none yet.
	// It may be older than the journal's end, never newer.
	Known Head
	// Receipt is the last one accepted; nil when there is none.
	Receipt *Receipt
	// SegmentBytes is for the journal; default DefaultSegmentBytes.
	SegmentBytes int64
}

// Draft is an item before it has its place in the chain.
type Draft struct {
	Class    Class // default ClassOther
	Restrict *Restrict
	HubKey   [8]byte
	Body     []byte
	Times    Times
	Seen     Seen
}

// Log is a device's own signed chain on a journal. Safe for several goroutines.
//
// Lock order: mu before the journal's; neither is held during I/O.
type Log struct {
	journal *Journal
	key     ed25519.PrivateKey
	device  identity.DeviceID
	first   uint64

	mu       sync.Mutex
	settled  sync.Cond // on mu: inflight fell
	head     tip       // of what was signed; ahead of durable while in flight
	durable  tip
	inflight int
	resync   bool // an append failed: go back to durable when all are settled
	receipt  *Receipt
}

// tip is a head and its hybrid time.
type tip struct {
	Head
	hybrid Hybrid
}

// OpenLog opens or begins the device's chain in dir. A new chain number has a
// folder of its own. It checks the stored chain from the known head (or the
// last item) on; VerifyAll checks everything. Errors of the journal, ErrTailCut
// and ErrHead mean that the log must not be written to.
func OpenLog(fsys files.FS, dir string, cfg LogConfig) (*Log, Opened, error) {
	if len(cfg.Key) != ed25519.PrivateKeySize || cfg.Chain == 0 {
		return nil, Opened{}, fmt.Errorf("opening audit log: %w: no key or chain", ErrItem)
	}
	public := cfg.Key.Public().(ed25519.PublicKey)
	l := &Log{key: cfg.Key, device: identity.DeviceIDOf(public), first: max(cfg.First, 1), receipt: cfg.Receipt}
	l.settled.L = &l.mu
	if cfg.Known != (Head{}) && cfg.Known.Chain != cfg.Chain {
		return nil, Opened{}, fmt.Errorf("opening audit log: %w: the known head is of chain %d", ErrHead, cfg.Known.Chain)
	}
	atLeast := cfg.Known.Seq + 1
	if cfg.Receipt != nil && cfg.Receipt.Chain == cfg.Chain {
		atLeast = max(atLeast, cfg.Receipt.UpTo+1)
	}
	journal, opened, err := OpenJournal(fsys, dir, Options{
		SegmentBytes: cfg.SegmentBytes, First: l.first, AtLeast: max(atLeast, l.first),
	})
	if err != nil {
		return nil, Opened{}, fmt.Errorf("opening audit log: %w", err)
	}
	l.journal = journal
	if l.durable, err = l.recover(public, cfg); err != nil {
		return nil, Opened{}, fmt.Errorf("opening audit log: %w", errors.Join(err, journal.Close()))
	}
	l.head = l.durable
	return l, opened, nil
}

// recover finds the head: it links every item from the known head to the last.
func (l *Log) recover(public ed25519.PublicKey, cfg LogConfig) (tip, error) {
	start := tip{Head: Head{Chain: cfg.Chain, Seq: l.first - 1, Hash: ChainStart(l.device, cfg.Chain)}}
	first, next := l.journal.First(), l.journal.Next()
	if next == l.first {
		return start, nil // no items yet
	}
	if first == next {
		return tip{}, fmt.Errorf("%w: the last item is not there", ErrTailCut)
	}
	from := next - 1
	if cfg.Known.Seq >= first {
		from = min(from, cfg.Known.Seq)
	}
	var at tip
	for r, err := range l.journal.From(from) {
		if err != nil {
			return tip{}, err
		}
		it, err := DecodeItem(r.Payload)
		if err != nil || it.Seq != r.Seq || it.Chain != cfg.Chain || it.Device != l.device {
			return tip{}, fmt.Errorf("%w: item %d is not this device's", ErrHead, r.Seq)
		}
		hash := HashItem(r.Payload)
		if r.Seq == cfg.Known.Seq && hash != cfg.Known.Hash || r.Seq > from && it.Prev != at.Hash {
			return tip{}, fmt.Errorf("%w: item %d", ErrHead, r.Seq)
		}
		if r.Seq == next-1 {
			if err := it.Verify(public); err != nil {
				return tip{}, fmt.Errorf("%w: item %d: %w", ErrHead, r.Seq, err)
			}
		}
		at = tip{Head{Chain: cfg.Chain, Seq: r.Seq, Hash: hash}, it.Hybrid}
	}
	return at, nil
}

// Append signs the draft as the next item and returns it when it is on the
// device. After an error the item may be found when the log is opened again
// only if the error is ErrFailed; otherwise it is not in the chain.
func (l *Log) Append(d Draft) (Item, error) {
	l.mu.Lock()
	for l.resync && l.inflight > 0 {
		l.settled.Wait()
	}
	if l.resync {
		l.head, l.resync = l.durable, false
	}
	it, next, encoded, err := l.signLocked(d)
	if err != nil {
		l.mu.Unlock()
		return Item{}, fmt.Errorf("appending to audit log: %w", err)
	}
	r := &request{payloads: [][]byte{encoded}, want: it.Seq}
	lead, err := l.journal.start(r)
	if err != nil {
		l.mu.Unlock()
		return Item{}, fmt.Errorf("appending to audit log: %w", err)
	}
	l.head = next
	l.inflight++
	l.mu.Unlock()

	err = l.journal.finish(r, lead)

	l.mu.Lock()
	l.inflight--
	if err != nil {
		l.resync = true
	} else if it.Seq > l.durable.Seq {
		l.durable = next
	}
	l.settled.Broadcast()
	l.mu.Unlock()
	if err != nil {
		return Item{}, fmt.Errorf("appending to audit log: %w", err)
	}
	return it, nil
}

func (l *Log) signLocked(d Draft) (Item, tip, []byte, error) {
	if d.Class == 0 {
		d.Class = ClassOther
	}
	hybrid := l.head.hybrid.after(d.Times.Wall)
	it, err := SignItem(Statement{
		Device: l.device, Chain: l.head.Chain, Seq: l.head.Seq + 1, Prev: l.head.Hash, Hybrid: hybrid,
		Times: d.Times, Seen: d.Seen, Class: d.Class, Restrict: d.Restrict, HubKey: d.HubKey, Body: d.Body,
	}, l.key)
	if err != nil {
		return Item{}, tip{}, nil, err
	}
	encoded, err := it.Encode()
	if err != nil {
		return Item{}, tip{}, nil, err
	}
	return it, tip{Head{Chain: it.Chain, Seq: it.Seq, Hash: HashItem(encoded)}, hybrid}, encoded, nil
}

// after is the next hybrid time when the wall clock shows wall.
func (h Hybrid) after(wall int64) Hybrid {
	if wall > h.Wall {
		return Hybrid{Wall: wall}
	}
	return Hybrid{Wall: h.Wall, Counter: h.Counter + 1}
}

// Observe moves the hybrid clock past a time seen on another device's item or
// in a hub message, but no further ahead of the wall clock than ahead
// milliseconds: a wrong clock elsewhere does not spoil this one.
func (l *Log) Observe(seen Hybrid, wall, ahead int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if seen.Wall <= wall+ahead && seen.Compare(l.head.hybrid) > 0 {
		l.head.hybrid = seen
	}
}

// Device is whose chain it is.
func (l *Log) Device() identity.DeviceID { return l.device }

// Head is the last item that is on the device: what keys/state keeps.
func (l *Log) Head() Head {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.durable.Head
}

// First is the number of the oldest item that is kept.
func (l *Log) First() uint64 { return l.journal.First() }

// Room is the journal's: bytes that can still be logged on a full disk.
func (l *Log) Room() int64 { return l.journal.Room() }

// Since returns up to limit items after number seq, encoded, oldest first;
// those that were dropped already are passed over.
func (l *Log) Since(seq uint64, limit int) ([][]byte, error) {
	var out [][]byte
	if limit <= 0 {
		return nil, nil
	}
	for r, err := range l.journal.From(max(seq+1, l.journal.First())) {
		if err != nil {
			return nil, fmt.Errorf("reading audit log: %w", err)
		}
		out = append(out, slices.Clone(r.Payload))
		if len(out) == limit {
			break
		}
	}
	return out, nil
}

// Items is Since, decoded.
func (l *Log) Items(seq uint64, limit int) ([]Item, error) {
	raw, err := l.Since(seq, limit)
	if err != nil {
		return nil, err
	}
	items := make([]Item, len(raw))
	for i, b := range raw {
		if items[i], err = DecodeItem(b); err != nil {
			return nil, fmt.Errorf("reading audit log: %w", err)
		}
	}
	return items, nil
}

// Ack takes a receipt: it verifies the hub's signature, that it names this
// chain's own item, and that it follows the last one. Nothing is freed yet.
// Errors: ErrReceipt, ErrStale, ErrShorterLog, ErrOtherHead, *AheadError.
func (l *Log) Ack(r Receipt, hub ed25519.PublicKey) error {
	if err := r.Verify(hub); err != nil {
		return err
	}
	l.mu.Lock()
	last, head := l.receipt, l.durable.Head
	l.mu.Unlock()
	if r.Device != l.device {
		return fmt.Errorf("%w: of another device", ErrReceipt)
	}
	if r.Chain > head.Chain || r.Chain == head.Chain && r.UpTo > head.Seq {
		return &AheadError{Own: head.Seq, Hub: r.UpTo}
	}
	if r.Chain < head.Chain {
		return ErrStale
	}
	if last != nil && last.Chain == r.Chain {
		if err := r.Follows(last); err != nil {
			return err
		}
	}
	if err := l.sameItem(r.UpTo, r.Head); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.receipt != last {
		return ErrStale // another receipt came meanwhile; ask for a new one
	}
	l.receipt = &r
	return nil
}

// sameItem compares the hash of item seq with what the hub says.
func (l *Log) sameItem(seq uint64, hash [32]byte) error {
	if seq < l.journal.First() {
		return ErrStale
	}
	raw, err := l.Since(seq-1, 1)
	if err != nil {
		return err
	}
	if len(raw) == 0 || HashItem(raw[0]) != hash {
		return ErrOtherHead
	}
	return nil
}

// Receipt is the last one accepted, or nil.
func (l *Log) Receipt() *Receipt {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.receipt
}

// Waiting is how many items have no receipt yet.
func (l *Log) Waiting() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.receipt == nil || l.receipt.Chain != l.durable.Chain {
		return l.durable.Seq + 1 - l.first
	}
	return l.durable.Seq - l.receipt.UpTo
}

// Drop frees whole segments of items below before, but none without a receipt
// and never the head. When (30 days, 64 MB) is the caller's to say.
func (l *Log) Drop(before uint64) error {
	l.mu.Lock()
	if l.receipt == nil || l.receipt.Chain != l.durable.Chain {
		l.mu.Unlock()
		return nil
	}
	before = min(before, l.receipt.UpTo+1, l.durable.Seq)
	l.mu.Unlock()
	return l.journal.DropBefore(before)
}

// VerifyAll reads the whole stored chain and verifies hashes, numbers and every
// signature, and the journal under it.
func (l *Log) VerifyAll() error {
	if err := l.journal.Verify(); err != nil {
		return err
	}
	public := l.key.Public().(ed25519.PublicKey)
	first := l.journal.First()
	chain := NewChain(public, l.Head().Chain, l.first)
	for r, err := range l.journal.From(first) {
		if err != nil {
			return err
		}
		if r.Seq == first && first > l.first {
			// What stood before was dropped; its hash is what the first
			// one kept names.
			it, err := DecodeItem(r.Payload)
			if err != nil {
				return err
			}
			chain = ResumeChain(public, Head{Chain: it.Chain, Seq: first - 1, Hash: it.Prev})
		}
		if _, err := chain.Add(r.Payload); err != nil {
			return fmt.Errorf("verifying audit log: item %d: %w", r.Seq, err)
		}
	}
	return nil
}

// Close finishes what is under way and closes the journal.
func (l *Log) Close() error { return l.journal.Close() }
