package hub

import (
	"context"
	"errors"
	"fmt"
	"time"

	"satchel/store/identity"
	"satchel/sync/central"
)

// renewEvery is how often every document is offered again, so that a record
// whose life runs out is released anew and a lost one is made good.
const renewEvery = 6 * time.Hour

// errPeek ends a look before anything is taken from it.
var errPeek = errors.New("only looking")

func (h *Hub) openCentral() error {
	f, err := central.OpenFolder(h.cfg.Central, central.Options{Demo: h.Demo()})
	if err != nil {
		return err
	}
	h.folder = f
	return nil
}

// follow looks at the central record again and again until the context ends.
// A look that fails is logged and tried again: what was released stays so.
func (h *Hub) follow(ctx context.Context) error {
	if h.folder == nil {
		<-ctx.Done()
		return nil
	}
	renewed, lost := h.cfg.Now(), 0
	for ctx.Err() == nil {
		lost = h.offerLost(ctx, lost)
		if h.cfg.Now().Sub(renewed) > renewEvery {
			h.folder.Again()
			renewed = h.cfg.Now()
		}
		began := time.Now()
		err := h.look(ctx)
		if err != nil && ctx.Err() == nil {
			h.log.Error("the central record could not be taken", "why", err)
		}
		h.mu.Lock()
		h.trouble = err
		h.mu.Unlock()
		select {
		case <-ctx.Done():
		case <-time.After(max(h.cfg.ScanEvery, restAfterLook*time.Since(began))):
		}
	}
	return nil
}

// restAfterLook is how many times as long as a look took the hub rests after
// it: a folder of any size takes at most a tenth of a core.
const restAfterLook = 9

// offerLost has everything offered again when the ledger has lost the content
// of more records than before, and gives how many are lost now. Those whose
// document is gone stay lost, and are no reason to read everything for ever.
func (h *Hub) offerLost(ctx context.Context, before int) int {
	missing, err := h.ledger.Missing(ctx)
	if err != nil {
		return before // the look that follows meets the same ledger, and says so
	}
	if len(missing) > before {
		h.folder.Again()
	}
	return len(missing)
}

// look takes what changed in the central record and releases it.
func (h *Hub) look(ctx context.Context) error {
	released := 0
	report, err := h.folder.Look(ctx, releaseBatch, func(docs []central.Document) error {
		due := make([]document, len(docs))
		for i, d := range docs {
			due[i] = document{Document: d, person: h.area.personKey(d.Person.Name())}
		}
		n, err := h.release(ctx, due)
		released += n
		return err
	})
	if err != nil {
		return err
	}
	h.note(report, released)
	return nil
}

// note keeps what the look found, and logs what is new in it. Files are named:
// they are the operator's own; nobody is.
func (h *Hub) note(r central.Report, released int) {
	h.mu.Lock()
	before := h.scan
	h.scan = ScanReport{
		At: h.cfg.Now(), Files: r.Files, People: r.People, Older: r.Older, NoPerson: r.NoPerson,
		Refused: len(r.Refused), Gone: r.Gone, Contested: len(r.Contested), Unsettled: r.Unsettled, Released: before.Released + released,
	}
	h.mu.Unlock()
	if released > 0 {
		h.log.Info("released", "records", released, "people", r.People)
	}
	if len(r.Refused) != before.Refused {
		for _, refused := range r.Refused {
			h.log.Warn("a file was refused", "file", refused.File, "why", refused.Err)
		}
	}
	if len(r.Disappeared) > 0 {
		h.log.Warn("files disappeared from the central record; that is no withdrawal", "files", r.Disappeared)
	}
	if len(r.Contested) != before.Contested {
		h.log.Warn("files carry a number that another person has; each is taken for a person of its own", "files", r.Contested)
	}
}

// ofDocument and ofNumber name a person of the central record. A hub that has
// not looked yet looks first, and releases nothing by it.
func (h *Hub) ofDocument(ctx context.Context, id string) (central.Person, error) {
	if err := h.peek(ctx); err != nil {
		return central.Person{}, err
	}
	return h.folder.OfDocument(id)
}

func (h *Hub) ofNumber(ctx context.Context, n identity.NHSNumber) ([]central.Person, error) {
	if err := h.peek(ctx); err != nil {
		return nil, err
	}
	return h.folder.OfNumber(n), nil
}

func (h *Hub) peek(ctx context.Context) error {
	h.mu.Lock()
	looked := !h.scan.At.IsZero()
	h.mu.Unlock()
	if looked {
		return nil
	}
	if _, err := h.folder.Look(ctx, releaseBatch, func([]central.Document) error { return errPeek }); err != nil && !errors.Is(err, errPeek) {
		return fmt.Errorf("looking at the central record: %w", err)
	}
	return nil
}
