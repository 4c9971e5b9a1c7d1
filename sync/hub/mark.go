package hub

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"satchel/store/canon"
	"satchel/store/fact"
	"satchel/store/files"
	"satchel/sync/ledger"
)

// begunFile says that this area has had a ledger. Without it a folder that was
// not mounted would look like a new area, and the first look at the central
// record would release everybody again, those who withdrew included.
const begunFile = "area/ledger.begun"

// ledgerThere refuses an area that has had a ledger and has none now.
func ledgerThere(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, begunFile)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if _, err := os.Stat(filepath.Join(dir, ledgerFolder, "journal")); err != nil {
		return fmt.Errorf("%w: it has had a ledger, and %s holds none; it may not be mounted", ErrAreaDamaged, filepath.Join(dir, ledgerFolder))
	}
	return nil
}

// markBegun leaves the mark, once the ledger is there.
func markBegun(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, begunFile)); err == nil {
		return nil
	}
	disk, err := files.OS(dir)
	if err != nil {
		return fmt.Errorf("marking the area: %w", err)
	}
	if err := files.WriteAtomic(disk, begunFile, []byte("this area has a ledger\n")); err != nil {
		return errors.Join(fmt.Errorf("marking the area: %w", err), disk.Close())
	}
	return disk.Close()
}

// renewPolicy writes the settings' policy into the governance of the cohort
// they name, where it is not the one in force. Devices obey it from their next
// round.
func (h *Hub) renewPolicy(ctx context.Context) error {
	for _, c := range h.allCohorts() {
		if c.spec.Name != h.cfg.Cohort.Name || h.cfg.Cohort.Policy.Version == 0 {
			continue
		}
		now, err := h.ledger.Cohort(ctx, c.id)
		if err != nil {
			return fmt.Errorf("reading a cohort's policy: %w", err)
		}
		due := h.cfg.Cohort.Policy
		due.Version, due.Cohort = now.Policy.Version, c.spec.Name
		same, err := samePolicy(due, now.Policy)
		if err != nil || same {
			return err
		}
		due.Version++
		err = h.ledger.Commit(ctx, ledger.Change{Governance: []ledger.Governing{{
			Cohort: c.id, Entry: fact.GovernanceEntry{Kind: fact.SetPolicy, Policy: &due},
		}}})
		if err != nil {
			return fmt.Errorf("writing a cohort's policy: %w", err)
		}
		h.log.Info("a cohort has a new policy", "cohort", c.id, "version", due.Version)
	}
	return nil
}

func samePolicy(a, b fact.Policy) (bool, error) {
	one, err := canon.Marshal(a)
	if err != nil {
		return false, fmt.Errorf("comparing policies: %w", err)
	}
	other, err := canon.Marshal(b)
	if err != nil {
		return false, fmt.Errorf("comparing policies: %w", err)
	}
	return string(one) == string(other), nil
}
