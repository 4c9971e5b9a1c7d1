package store

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/store/policy"
)

// model is what a vault must hold, kept in maps.
type model struct {
	t       *rapid.T
	w       *world
	c       *hubCohort
	cfg     Config
	v       *Vault
	s       *Session
	pids    []identity.PID
	sent    map[identity.PID][]Incoming // everything the hub ever released
	docs    map[[32]byte][]byte         // by the hash of the ciphertext
	held    map[identity.PID]Incoming   // the newest taken
	dead    map[identity.PID]uint64     // below which everything is dead, as the device has heard
	entries uint64
}

// Any order of releases, older copies, withdrawals, locking, unlocking and
// restarts gives what the maps say: the newest of each patient, nothing that
// was killed, and never an entry less.
func TestModel(t *testing.T) { // I1, I2, R15, R34
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		m := &model{
			t: rt, w: w, c: w.newCohort(), cfg: w.config(t.TempDir(), nil),
			sent: map[identity.PID][]Incoming{}, docs: map[[32]byte][]byte{}, held: map[identity.PID]Incoming{}, dead: map[identity.PID]uint64{},
		}
		m.v = w.laptop(m.cfg, m.c)
		defer func() { w.must(m.v.Close()) }()
		for range 4 {
			m.pids = append(m.pids, identity.Random[identity.PID]())
		}
		rt.Repeat(map[string]func(*rapid.T){
			"release": m.release,
			"older":   m.older,
			"kill":    m.kill,
			"hear":    m.hear,
			"lock":    m.lock,
			"unlock":  m.unlock,
			"reopen":  m.reopen,
			"rekey":   m.rekey,
			"time":    func(t *rapid.T) { w.pass(time.Duration(rapid.IntRange(1, 3600).Draw(t, "seconds")) * time.Second) },
			"":        m.check,
		})
	})
}

func (m *model) draw(t *rapid.T) (int, identity.PID) {
	i := rapid.IntRange(0, len(m.pids)-1).Draw(t, "patient")
	return i, m.pids[i]
}

func (m *model) release(t *rapid.T) {
	i, pid := m.draw(t)
	n := len(m.sent[pid])
	doc := document(fmt.Sprintf("Person%dv%d", i, n), number(i+1))
	in := m.w.release(m.c, pid, doc)
	m.sent[pid] = append(m.sent[pid], in)
	m.docs[in.Record.Header.Value.Hash] = doc
	m.offer(in)
}

// older offers anything that was ever released.
func (m *model) older(t *rapid.T) {
	_, pid := m.draw(t)
	if n := len(m.sent[pid]); n > 0 {
		m.offer(m.sent[pid][rapid.IntRange(0, n-1).Draw(t, "which")])
	}
}

func (m *model) offer(in Incoming) {
	h := in.Record.Header.Value
	kept := m.w.put(m.v, m.c, in)
	old, have := m.held[h.PID]
	want := h.Epoch >= m.dead[h.PID] && (!have || h.Newer(old.Record.Header.Value))
	if want {
		m.held[h.PID] = in
	}
	if (kept == 1) != want {
		m.t.Fatalf("epoch %d version %d: kept %d, due %v", h.Epoch, h.Ver, kept, want)
	}
}

// kill is said by the hub; the device hears it later, or now.
func (m *model) kill(t *rapid.T) {
	_, pid := m.draw(t)
	if len(m.sent[pid]) == 0 {
		return
	}
	m.w.kill(m.c, pid, fact.Withdrawn)
	if rapid.Bool().Draw(t, "heard") {
		m.hear(t)
	}
}

func (m *model) hear(*rapid.T) {
	m.w.must(m.v.TakeGovernance(m.w.t.Context(), m.c.id, m.w.governance(m.c)))
	m.w.must(m.v.TakeFreshness(m.w.fresh(m.c)))
	for pid, p := range m.c.people {
		if m.v.cohorts[m.c.id].gov.KilledBelow(pid) != 0 {
			m.dead[pid] = m.v.cohorts[m.c.id].gov.KilledBelow(pid)
		}
		if in, ok := m.held[pid]; ok && in.Record.Header.Value.Epoch < m.dead[pid] {
			delete(m.held, p.PID)
		}
	}
}

func (m *model) lock(*rapid.T) {
	if m.s != nil {
		m.s.Lock()
		m.s = nil
	}
}

func (m *model) unlock(*rapid.T) {
	if m.s == nil {
		m.s = m.w.unlock(m.v)
	}
}

func (m *model) reopen(*rapid.T) {
	m.s = nil
	m.w.must(m.v.Close())
	v, err := Open(m.w.t.Context(), m.cfg)
	m.w.must(err)
	m.v = v
	for _, n := range v.Notices() {
		if n.Code != ShareWeak {
			m.t.Fatalf("noticed at open: %s", n.Code)
		}
	}
}

// rekey issues the cohort's next key; what is under the old ones still opens.
func (m *model) rekey(*rapid.T) {
	m.w.rekey(m.c)
	m.w.must(m.v.TakeKeys(m.c.set))
}

// check compares everything.
func (m *model) check(*rapid.T) {
	if m.v.Count() != len(m.held) {
		m.t.Fatalf("%d rows, due %d", m.v.Count(), len(m.held))
	}
	if head := m.v.ItemHead().Seq; head < m.entries {
		m.t.Fatalf("the chain went back from %d to %d", m.entries, head)
	}
	m.entries = m.v.ItemHead().Seq
	if m.s == nil {
		return
	}
	for i, pid := range m.pids {
		in, ok := m.held[pid]
		found, err := m.s.Find(m.w.t.Context(), number(i+1), 5)
		m.w.must(err)
		if !ok {
			if len(found.Rows) != 0 {
				m.t.Fatalf("patient %d is found and not held", i)
			}
			continue
		}
		h := in.Record.Header.Value
		if len(found.Rows) != 1 || found.Rows[0].State.Ver != h.Ver {
			m.t.Fatalf("patient %d: %d rows, version %d due", i, len(found.Rows), h.Ver)
		}
		o, err := m.s.Read(m.w.t.Context(), request(found.Rows[0].Handle))
		if e, refused := errors.AsType[*RefusedError](err); refused && e.Codes[0] == policy.LeaseEnded {
			continue // more than 72 hours went by unheard
		}
		m.w.must(err)
		if !bytes.Equal(o.Raw, m.docs[h.Hash]) || o.Header != h {
			m.t.Fatalf("patient %d: version %d is shown, %d due", i, o.Header.Ver, h.Ver)
		}
	}
}
