package hub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"satchel/store/identity"
	"satchel/store/seal"
	"satchel/sync/central"
	"satchel/sync/ledger"
	"satchel/sync/replica"
)

// Config says what a hub stands on. Data is required; other zero values are
// documented defaults.
type Config struct {
	Data string // the area's keys and the ledger
	// Listen is where devices are answered. Empty: 127.0.0.1:7443.
	Listen string
	// Advertise is what an enrolment code names. Empty: what is listened on.
	Advertise string
	// Central is the folder of the central record. Empty: nothing is read.
	Central string
	// ScanEvery is how often the central record is looked at. Zero: 2 s.
	ScanEvery time.Duration
	// Cohort is made when the area has none.
	Cohort CohortSpec
	// RecordLife is how long a released record lives without being released
	// again. Zero: 30 days (protocol, object R).
	RecordLife time.Duration
	Now        func() time.Time // nil: time.Now
	Log        *slog.Logger     // nil: nothing is logged
}

const (
	defaultListen     = "127.0.0.1:7443"
	defaultScan       = 2 * time.Second
	defaultRecordLife = 30 * 24 * time.Hour
)

// ErrConfig says that a setting is missing or makes no sense; the text names
// it.
var ErrConfig = errors.New("the hub's settings are not complete")

// Hub is one hub process's role. Make it with Open, then Run it.
type Hub struct {
	cfg    Config
	area   *Area
	ledger ledger.Ledger
	log    *slog.Logger

	// orders serialises what reads the ledger, decides and commits: codes,
	// members, withdrawals, the hub's own entries.
	orders sync.Mutex

	mu      sync.Mutex
	cohorts map[identity.CohortID]*cohort      // under mu
	seen    map[identity.DeviceID]replica.Seen // under mu
	scan    ScanReport                         // under mu: the last look at the central record
	trouble error                              // under mu: why the last look failed
	address string                             // under mu: what is listened on
	tries   []time.Time                        // under mu: recent wrong codes
	sender  *seal.Sender                       // boxes the hub's own entries
	opened  time.Time                          // when this process opened the ledger
	folder  *central.Folder                    // nil: no central record
}

// Open opens the area and its ledger, and makes the first cohort where there
// is none.
func Open(ctx context.Context, cfg Config) (*Hub, error) {
	cfg = withDefaults(cfg)
	area, err := OpenArea(cfg.Data, cfg.Now())
	if err != nil {
		return nil, err
	}
	if err := ledgerThere(cfg.Data); err != nil {
		return nil, fmt.Errorf("opening the ledger: %w", err)
	}
	l, err := openLedger(ctx, cfg, area)
	if err != nil {
		return nil, err
	}
	h := &Hub{
		cfg: cfg, area: area, ledger: l, log: cfg.Log, sender: seal.NewSender(), opened: cfg.Now(),
		cohorts: map[identity.CohortID]*cohort{}, seen: map[identity.DeviceID]replica.Seen{},
	}
	if err := errors.Join(markBegun(cfg.Data), h.prepare(ctx)); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return h, nil
}

func withDefaults(cfg Config) Config {
	if cfg.Listen == "" {
		cfg.Listen = defaultListen
	}
	if cfg.ScanEvery <= 0 {
		cfg.ScanEvery = defaultScan
	}
	if cfg.RecordLife <= 0 {
		cfg.RecordLife = defaultRecordLife
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return cfg
}

func (h *Hub) prepare(ctx context.Context) error {
	if err := h.enlistSelf(ctx); err != nil {
		return err
	}
	if err := h.loadCohorts(ctx); err != nil {
		return err
	}
	if err := h.renewPolicy(ctx); err != nil {
		return err
	}
	if h.cfg.Central == "" {
		return nil
	}
	return h.openCentral()
}

// Close ends the ledger. Run must have returned.
func (h *Hub) Close() error {
	h.sender.Wipe()
	return h.ledger.Close()
}

// Demo tells whether this is a demonstration area (R57).
func (h *Hub) Demo() bool { return h.area.Certificate.Value.Demo }

// Address is what the hub listens on; empty until Run does.
func (h *Hub) Address() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.address
}

// Run answers devices and follows the central record until the context ends.
// It returns when every connection and goroutine of its own has gone.
func (h *Hub) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var (
		work sync.WaitGroup
		errs = make(chan error, 2)
	)
	work.Go(func() { errs <- h.serve(ctx); stop() })
	work.Go(func() { errs <- h.follow(ctx); stop() })
	work.Wait()
	return errors.Join(<-errs, <-errs)
}
