package ledger

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"satchel/store/audit"
	"satchel/store/files"
	"satchel/store/identity"
)

// Config says whose ledger it is and where it lies.
type Config struct {
	Dir         string             // a folder of the ledger's own; made when missing
	Area        identity.AreaID    // never changes for a folder
	Key         ed25519.PrivateKey // the hub's, of this incarnation
	Incarnation uint64             // may rise from one opening to the next, never fall
	Origin      string             // the log's name in checkpoints; zero: "satchel/" and the area
	Now         func() time.Time   // zero: time.Now
	Log         *slog.Logger       // zero: nothing is logged

	// Zero but in tests:
	segment int64      // of the journal, bytes
	sizes   cacheSizes // of the cache
	free    func(dir string) (bytes uint64, err error)
}

// Local is the default Ledger, for one process on one machine.
//
// An append-only journal is the truth: whoever wants to write proposes, the
// proposals at hand form a group, one fsync makes the group durable, and only
// then it is applied to the state in memory that every reader sees. Badger holds
// contents, written before the group that names them, and views of the log,
// written after; both are checked against the journal at start.
//
// Lock order: writing, then mu; queueMu and watchMu are taken alone. writing is
// held through one group, its fsync included; mu for moments, and never during
// I/O. No lock is held across a call to the caller's code.
type Local struct {
	cfg     Config
	pub     ed25519.PublicKey
	lock    *files.LockFile
	root    *files.Dir // nil when the journal lies elsewhere
	journal *audit.Journal
	cache   *cache

	queueMu sync.Mutex
	queue   []*proposal // under queueMu: in the order of their coming

	writing sync.Mutex
	end     place // under writing: of the journal
	clock   int64 // under writing: the newest time handed out
	views   []put // under writing: for the cache, after the group is durable

	mu     sync.RWMutex
	state  *state // under mu for reading; changed only with writing held too
	failed error  // under mu: why nothing works any more; nil: all is well

	reading sync.WaitGroup // who reads the cache; added to under mu while failed is nil

	members atomic.Pointer[Members] // the newest that was asked for

	watchMu  sync.Mutex
	watchers map[chan struct{}]struct{} // under watchMu
}

var _ Ledger = (*Local)(nil)

func (cfg Config) complete() (Config, error) {
	switch {
	case cfg.Dir == "":
		return cfg, errors.New("a ledger needs a folder")
	case len(cfg.Key) != ed25519.PrivateKeySize:
		return cfg, errors.New("a ledger needs the hub's key")
	case cfg.Incarnation == 0 || cfg.Area == identity.AreaID{}:
		return cfg, errors.New("a ledger needs an area and an incarnation")
	}
	if cfg.Origin == "" {
		cfg.Origin = "satchel/" + cfg.Area.String()
	}
	if cfg.sizes == (cacheSizes{}) {
		cfg.sizes = cacheSizes{table: cacheTable, valueLog: cacheValueLog}
	}
	if cfg.free == nil {
		cfg.free = files.Free
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return cfg, nil
}

// OpenLocal opens the ledger in cfg.Dir, or begins one. It replays the journal,
// so its time grows with everything ever written: about a second for 100,000
// facts.
//
// Errors: *files.HeldError (another process has it), *DamagedError (restore a
// backup, without its cache folder, and begin a new incarnation), ErrForeign (the folder is another area's, or was opened by a later
// incarnation or another key of this one).
func OpenLocal(cfg Config) (*Local, error) {
	cfg, err := cfg.complete()
	if err != nil {
		return nil, fmt.Errorf("opening the ledger: %w", err)
	}
	lock, err := files.Lock(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("opening the ledger: %w", err)
	}
	root, err := files.OS(cfg.Dir)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening the ledger: %w", err), lock.Unlock())
	}
	l, err := open(cfg, root)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening the ledger: %w", err), root.Close(), lock.Unlock())
	}
	l.lock, l.root = lock, root
	return l, nil
}

// open opens the ledger with its journal on any FS.
func open(cfg Config, fsys files.FS) (*Local, error) {
	l := &Local{
		cfg: cfg, pub: cfg.Key.Public().(ed25519.PublicKey),
		state: newState(cfg.Area), watchers: map[chan struct{}]struct{}{},
	}
	var err error
	if l.cache, err = openCache(cfg.Dir, cfg.sizes, cfg.Log); err != nil {
		return nil, err
	}
	if err := l.start(fsys); err != nil {
		if l.journal != nil {
			err = errors.Join(err, l.journal.Close())
		}
		return nil, errors.Join(err, l.cache.close())
	}
	return l, nil
}

// Incarnation implements Ledger.
func (l *Local) Incarnation() uint64 { return l.cfg.Incarnation }

// Close implements Ledger.
func (l *Local) Close() error {
	l.writing.Lock()
	defer l.writing.Unlock()
	l.mu.Lock()
	already := errors.Is(l.failed, errShut)
	l.failed = errShut
	l.mu.Unlock()
	if already {
		return nil
	}
	l.reading.Wait()
	err := errors.Join(l.journal.Close(), l.cache.close())
	if l.root != nil {
		err = errors.Join(err, l.root.Close(), l.lock.Unlock())
	}
	if err != nil {
		return fmt.Errorf("closing the ledger: %w", err)
	}
	return nil
}

var errShut = fmt.Errorf("%w: it was shut", ErrClosed)

// usableLocked is the error of every call once the ledger is closed. Callers
// hold mu.
func (l *Local) usableLocked() error { return l.failed }

// enter lets a reader of the cache in; Close waits until it has called
// reading.Done.
func (l *Local) enter() error {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if err := l.usableLocked(); err != nil {
		return err
	}
	l.reading.Add(1)
	return nil
}

// fail stops all writing: after a failed fsync nobody knows what is on the
// disk but the next opening.
func (l *Local) fail(err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed == nil {
		l.failed = fmt.Errorf("%w: a write failed: %w", ErrClosed, err)
		l.cfg.Log.Error("the ledger stopped: a write failed", "error", err)
	}
	return l.failed
}

// Watch implements Ledger.
func (l *Local) Watch() (changed <-chan struct{}, stop func()) {
	ch := make(chan struct{}, 1)
	l.watchMu.Lock()
	defer l.watchMu.Unlock()
	l.watchers[ch] = struct{}{}
	return ch, func() {
		l.watchMu.Lock()
		defer l.watchMu.Unlock()
		delete(l.watchers, ch)
	}
}

func (l *Local) grew() {
	l.watchMu.Lock()
	defer l.watchMu.Unlock()
	for ch := range l.watchers {
		select {
		case ch <- struct{}{}:
		default: // one is waiting already, and says as much
		}
	}
}
