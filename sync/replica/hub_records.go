package replica

import (
	"context"
	"fmt"

	"satchel/store/identity"
	"satchel/sync/ledger"
	"satchel/sync/wire"
)

func (v *visit) records(ctx context.Context) error {
	for {
		msg, err := v.s.next(ctx)
		if err != nil {
			return err
		}
		switch m := msg.(type) {
		case *wire.Pull:
			if _, held := v.acked[m.Cohort]; !held {
				return fmt.Errorf("%w: a cohort this device may not hold", wire.ErrProtocol)
			}
			if err := v.stream(ctx, m); err != nil {
				return err
			}
		case *wire.Done:
			if m.Phase != wire.PhaseRecords {
				return unexpected(m)
			}
			return v.s.send(&wire.Done{Phase: wire.PhaseRecords})
		default:
			return unexpected(msg)
		}
	}
}

// stream sends every record above the cursor. Whatever governance grew in the
// meantime is sent and acknowledged before the next record (rule 7).
func (v *visit) stream(ctx context.Context, pull *wire.Pull) error {
	since := pull.Since
	if pull.Incarnation != v.Incarnation {
		since = 0 // another incarnation counted otherwise
	}
	rev, err := v.Ledger.Since(ctx, pull.Cohort, since, func(r ledger.Stored) error {
		return v.sendRecord(ctx, pull.Cohort, r)
	})
	if err != nil {
		return err
	}
	v.revs[pull.Cohort] = rev
	return v.s.send(&wire.RecordsEnd{Cohort: pull.Cohort, Incarnation: v.Incarnation, Rev: rev})
}

func (v *visit) sendRecord(ctx context.Context, c identity.CohortID, r ledger.Stored) error {
	wrap := r.Wrap
	if r.KeyEpoch != v.epochs[c] {
		var err error
		if wrap, err = v.Rewrap(r.Wrap); err != nil {
			return err
		}
	}
	dead, err := v.meanwhile(ctx, c, r)
	if err != nil || dead {
		return err
	}
	if err := v.inForce(ctx, c); err != nil {
		return err
	}
	v.seen.Sent++
	return v.s.send(&wire.Record{Raw: r.Record, Wrap: wrap})
}

// meanwhile sends what the cohort's governance grew by since the device last
// acknowledged it, until there is nothing more, and tells whether that ended
// the very record that is about to be sent (I2).
func (v *visit) meanwhile(ctx context.Context, c identity.CohortID, r ledger.Stored) (dead bool, err error) {
	for grew := false; ; grew = true {
		now, err := v.Ledger.Cohort(ctx, c)
		if err != nil {
			return false, err
		}
		if now.Governance == v.acked[c] {
			if !grew {
				return false, nil
			}
			p, err := v.Ledger.Patient(ctx, c, r.PID)
			return r.Epoch < p.KilledBelow, err
		}
		point, err := v.sendChain(ctx, c, v.acked[c])
		if err != nil {
			return false, err
		}
		v.acked[c] = point
		if err := v.acknowledged(ctx); err != nil {
			return false, err
		}
	}
}

// inForce asks the membership once more before a key, a freshness or a record
// leaves: a round can last long, and a device that is put out meanwhile gets
// nothing from that moment (I10). ErrRevoked ends the session; the next one
// brings the device the membership and nothing else.
func (v *visit) inForce(ctx context.Context, c identity.CohortID) error {
	members, err := v.Ledger.Members(ctx)
	if err != nil {
		return err
	}
	if m, ok := members.Ever(v.Device); !ok || v.ended(m) || !m.MayHold(c) {
		return wire.ErrRevoked
	}
	return nil
}

// ended tells whether the membership no longer counts a device.
func (v *visit) ended(m ledger.Member) bool {
	return m.Revoked != 0 || m.Ends != 0 && m.Ends <= v.Now().UnixMilli()
}
