package hub

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/store/seal"
	"satchel/sync/ledger"
)

var (
	// ErrNoRecoveryKey says that the recovery key is not where it was looked
	// for. It is kept offline: bring it, or name its file.
	ErrNoRecoveryKey = errors.New("the recovery key is not there")
	// ErrRecoveryKeyFile says that a file is not this area's recovery key.
	ErrRecoveryKeyFile = errors.New("the file is not this area's recovery key")
)

// RecoveryOrder is a person's request to be let in again, as text.
type RecoveryOrder struct {
	Request string `json:"request"`
	By      string `json:"by"`
}

// RecoverySubject is who asks, and on which device: what an admin compares with
// the person before them.
type RecoverySubject struct {
	User       string    `json:"user"`
	Name       string    `json:"name"`
	Staff      string    `json:"staff,omitempty"`
	Role       string    `json:"role"`
	State      string    `json:"state"` // in force, training lapsed
	Trained    time.Time `json:"trained"`
	Device     string    `json:"device"`
	DeviceName string    `json:"deviceName"`
	Words      string    `json:"words"` // of the device, compare with its screen
}

// LookAtRecovery tells who a request is from, and refuses one that may not be
// answered. It enters nothing. Errors: seal.ErrRecoveryText,
// seal.ErrRecoveryRequest, ErrNoDevice, ErrDeviceOut, ErrNotLaptop, ErrNoUser,
// ErrUserEnded.
func (h *Hub) LookAtRecovery(ctx context.Context, o RecoveryOrder) (RecoverySubject, error) {
	subject, _, err := h.recoverySubject(ctx, o.Request)
	if err != nil {
		return RecoverySubject{}, fmt.Errorf("looking at a recovery request: %w", err)
	}
	return subject, nil
}

// EnterRecovery enters in the log that a request is answered, and by whom. Only
// then may the answer be given (R56). Errors: as LookAtRecovery.
func (h *Hub) EnterRecovery(ctx context.Context, o RecoveryOrder) (RecoverySubject, error) {
	h.orders.Lock()
	defer h.orders.Unlock()
	subject, r, err := h.recoverySubject(ctx, o.Request)
	if err != nil {
		return RecoverySubject{}, fmt.Errorf("entering a recovery: %w", err)
	}
	if err := h.enter(ctx, order{kind: "recover", by: o.By, reason: subject.User, device: r.Device, count: 1}); err != nil {
		return RecoverySubject{}, fmt.Errorf("entering a recovery: %w", err)
	}
	return subject, nil
}

func (h *Hub) recoverySubject(ctx context.Context, text string) (RecoverySubject, seal.RecoveryRequest, error) {
	none := RecoverySubject{}
	r, err := seal.ParseRecoveryRequest(text)
	if err != nil {
		return none, r, err
	}
	members, err := h.ledger.Members(ctx)
	if err != nil {
		return none, r, err
	}
	m, err := h.laptop(members, r.Device.String())
	if err != nil {
		return none, r, err
	}
	if err := r.Check(m.Sign); err != nil {
		return none, r, err
	}
	u, err := h.userAt(ctx, r.Device, r.Slot)
	switch {
	case errors.Is(err, ErrNoUser):
		return none, r, fmt.Errorf("%w: the place that is asked for is nobody's", ErrNoUser)
	case err != nil:
		return none, r, err
	case u.Ended != 0:
		return none, r, fmt.Errorf("%w, on %s", ErrUserEnded, day(u.Ended))
	case u.Ends <= h.cfg.Now().UnixMilli():
		return none, r, fmt.Errorf("%w: their credential ended on %s", ErrUserEnded, day(u.Ends))
	}
	return RecoverySubject{
		User: u.id, Name: u.Name, Staff: u.Staff, Role: string(u.Role), State: u.state(h.cfg.Now()), Trained: time.UnixMilli(u.Trained),
		Device: m.Device.String(), DeviceName: m.Name, Words: identity.Words("device", m.Sign),
	}, r, nil
}

// RecoveryKeyFile is where init leaves the recovery key in a data folder.
func RecoveryKeyFile(data string) string { return filepath.Join(data, recoveryFile) }

// AnswerRecovery answers a request with the recovery key in a file, for the
// area in data. The key stays in this process. Give the answer to nobody before
// EnterRecovery. Errors: ErrNoRecoveryKey, ErrRecoveryKeyFile,
// seal.ErrRecoveryKey.
func AnswerRecovery(data, keyFile string, r seal.RecoveryRequest) (seal.RecoveryAnswer, error) {
	raw, err := os.ReadFile(filepath.Join(data, certificateFile))
	if err != nil {
		return seal.RecoveryAnswer{}, fmt.Errorf("reading the area's certificate: %w", err)
	}
	cert, err := fact.Decode[fact.HubCertificate](raw)
	if err != nil || !cert.By(cert.Value.Root) {
		return seal.RecoveryAnswer{}, fmt.Errorf("%w: %s", ErrAreaDamaged, certificateFile)
	}
	key, err := readRecoveryKey(keyFile)
	if err != nil {
		return seal.RecoveryAnswer{}, err
	}
	defer clear(key.Private[:])
	if key.Public != cert.Value.Recovery {
		return seal.RecoveryAnswer{}, fmt.Errorf("%w: %s", ErrRecoveryKeyFile, keyFile)
	}
	return seal.AnswerRecovery(key, r)
}

func readRecoveryKey(name string) (identity.X25519Key, error) {
	f, err := os.Open(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return identity.X25519Key{}, fmt.Errorf("%w: %s", ErrNoRecoveryKey, name)
	case err != nil:
		return identity.X25519Key{}, fmt.Errorf("reading the recovery key: %w", err)
	}
	defer f.Close() // it was only read
	private, err := io.ReadAll(io.LimitReader(f, 33))
	defer clear(private)
	switch {
	case err != nil:
		return identity.X25519Key{}, fmt.Errorf("reading the recovery key: %w", err)
	case len(private) != 32:
		return identity.X25519Key{}, fmt.Errorf("%w: %s", ErrRecoveryKeyFile, name)
	}
	return identity.X25519FromPrivate([32]byte(private)), nil
}

// TurnOrder has a device turn its keys, after a loss report.
type TurnOrder struct {
	Device string `json:"device"`
	Reason string `json:"reason"` // a short code; empty: loss-report
	By     string `json:"by"`
}

// TurnKeys orders a device to turn its keys: the share at once, locked or not,
// the rest at the next unlock. Errors: ErrNoDevice, ErrDeviceOut, ErrUserOrder.
func (h *Hub) TurnKeys(ctx context.Context, o TurnOrder) error {
	if o.Reason == "" {
		o.Reason = "loss-report"
	}
	h.orders.Lock()
	defer h.orders.Unlock()
	members, err := h.ledger.Members(ctx)
	if err != nil {
		return fmt.Errorf("ordering keys to be turned: %w", err)
	}
	m, err := h.inForce(members, o.Device)
	if err != nil {
		return fmt.Errorf("ordering keys to be turned: %w", err)
	}
	if len(m.Holds) == 0 {
		return fmt.Errorf("ordering keys to be turned: %w: the device belongs to no team", ErrUserOrder)
	}
	if err := h.enter(ctx, order{kind: fact.Turn, by: o.By, reason: o.Reason, device: m.Device, count: 1}); err != nil {
		return fmt.Errorf("ordering keys to be turned: entering the order: %w", err)
	}
	// What is entered is carried out, though whoever asked has gone.
	err = h.ledger.Commit(context.WithoutCancel(ctx), ledger.Change{Governance: []ledger.Governing{{
		Cohort: m.Holds[0], Entry: fact.GovernanceEntry{Kind: fact.DeviceOrder, Device: m.Device, Order: fact.Turn},
	}}})
	if err != nil {
		return fmt.Errorf("ordering keys to be turned: %w", err)
	}
	return nil
}
