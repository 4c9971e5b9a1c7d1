package hub

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"satchel/store/fact"
	"satchel/store/identity"
)

func openAgain(t *testing.T, cfg Config) (*Hub, error) {
	t.Helper()
	h, err := Open(context.Background(), cfg)
	if err == nil {
		t.Cleanup(func() {
			if err := h.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	return h, err
}

// A ledger that is not mounted is no new area: everybody would be released
// again, those who withdrew included.
func TestAMissingLedgerIsNoNewArea(t *testing.T) { // R34
	dir := t.TempDir()
	if _, err := Init(dir, InitOptions{Name: "Marked", Demo: true, Now: time.Now()}); err != nil {
		t.Fatal(err)
	}
	cfg := Config{Data: dir, Cohort: CohortSpec{Name: "Team", Category: identity.Trust}}
	h, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, ledgerFolder), filepath.Join(dir, "elsewhere")); err != nil {
		t.Fatal(err)
	}
	if _, err := openAgain(t, cfg); !errors.Is(err, ErrAreaDamaged) {
		t.Fatalf("without its ledger the area opened: %v", err)
	}
	if err := os.Rename(filepath.Join(dir, "elsewhere"), filepath.Join(dir, ledgerFolder)); err != nil {
		t.Fatal(err)
	}
	if _, err := openAgain(t, cfg); err != nil {
		t.Fatalf("with its ledger back: %v", err)
	}
}

// A policy changed in the settings is in force after the next start, and one
// that did not change is not written again.
func TestPolicyFollowsTheSettings(t *testing.T) {
	dir := t.TempDir()
	if _, err := Init(dir, InitOptions{Name: "Ruled", Demo: true, Now: time.Now()}); err != nil {
		t.Fatal(err)
	}
	policy := fact.DefaultPolicy()
	for _, step := range []struct {
		lease time.Duration
		n     uint64
	}{{72 * time.Hour, 1}, {72 * time.Hour, 1}, {24 * time.Hour, 2}, {24 * time.Hour, 2}} {
		policy.Lease = step.lease.Milliseconds()
		h, err := Open(t.Context(), Config{Data: dir, Cohort: CohortSpec{Name: "Team", Category: identity.Trust, Policy: policy}})
		if err != nil {
			t.Fatal(err)
		}
		c, err := h.ledger.Cohort(t.Context(), h.allCohorts()[0].id)
		if err != nil || c.Policy.Lease != policy.Lease || c.Governance.N != step.n {
			t.Fatalf("lease %d, %d entries: %v", c.Policy.Lease, c.Governance.N, err)
		}
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
