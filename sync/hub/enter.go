package hub

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"satchel/store/audit"
	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/sync/ledger"
)

// order is what an operator told the hub to do, as the log keeps it: codes and
// ids, no patient's name.
type order struct {
	kind   string // a word of orderWords
	by     string
	reason string
	device identity.DeviceID
	count  int
}

// orderWords say what each order did, in the past, for a report on the log.
var orderWords = map[string]string{
	"code": "enrolment codes issued", "enrol": "devices enrolled", "revoke": "devices revoked", fact.Turn: "devices told to turn their keys",
	"withdraw": "patients withdrawn", "backup": "backups saved",
	"user-add": "places given to staff", "user-train": "training or credentials renewed", "user-end": "staff ended", "recover": "recovery requests answered",
}

// hubChain is the number of the hub's own chain in the log.
const hubChain = 1

// errNotEntered says that the log did not take the hub's own entry. The order
// is not carried out.
var errNotEntered = errors.New("the log did not take the entry")

func openLedger(_ context.Context, cfg Config, a *Area) (ledger.Ledger, error) {
	cert := a.Certificate.Value
	return ledger.OpenLocal(ledger.Config{
		Dir: filepath.Join(cfg.Data, ledgerFolder), Area: cert.Area, Key: a.sign, Incarnation: cert.Incarnation,
		Origin: a.origin(), Now: cfg.Now, Log: cfg.Log,
	})
}

// origin names the area's log in checkpoints.
func (a *Area) origin() string { return "satchel/" + a.Certificate.Value.Area.String() }

func (h *Hub) origin() string { return h.area.origin() }

// enlistSelf makes the hub a member of its own area, as a writer in the log:
// a box with no cohort. Its acts are then in the same log as everybody's, under
// the same verifier (R56).
func (h *Hub) enlistSelf(ctx context.Context) error {
	members, err := h.ledger.Members(ctx)
	if err != nil {
		return fmt.Errorf("enlisting the hub: %w", err)
	}
	if _, ok := members.Ever(h.area.ID()); ok {
		return nil
	}
	category := h.cfg.Cohort.Category
	if category == "" {
		category = identity.Trust
	}
	cert := h.area.Certificate.Value
	err = h.ledger.Commit(ctx, ledger.Change{Members: []fact.MemberEntry{{Kind: fact.Join, Reason: "hub", Member: fact.Member{
		Device: h.area.ID(), Sign: cert.Sign, Gossip: cert.Box, Kind: identity.Box, Category: category, Name: cert.Name,
	}}}})
	if err != nil {
		return fmt.Errorf("enlisting the hub: %w", err)
	}
	return nil
}

// enter puts an order into the log before it is carried out. orders is held.
func (h *Hub) enter(ctx context.Context, o order) error {
	decision := o.kind
	if o.reason != "" {
		decision += ":" + o.reason
	}
	entry := audit.Entry{
		Kind: audit.KindOrder, Person: asCode(o.by), Decision: asCode(decision), Peer: o.device, Count: uint32(o.count),
	}
	raw, err := entry.Encode()
	if err != nil {
		return err
	}
	cert := h.area.Certificate.Value
	body, err := h.sender.BoxTo(&cert.Box, fact.EntryLabel, raw)
	if err != nil {
		return err
	}
	item, err := h.nextItem(ctx, body)
	if err != nil {
		return err
	}
	got, err := h.ledger.Accept(ctx, [][]byte{item})
	if err != nil {
		return err
	}
	if got.Entered != 1 {
		return errNotEntered
	}
	return nil
}

// nextItem signs a body into the hub's own chain, after the last one that the
// ledger has a receipt for.
func (h *Hub) nextItem(ctx context.Context, body []byte) ([]byte, error) {
	cert, now := h.area.Certificate.Value, h.cfg.Now().UnixMilli()
	s := audit.Statement{
		Device: h.area.ID(), Chain: hubChain, Seq: 1, Prev: audit.ChainStart(h.area.ID(), hubChain),
		Hybrid: audit.Hybrid{Wall: now}, Times: audit.Times{Wall: now, Trusted: now},
		Class: audit.ClassOther, HubKey: identity.KeyID(cert.Box), Body: body,
	}
	last, ok, err := h.ledger.Receipt(ctx, h.area.ID())
	if err != nil {
		return nil, err
	}
	if ok {
		receipt, err := audit.DecodeReceipt(last.Raw, cert.Sign)
		if err != nil {
			return nil, err
		}
		s.Seq, s.Prev = receipt.UpTo+1, receipt.Head
	}
	item, err := audit.SignItem(s, h.area.sign)
	if err != nil {
		return nil, err
	}
	return item.Encode()
}

// asCode makes an operator's name fit for the log, where nothing may look like
// free text.
func asCode(s string) string {
	s = strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return '_'
		}
		return r
	}, s)
	return s[:min(len(s), 64)]
}
