package store

import (
	"fmt"

	"satchel/store/audit"
	"satchel/store/canon"
	"satchel/store/fact"
)

// factChain is a chain, or a part of one, as compaction writes it: entries
// without a signed head of their own, and at the end of the chain its newest.
// Only this device reads it, under its own key.
const factChain = 8

type chainPart struct {
	Chain   fact.Chain `cbor:"1,keyasint"`
	From    fact.Point `cbor:"2,keyasint"`
	Entries [][]byte   `cbor:"3,keyasint"`
	Head    []byte     `cbor:"4,keyasint"` // as it came; empty but in the last part
}

var chainPartLimits = canon.Limits{Bytes: maxChainPart + (1 << 20), Depth: 4, Items: fact.MaxRun + 8}

// compactFacts writes everything that is in force once more, at the end of the
// journal, and frees the segments before it, when most of the journal is
// history: superseded F and K, and entries below a floor. A crash in between
// leaves both, and replaying both gives the same.
func (v *Vault) compactFacts() error {
	if v.facts.Segments() < compactFrom {
		return nil
	}
	v.mu.Lock()
	frames, err := v.inForceLocked()
	v.mu.Unlock()
	if err != nil {
		return fmt.Errorf("compacting the facts: %w", err)
	}
	size := 0
	for _, f := range frames {
		size += len(f.raw)
	}
	if size > v.facts.Segments()*v.segmentBytes()/2 {
		return nil
	}
	first := v.facts.Next()
	for _, f := range frames {
		if err := v.keepFact(f.kind, f.raw); err != nil {
			return fmt.Errorf("compacting the facts: %w", err)
		}
	}
	if err := v.mayFreeAtDoor(&v.marks.FactsFirst, first); err != nil {
		return fmt.Errorf("compacting the facts: %w", err)
	}
	if err := v.facts.DropBefore(first); err != nil {
		return fmt.Errorf("compacting the facts: %w", err)
	}
	return nil
}

type frame struct {
	kind byte
	raw  []byte
}

func (v *Vault) inForceLocked() ([]frame, error) {
	out := []frame{{factCertificate, v.cert.Raw()}}
	chains := []*chain{&v.memberChain}
	for _, c := range v.cohorts {
		chains = append(chains, &c.chain)
	}
	for _, c := range chains {
		parts, err := c.parts()
		if err != nil {
			return nil, err
		}
		out = append(out, parts...)
	}
	for _, c := range v.cohorts {
		for kind, raw := range map[byte][][]byte{factKeys: {c.keys.Raw()}, factFreshness: {c.fresh.Raw(), c.pending.Raw()}} {
			for _, r := range raw {
				if len(r) > 0 {
					out = append(out, frame{kind, r})
				}
			}
		}
	}
	if v.receipt != nil {
		raw, err := v.receipt.Encode()
		if err != nil {
			return nil, err
		}
		out = append(out, frame{factReceipt, raw})
	}
	if len(v.checkpointNote) > 0 {
		out = append(out, frame{factCheckpoint, v.checkpointNote})
	}
	return out, nil
}

// parts cuts a chain into frames of bounded size.
func (c *chain) parts() ([]frame, error) {
	var out []frame
	flush := func(p chainPart) error {
		raw, err := canon.Marshal(p, chainPartLimits)
		out = append(out, frame{factChain, raw})
		return err
	}
	p := chainPart{Chain: c.id, From: c.base}
	size := 0
	for i, e := range c.entries {
		if size+len(e) > maxChainPart || len(p.Entries) == fact.MaxRun {
			if err := flush(p); err != nil {
				return nil, err
			}
			p, size = chainPart{Chain: c.id, From: c.at[i-1]}, 0
		}
		p.Entries, size = append(p.Entries, e), size+len(e)
	}
	p.Head = c.head.Raw()
	return out, flush(p)
}

// replayPartLocked takes what compaction wrote. The head's signature was
// verified when it came.
func (v *Vault) replayPartLocked(raw []byte) error {
	var p chainPart
	if err := canon.Unmarshal(raw, &p, chainPartLimits); err != nil {
		return err
	}
	c, ch := (*cohort)(nil), &v.memberChain
	if !p.Chain.Membership() {
		c = v.anyCohortLocked(p.Chain.Cohort)
		ch = &c.chain
	}
	what, err := p.news(ch.point())
	if err != nil {
		return err
	}
	run := fact.Run{From: p.From}
	if len(p.Head) > 0 {
		if run.Head, err = fact.Decode[fact.Head](p.Head); err != nil {
			return err
		}
	}
	if c == nil {
		return v.applyMembershipLocked(run, what)
	}
	entries, err := c.apply(run, what)
	v.admitAllLocked(c, entries)
	return err
}

// news is judge for a part that this device wrote itself: it goes on where the
// chain stands, or begins anew.
func (p chainPart) news(held fact.Point) (news, error) {
	if held.N < p.From.N {
		return news{entries: p.Entries, restart: true}, nil
	}
	end := p.From
	for _, e := range p.Entries {
		end = end.Next(e)
	}
	bare := fact.Run{From: p.From, Entries: p.Entries, Head: fact.Signed[fact.Head]{Value: fact.Head{Point: end}}}
	entries, err := bare.After(held)
	return news{entries: entries}, err
}

func (v *Vault) segmentBytes() int {
	if v.cfg.SegmentBytes > 0 {
		return int(v.cfg.SegmentBytes)
	}
	return audit.DefaultSegmentBytes
}
