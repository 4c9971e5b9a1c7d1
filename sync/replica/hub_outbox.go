package replica

import (
	"context"
	"fmt"

	"satchel/sync/wire"
)

func (v *visit) outbox(ctx context.Context) error {
	var batch []*wire.Item
	size := 0
	for {
		msg, err := v.s.next(ctx)
		if err != nil {
			return err
		}
		switch m := msg.(type) {
		case *wire.Item:
			size += len(m.Raw)
			if batch = append(batch, m); len(batch) < outboxBatch && size < outboxBytes {
				continue
			}
			if err := v.accept(ctx, batch); err != nil {
				return err
			}
			batch, size = nil, 0
		case *wire.Done:
			if m.Phase != wire.PhaseOutbox {
				return unexpected(m)
			}
			if err := v.accept(ctx, batch); err != nil {
				return err
			}
			return v.s.send(&wire.Done{Phase: wire.PhaseOutbox})
		default:
			return unexpected(msg)
		}
	}
}

// accept logs items and answers with a receipt, never before they are durable.
// What could not be taken is the device's fault or the disk's: it ends the
// session, and the device offers it again.
func (v *visit) accept(ctx context.Context, batch []*wire.Item) error {
	if len(batch) == 0 {
		return nil
	}
	raw := make([][]byte, len(batch))
	for i, m := range batch {
		raw[i] = m.Raw
	}
	got, err := v.Ledger.Accept(ctx, raw)
	if err != nil {
		return err
	}
	v.seen.Accepted += got.Entered
	for _, receipt := range got.Receipts {
		if receipt.Device != v.Device {
			continue // carried for another: its receipt travels with it
		}
		v.seen.Received = receipt.UpTo
		if err := v.s.send(&wire.Receipt{Raw: receipt.Raw}); err != nil {
			return err
		}
	}
	for _, refused := range got.Refused {
		v.Log.Warn("an item was not taken", "device", v.Device, "why", refused.Err)
		return fmt.Errorf("%w: %w", wire.ErrProtocol, refused.Err)
	}
	return nil
}
