package reader

import (
	"bytes"
	"cmp"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
)

// FORMAT.md, section 11, and sync/PROTOCOL.md, sections 1 and 2.

// Facts is what the hub said, replayed in order.
type Facts struct {
	Certificate Certificate
	Members     []MemberEntry
	Governance  map[[16]byte][]GovernanceEntry
	Keys        map[[16]byte]KeySet
	Fresh       map[[16]byte]Freshness
	Receipt     *Receipt
	Checkpoint  []byte
	Next        uint64             // the number of the next fact
	PassedOver  int                // runs whose beginning is gone
	gap         error              // the last of them, until compaction makes up for it
	Ends        map[[16]byte]Point // how far each chain is followed
}

func domainOf(demo bool) string {
	if demo {
		return "satchel/hub/demonstration/1"
	}
	return "satchel/hub/1"
}

// readFacts opens and replays facts/. The certificate and root are from the
// vault's own settings.
func readFacts(dir string, key []byte, own Own) (*Facts, error) {
	f := &Facts{
		Governance: map[[16]byte][]GovernanceEntry{}, Keys: map[[16]byte]KeySet{}, Fresh: map[[16]byte]Freshness{}, Ends: map[[16]byte]Point{},
	}
	var err error
	if f.Certificate, err = open[Certificate]("the hub's certificate", domainOf(own.Demo), own.Root, own.Certificate); err != nil {
		return nil, err
	}
	entries, _, err := readJournal(filepath.Join(dir, "facts"))
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		plain, err := openBlob(key, []byte("satchel/fact/1"), e.Payload)
		if err != nil {
			return nil, fmt.Errorf("fact %d: %w", e.Seq, err)
		}
		if len(plain) == 0 {
			return nil, fmt.Errorf("fact %d %w", e.Seq, ErrForm)
		}
		if err := f.take(plain[0], plain[1:], own); err != nil {
			return nil, fmt.Errorf("fact %d, of kind %d: %w", e.Seq, plain[0], err)
		}
		f.Next = e.Seq + 1
	}
	if f.gap != nil {
		return nil, f.gap
	}
	return f, nil
}

func (f *Facts) take(kind uint8, b []byte, own Own) error {
	hub := ed25519.PublicKey(f.Certificate.Sign)
	switch kind {
	case 1, 2:
		run, err := decode[Run]("a run", b)
		if err != nil {
			return err
		}
		head, err := open[SignedHead]("a head", "satchel/head/1", hub, run.Head)
		if err != nil {
			return err
		}
		if (kind == 1) != bytes.Equal(head.Chain.Cohort, make([]byte, 16)) {
			return ErrForm
		}
		return f.follow(head.Chain, run.From, run.Entries, &head.End, false)
	case 3:
		k, err := open[KeySet]("a key set", "satchel/keys/1", hub, b)
		if had := f.Keys[[16]byte(k.Cohort)]; err == nil && (k.Epoch > had.Epoch || k.Epoch == had.Epoch && k.Time > had.Time) {
			f.Keys[[16]byte(k.Cohort)] = k
		}
		return err
	case 4:
		x, err := open[Freshness]("a freshness", "satchel/freshness/1", hub, b)
		if err == nil && newer(x, f.Fresh[[16]byte(x.Cohort)]) {
			f.Fresh[[16]byte(x.Cohort)] = x
		}
		return err
	case 5:
		r, err := decode[Receipt]("a receipt", b)
		if err != nil {
			return err
		}
		unsigned := r
		unsigned.Signature = nil
		body, err := canonical.Marshal(unsigned)
		if err != nil || !ed25519.Verify(hub, slicesOf([]byte("satchel/receipt/1\x00"), body), r.Signature) {
			return fmt.Errorf("a receipt's signature %w", ErrForm)
		}
		f.Receipt = &r
		return nil
	case 6:
		f.Checkpoint = b
		return nil
	case 7:
		cert, err := open[Certificate]("a certificate", domainOf(own.Demo), own.Root, b)
		if err == nil {
			f.Certificate = cert
		}
		return err
	case 8:
		c, err := decode[compacted]("a compacted chain", b)
		if err != nil {
			return err
		}
		var end *Point // the head was verified when it came, by the key of then
		if len(c.Head) > 0 {
			signed, err := decode[Signed]("a head", c.Head)
			if err != nil {
				return err
			}
			head, err := decode[SignedHead]("a head", signed.Body)
			if err != nil {
				return err
			}
			end = &head.End
		}
		f.gap = nil
		return f.follow(c.Chain, c.From, c.Entries, end, true)
	}
	return ErrForm
}

func newer(x, y Freshness) bool {
	return cmp.Or(
		cmp.Compare(x.Incarnation, y.Incarnation), cmp.Compare(x.Time, y.Time),
		cmp.Compare(x.Governance.N, y.Governance.N), cmp.Compare(x.Rev, y.Rev),
	) > 0
}

// follow links entries to what is held of their chain. A run that begins beyond
// it is passed over: compaction freed what was before it, and wrote all of it
// again later. What compaction wrote may begin a chain anew.
func (f *Facts) follow(c Chain, from Point, entries [][]byte, end *Point, anew bool) error {
	cohort := [16]byte(c.Cohort)
	at, begun := f.Ends[cohort]
	if !begun {
		start := hash("satchel/chain/1", c.Area, c.Cohort)
		at = Point{0, start[:]}
	}
	if from.N > at.N && !anew {
		f.gap = fmt.Errorf("a run without its beginning %w", ErrForm)
		f.PassedOver++
		return nil
	}
	if from.N > at.N {
		at = from
		f.forget(cohort)
	}
	link := from
	for _, e := range entries {
		h := hash("satchel/link/1", link.Hash, e)
		known := link.N < at.N
		if link.N == at.N && !bytes.Equal(link.Hash, at.Hash) {
			return fmt.Errorf("a run beside its chain %w", ErrForm)
		}
		link = Point{link.N + 1, h[:]}
		if known {
			continue
		}
		if err := f.entry(cohort, e); err != nil {
			return err
		}
		at = link
	}
	if end != nil && (end.N != link.N || !bytes.Equal(end.Hash, link.Hash)) {
		return fmt.Errorf("the end of a run %w", ErrForm)
	}
	f.Ends[cohort] = at
	return nil
}

func (f *Facts) forget(cohort [16]byte) {
	if cohort == [16]byte{} {
		f.Members = nil
		return
	}
	delete(f.Governance, cohort)
}

func (f *Facts) entry(cohort [16]byte, b []byte) error {
	if cohort == [16]byte{} {
		e, err := decode[MemberEntry]("an entry of M", b)
		if err == nil {
			f.Members = append(f.Members, e)
		}
		return err
	}
	e, err := decode[GovernanceEntry]("an entry of G", b)
	if err == nil {
		f.Governance[cohort] = append(f.Governance[cohort], e)
	}
	return err
}

// Invitation is an admission with its credential opened.
type Invitation struct {
	Credential Credential
	Join       []byte
}

// admissions gives those of this device, as its gossip key opens them: the last
// of each slot, and none of who was ended since.
func (f *Facts) admissions(device, gossip []byte) (map[[16]byte]Invitation, error) {
	out := map[[16]byte]Invitation{}
	for _, entries := range f.Governance {
		for _, e := range entries {
			if e.Kind == 6 {
				delete(out, [16]byte(e.Slot))
			}
			if e.Kind != 9 || !bytes.Equal(e.Device, device) {
				continue
			}
			plain, err := openBox(gossip, bind("satchel/admission/1", e.Device, e.Slot), e.Body)
			if err != nil {
				return nil, fmt.Errorf("an admission: %w", err)
			}
			a, err := decode[Admission]("an admission", plain)
			if err != nil {
				return nil, err
			}
			c, err := open[Credential]("a credential", "satchel/credential/1", f.Certificate.Sign, a.Credential)
			if err != nil {
				return nil, err
			}
			out[[16]byte(e.Slot)] = Invitation{c, a.Join}
		}
	}
	return out, nil
}

// cohortKey gives a cohort's key of an epoch, by the private key that K is boxed
// to.
func (f *Facts) cohortKey(cohort [16]byte, epoch uint64, device, public, private []byte) ([]byte, error) {
	k, ok := f.Keys[cohort]
	if !ok {
		return nil, fmt.Errorf("a cohort without K %w", ErrSealed)
	}
	for _, b := range k.Boxes {
		if !bytes.Equal(b.Device, device) {
			continue
		}
		newest, err := openBoxedKey(public, private, b.Box)
		if err != nil || epoch == k.Epoch {
			return newest, err
		}
		for _, o := range k.Older {
			if o.Epoch == epoch {
				return openWrapped(newest, numbered("satchel/olderkey/1:", cohort[:], put64(k.Epoch, epoch)), o.Box)
			}
		}
	}
	return nil, fmt.Errorf("the key of epoch %d %w", epoch, ErrSealed)
}

// numbered is the context of a box of the protocol's.
func numbered(text string, parts ...[]byte) []byte {
	return []byte(text + hex.EncodeToString(bytes.Join(parts, nil)))
}

func sum(b []byte) []byte { h := sha256.Sum256(b); return h[:] }
