package store

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"satchel/store/identity"
	"satchel/store/policy"
)

// leaseHistory is a real vault with one record in a history of clocks,
// restarts and restored images.
type leaseHistory struct {
	*world
	cohort    *hubCohort
	dir       string
	v         *Vault
	starts    byte
	truth     time.Time
	ends      time.Time // of the newest lease that was given
	least     time.Time // what the trusted time must be at least
	image     string    // an earlier copy of the folder; empty: none
	imageBoot byte
	imageAt   time.Duration
	imageEnds time.Time
	imageLow  time.Time
	said      strings.Builder
}

func newLeaseHistory(t *testing.T) *leaseHistory {
	w := newWorld(t)
	h := &leaseHistory{world: w, cohort: w.newCohort(), dir: t.TempDir(), truth: w.wall}
	h.v = w.laptop(h.cfg(), h.cohort)
	w.put(h.v, h.cohort, w.release(h.cohort, identity.Random[identity.PID](), document("Zebedee", number(2))))
	h.hears()
	return h
}

func (h *leaseHistory) cfg() Config {
	cfg := h.config(h.dir, nil)
	n := h.starts
	cfg.BootID = func() [16]byte { return [16]byte{n + 1} }
	return cfg
}

func (h *leaseHistory) hears() {
	h.t.Helper()
	h.v.TakeHubTime(h.truth.UnixMilli())
	wall := h.wall
	h.wall = h.truth // the hub signs what is so
	f := h.fresh(h.cohort)
	h.wall = wall
	h.must(h.v.TakeFreshness(f))
	h.must(h.v.Tick(h.t.Context()))
	h.ends, h.least = h.truth.Add(72*time.Hour), h.truth
}

// ticks lets the machine run, ticking every half hour as the program does
// every one.
func (h *leaseHistory) ticks(d time.Duration) {
	for ; d > 0; d -= 30 * time.Minute {
		h.goes(min(d, 30*time.Minute))
		h.must(h.v.Tick(h.t.Context()))
	}
}

func (h *leaseHistory) goes(d time.Duration) {
	h.pass(d)
	h.truth, h.least = h.truth.Add(d), h.least.Add(d)
}

func (h *leaseHistory) reopen() {
	h.t.Helper()
	v, err := Open(h.t.Context(), h.cfg())
	h.must(err)
	h.v = v
}

func (h *leaseHistory) happens(r *rand.Rand) string {
	hours := func(n int) time.Duration { return time.Duration(r.Int64N(int64(time.Duration(n) * time.Hour))) }
	switch r.IntN(9) {
	case 0, 1:
		d := hours(16)
		h.ticks(d)
		return fmt.Sprintf("runs for %s", d)
	case 2: // the program is closed, the machine goes on
		h.must(h.v.Close())
		d := hours(20)
		h.goes(d)
		h.reopen()
		return fmt.Sprintf("is closed for %s", d)
	case 3:
		h.must(h.v.Close())
		off, up := hours(60), hours(5)
		h.wall, h.truth = h.wall.Add(off+up), h.truth.Add(off+up)
		h.boot, h.least = up, h.least.Add(up)
		h.starts++
		h.reopen()
		return fmt.Sprintf("is switched off for %s", off)
	case 4:
		d := hours(120) - 110*time.Hour
		h.wall = h.truth.Add(d)
		return fmt.Sprintf("the wall clock is set to %s beside the truth", d)
	case 5:
		before := h.wall
		h.wall = h.wall.AddDate(73, 0, 0)
		h.must(h.v.Tick(h.t.Context()))
		h.wall = before
		return "the wall clock is in 2099 and back"
	case 6:
		return h.takesImage()
	case 7:
		return h.putsImageBack()
	default:
		if r.IntN(4) > 0 {
			return "nothing"
		}
		h.hears()
		return "the hub answers"
	}
}

func (h *leaseHistory) takesImage() string {
	h.must(h.v.Close())
	h.image = h.t.TempDir()
	h.must(os.CopyFS(h.image, os.DirFS(h.dir)))
	h.imageBoot, h.imageAt, h.imageEnds, h.imageLow = h.starts, h.boot, h.ends, h.least
	h.reopen()
	return "an image is taken"
}

// putsImageBack restores the folder: its lease is the older one, and what has
// been run since in the same start of the machine is counted all the same.
func (h *leaseHistory) putsImageBack() string {
	if h.image == "" {
		return "nothing"
	}
	h.must(h.v.Close())
	h.must(os.RemoveAll(h.dir))
	h.must(os.CopyFS(h.dir, os.DirFS(h.image)))
	h.ends, h.least = h.imageEnds, h.imageLow.Add(h.boot)
	if h.imageBoot == h.starts {
		h.least = h.imageLow.Add(h.boot - h.imageAt)
	}
	h.reopen()
	return "the image is put back"
}

// opens tells whether the record opens; gone: its key was destroyed.
func (h *leaseHistory) opens() (readable, gone bool) {
	h.t.Helper()
	s, err := h.v.Unlock(h.t.Context(), h.v.People()[0].Slot, []byte(passphrase))
	if refused, ok := errors.AsType[*UnlockRefusedError](err); ok && refused.Reason == CredentialEnded {
		return false, false // the clock has been in 2099
	}
	h.must(err)
	defer s.Lock()
	got, err := s.Find(h.t.Context(), "zebedee", 1)
	h.must(err)
	if len(got.Rows) == 0 {
		return false, true
	}
	_, err = s.Read(h.t.Context(), request(got.Rows[0].Handle))
	refused, ok := errors.AsType[*RefusedError](err)
	switch {
	case err == nil:
		return true, false
	case ok && refused.Codes[0] == policy.LeaseEnded:
		return false, false
	}
	h.t.Fatalf("%v\n%s", err, h.said.String())
	return false, false
}

// TestLeaseHistories: over real vaults, whatever is done to clocks, folder and
// machine, a record opens only within the lease that time run has left it.
func TestLeaseHistories(t *testing.T) { // R33, R34, R51, I12
	seed := rand.Uint64()
	opened, ended := 0, 0
	for i := range 25 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, uint64(i)))
			h := newLeaseHistory(t)
			defer func() { h.must(h.v.Close()) }()
			for range 8 {
				fmt.Fprintf(&h.said, "  %s\n", h.happens(r))
				readable, gone := h.opens()
				switch {
				case gone:
					return
				case readable && h.least.After(h.ends.Add(time.Second)):
					t.Fatalf("seed %d: opens %s past its end\n%s", seed, h.least.Sub(h.ends), h.said.String())
				case readable:
					opened++
				default:
					ended++
				}
			}
		})
	}
	if opened < 20 || ended < 20 {
		t.Errorf("seed %d: opened %d times and ended %d: the histories argue nothing", seed, opened, ended)
	}
}

// An image put back does not bring a lease back that has ended meanwhile, also
// where the wall clock was set back for it.
func TestRestoredImageGetsNoNewLease(t *testing.T) { // R34
	h := newLeaseHistory(t)
	defer func() { h.must(h.v.Close()) }()
	h.takesImage()
	h.ticks(40 * time.Hour)
	h.hears()
	h.ticks(40 * time.Hour)
	if readable, _ := h.opens(); !readable {
		t.Fatal("ended within its lease")
	}
	h.wall = h.wall.Add(-70 * time.Hour) // as somebody would who wants more of it
	h.putsImageBack()
	if readable, _ := h.opens(); readable {
		t.Fatal("the older lease has ended, and the record opens")
	}
}
