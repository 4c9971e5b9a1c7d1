package replica

import (
	"context"
	"fmt"
	"sync"

	"satchel/store"
	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/sync/wire"
)

// recordBatch is how many records are verified and stored at once: few enough
// that a cut loses little, enough that one fsync serves many.
const recordBatch = 512

// recordBatchBytes ends a batch early where records are large.
const recordBatchBytes = 8 << 20

// records asks for everything above the cursor, cohort by cohort. A governance
// run that arrives in between is applied and acknowledged before the next
// record is taken.
func (r *round) records(ctx context.Context) error {
	for _, cohort := range r.Holder.Cohorts() {
		inc, rev := r.Holder.Cursor(cohort)
		if err := r.s.send(&wire.Pull{Cohort: cohort, Incarnation: inc, Since: rev}); err != nil {
			return err
		}
		if err := r.pulled(ctx, cohort); err != nil {
			return err
		}
	}
	if err := r.s.send(&wire.Done{Phase: wire.PhaseRecords}); err != nil {
		return err
	}
	done, err := want[*wire.Done](ctx, r.s)
	if err == nil && done.Phase != wire.PhaseRecords {
		err = unexpected(done)
	}
	return err
}

// pulled takes one cohort's stream. Batches are verified and stored by a
// goroutine of this call's own while the next one is being read.
func (r *round) pulled(ctx context.Context, cohort identity.CohortID) error {
	keeper := newKeeper(ctx, r.Device, cohort)
	defer keeper.close()
	for {
		msg, err := r.s.next(ctx)
		if err != nil {
			return err
		}
		switch m := msg.(type) {
		case *wire.Record:
			r.seen.Received++
			if r.seen.Received%100 == 0 {
				r.tell(wire.PhaseRecords)
			}
			err = keeper.add(m)
		case *wire.ChainRun:
			// What was read before the withdrawal is stored first, so that
			// the withdrawal finds it.
			if err = keeper.flush(0, 0); err == nil {
				err = r.midway(ctx, m)
			}
		case *wire.RecordsEnd:
			if m.Cohort != cohort {
				return unexpected(m)
			}
			return keeper.flush(m.Incarnation, m.Rev)
		default:
			return unexpected(msg)
		}
		if err != nil {
			return err
		}
	}
}

func (r *round) midway(ctx context.Context, m *wire.ChainRun) error {
	if err := r.takeRun(ctx, m.Raw); err != nil {
		return err
	}
	return r.s.send(r.acknowledgement())
}

// keeper verifies and stores batches in order, one behind the reader.
type keeper struct {
	device *Device
	cohort identity.CohortID
	batch  []*wire.Record
	bytes  int
	work   chan job
	ended  chan struct{}

	mu  sync.Mutex
	err error // the first failure; sticks
}

type job struct {
	batch       []*wire.Record
	incarnation uint64
	rev         uint64
	end         chan struct{} // closed when everything up to here is durable
}

func newKeeper(ctx context.Context, d *Device, cohort identity.CohortID) *keeper {
	k := &keeper{device: d, cohort: cohort, work: make(chan job, 1), ended: make(chan struct{})}
	go func() { // owned by close, which waits for it
		defer close(k.ended)
		for j := range k.work {
			if k.failed() == nil {
				k.fail(k.store(ctx, j))
			}
			if j.end != nil {
				close(j.end)
			}
		}
	}()
	return k
}

func (k *keeper) close() {
	close(k.work)
	<-k.ended
}

func (k *keeper) add(m *wire.Record) error {
	k.batch = append(k.batch, m)
	k.bytes += len(m.Raw)
	if len(k.batch) >= recordBatch || k.bytes >= recordBatchBytes {
		k.hand(job{})
	}
	return k.failed()
}

// flush waits until everything added is durable. With a revision it also
// moves the cursor there; rev 0 leaves the cursor at the last record stored.
func (k *keeper) flush(incarnation, rev uint64) error {
	end := make(chan struct{})
	k.hand(job{incarnation: incarnation, rev: rev, end: end})
	<-end
	return k.failed()
}

func (k *keeper) hand(j job) {
	j.batch = k.batch
	k.batch, k.bytes = nil, 0
	k.work <- j
}

func (k *keeper) fail(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.err == nil {
		k.err = err
	}
}

func (k *keeper) failed() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.err
}

func (k *keeper) store(ctx context.Context, j job) error {
	incoming, err := k.open(j.batch)
	if err != nil {
		return err
	}
	if n := len(incoming); n > 0 && j.rev == 0 {
		last := incoming[n-1].Record.Header.Value
		j.incarnation, j.rev = last.Incarnation, last.Rev
	}
	if j.rev == 0 && len(incoming) == 0 {
		return nil
	}
	_, err = k.device.Holder.PutRecords(ctx, k.cohort, incoming, j.incarnation, j.rev)
	return err
}

// open verifies the hub's signature on every record of a batch, on two cores:
// it is the dearest step of a first load.
func (k *keeper) open(batch []*wire.Record) ([]store.Incoming, error) {
	out := make([]store.Incoming, len(batch))
	errs := make([]error, 2)
	var wg sync.WaitGroup
	for half := range errs {
		wg.Go(func() {
			for i := half; i < len(batch); i += len(errs) {
				rec, err := fact.OpenRecord(k.device.Hub, batch[i].Raw)
				if err == nil && rec.Header.Value.Cohort != k.cohort {
					err = fmt.Errorf("%w: a record of another cohort", wire.ErrProtocol)
				}
				if err != nil {
					errs[half] = err
					return
				}
				out[i] = store.Incoming{Record: rec, RecordRaw: batch[i].Raw, WrapRaw: batch[i].Wrap}
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
