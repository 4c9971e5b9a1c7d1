package hub

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"satchel/store/audit"
	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/store/seal"
	"satchel/sync/ledger"
)

// ErrAudit says that the log is not whole. The report names each fault; keep
// everything as it is and raise it.
var ErrAudit = errors.New("the log is not whole")

// AuditReport is what a verification of the whole log found.
type AuditReport struct {
	Entries uint64        `json:"entries"`
	Root    string        `json:"root"`
	Devices []DeviceAudit `json:"devices"`
	Kinds   []KindCount   `json:"kinds"`
	Orders  []OrderCount  `json:"orders,omitempty"` // what the entries of kind order were
	Faults  []string      `json:"faults,omitempty"`
}

// DeviceAudit is one chain of one device in the log.
type DeviceAudit struct {
	Device  string `json:"device"`
	Name    string `json:"name"`
	Chain   uint64 `json:"chain"`
	Entries uint64 `json:"entries"`
	UpTo    uint64 `json:"upTo"`
}

// KindCount is how many entries of a kind the log holds.
type KindCount struct {
	Kind  string `json:"kind"`
	Count int    `json:"count"`
}

// OrderCount is how many orders of one sort the log holds. It says what was
// done, to nobody by name.
type OrderCount struct {
	Order string `json:"order"`
	Words string `json:"words"`
	Count int    `json:"count"`
}

// Err is nil for a log without faults.
func (r AuditReport) Err() error {
	if len(r.Faults) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %d faults; the first: %s", ErrAudit, len(r.Faults), r.Faults[0])
}

// Count is how many entries of a kind the log holds.
func (r AuditReport) Count(kind string) int {
	for _, k := range r.Kinds {
		if k.Kind == kind {
			return k.Count
		}
	}
	return 0
}

// verifyBatch is how many entries are judged at a time.
const verifyBatch = 1024

// verification is one walk through the log.
type verification struct {
	hub    *Hub
	who    *ledger.Members
	chains map[[2]string]*audit.Chain // by device and chain number
	count  map[[2]string]uint64
	kinds  map[string]int
	orders map[string]int
	tree   tree
	open   *seal.Recipient
	report AuditReport
}

// VerifyAudit walks the whole log: every signature, every link of every
// device's chain, every body, and the Merkle tree against the signed
// checkpoint. It believes nothing that is stored beside the entries.
func (h *Hub) VerifyAudit(ctx context.Context) (AuditReport, error) {
	point, err := h.ledger.Checkpoint(ctx)
	if err != nil {
		return AuditReport{}, fmt.Errorf("verifying the log: %w", err)
	}
	members, err := h.ledger.Members(ctx)
	if err != nil {
		return AuditReport{}, fmt.Errorf("verifying the log: %w", err)
	}
	v := newVerification(h, members)
	defer v.open.Wipe()
	for at := uint64(0); at < point.Size; {
		if err := ctx.Err(); err != nil {
			return AuditReport{}, fmt.Errorf("verifying the log: %w", err)
		}
		entries, err := h.ledger.Entries(ctx, at, int(min(verifyBatch, point.Size-at)))
		if err != nil {
			return AuditReport{}, fmt.Errorf("verifying the log: %w", err)
		}
		if len(entries) == 0 {
			v.fault("the log ends at entry %d of %d", at, point.Size)
			break
		}
		for _, e := range entries {
			v.entry(e, at)
			at++
		}
	}
	return v.conclude(ctx, point)
}

func newVerification(h *Hub, members *ledger.Members) *verification {
	return &verification{
		hub: h, who: members, chains: map[[2]string]*audit.Chain{}, count: map[[2]string]uint64{},
		kinds: map[string]int{}, orders: map[string]int{}, open: seal.NewRecipient(h.area.box),
	}
}

func (v *verification) fault(format string, args ...any) {
	v.report.Faults = append(v.report.Faults, fmt.Sprintf(format, args...))
}

// entry judges one entry in its place.
func (v *verification) entry(e ledger.Entry, at uint64) {
	if e.Index != at {
		v.fault("entry %d stands where %d is due", e.Index, at)
	}
	v.tree.add(tlog.RecordHash(e.Raw))
	member, ok := v.who.Ever(e.Device)
	if !ok {
		v.fault("entry %d is of a device that was never enlisted", at)
		return
	}
	key := [2]string{e.Device.String(), fmt.Sprint(e.Chain)}
	chain, ok := v.chains[key]
	if !ok {
		// A device that was restored from an image begins a chain above what
		// it lost; that the item is a chain's first, the chain checks.
		chain = audit.NewChain(member.Sign, e.Chain, e.Seq)
		v.chains[key] = chain
	}
	item, err := chain.Add(e.Raw)
	if err != nil {
		v.fault("entry %d of device %s: %v", at, e.Device, err)
		return
	}
	v.count[key]++
	v.body(item, at)
}

// body opens one body with the hub's key and counts its kind.
func (v *verification) body(item audit.Item, at uint64) {
	raw, err := v.open.OpenBox(fact.EntryLabel, item.Body)
	if err != nil {
		v.fault("entry %d: its body does not open with the hub's key", at)
		return
	}
	entry, err := audit.DecodeEntry(raw)
	if err != nil {
		v.fault("entry %d: its body cannot be read: %v", at, err)
		return
	}
	v.kinds[string(entry.Kind)]++
	if entry.Kind == audit.KindOrder {
		order, _, _ := strings.Cut(entry.Decision, ":")
		v.orders[order]++
	}
}

// conclude compares the tree with what the hub signed, and lists what it has
// of forks.
func (v *verification) conclude(ctx context.Context, point ledger.Checkpoint) (AuditReport, error) {
	root := v.tree.root()
	signed, err := audit.OpenCheckpoint(point.Note, v.hub.origin(), v.hub.area.Certificate.Value.Sign)
	switch {
	case err != nil:
		v.fault("the checkpoint is not signed by this hub: %v", err)
	case signed.Size != point.Size || signed.Root != root:
		v.fault("the entries do not give the root that the hub signed")
	}
	forks, err := v.hub.ledger.Evidence(ctx)
	if err != nil {
		return AuditReport{}, fmt.Errorf("verifying the log: %w", err)
	}
	for _, f := range forks {
		v.fault("%v", f.ForkError)
	}
	r := &v.report
	r.Entries, r.Root = point.Size, hex.EncodeToString(root[:])
	for key, chain := range v.chains {
		name := ""
		if id, err := identity.ParseDeviceID(key[0]); err == nil {
			m, _ := v.who.Ever(id)
			name = m.Name
		}
		r.Devices = append(r.Devices, DeviceAudit{Device: key[0], Name: name, Chain: chain.Head().Chain, Entries: v.count[key], UpTo: chain.Head().Seq})
	}
	slices.SortFunc(r.Devices, func(a, b DeviceAudit) int {
		return cmp.Or(cmp.Compare(a.Device, b.Device), cmp.Compare(a.Chain, b.Chain))
	})
	for kind, n := range v.kinds {
		r.Kinds = append(r.Kinds, KindCount{kind, n})
	}
	slices.SortFunc(r.Kinds, func(a, b KindCount) int { return cmp.Compare(a.Kind, b.Kind) })
	for order, n := range v.orders {
		r.Orders = append(r.Orders, OrderCount{order, cmp.Or(orderWords[order], order), n})
	}
	slices.SortFunc(r.Orders, func(a, b OrderCount) int { return cmp.Compare(a.Words, b.Words) })
	return *r, nil
}

// tree is a Merkle tree (RFC 6962, section 2.1) of which only the roots of its
// full subtrees are kept, largest first.
type tree struct {
	subtrees []tlog.Hash
	sizes    []uint64
}

func (t *tree) add(leaf tlog.Hash) {
	t.subtrees, t.sizes = append(t.subtrees, leaf), append(t.sizes, 1)
	for n := len(t.sizes); n > 1 && t.sizes[n-1] == t.sizes[n-2]; n = len(t.sizes) {
		t.subtrees[n-2] = tlog.NodeHash(t.subtrees[n-2], t.subtrees[n-1])
		t.sizes[n-2] *= 2
		t.subtrees, t.sizes = t.subtrees[:n-1], t.sizes[:n-1]
	}
}

// root folds the subtrees from the smallest; the hash of nothing for an empty
// tree.
func (t *tree) root() [32]byte {
	if len(t.subtrees) == 0 {
		h, _ := tlog.TreeHash(0, nil) // of an empty tree: it reads nothing
		return h
	}
	h := t.subtrees[len(t.subtrees)-1]
	for i := len(t.subtrees) - 2; i >= 0; i-- {
		h = tlog.NodeHash(t.subtrees[i], h)
	}
	return h
}
