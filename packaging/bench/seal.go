package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"satchel/store/identity"
	"satchel/store/seal"
)

var sealSection = section{"seal", "sealing and opening records, and Argon2id", measureSeal}

var errChanged = errors.New("a record came back changed")

func measureSeal(ctx context.Context, b *bench) error {
	docs := documents(min(b.people, sample))
	keys := make([]seal.Key, len(docs))
	sealed := make([][]byte, len(docs))
	plain, stored := 0, 0
	for i := range docs {
		keys[i] = seal.NewKey()
		plain += len(docs[i])
	}
	steps := []struct {
		name string
		work func(i int) error
	}{
		{"seal.record", func(i int) (err error) { sealed[i], err = seal.SealRecord(&keys[i], docs[i]); return err }},
		{"seal.open", func(i int) error {
			opened, err := seal.OpenRecord(&keys[i], sealed[i])
			if err == nil && !bytes.Equal(opened, docs[i]) {
				return errChanged
			}
			return err
		}},
		{"seal.commit", func(i int) error { seal.Commit(&keys[i]); return nil }},
	}
	for _, s := range steps {
		took, err := clock(len(docs), s.work)
		if err != nil {
			return err
		}
		if err := b.addPercentiles(s.name, took, microseconds, fmt.Sprintf("documents of %d bytes on average", plain/len(docs))); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	for _, s := range sealed {
		stored += len(s)
	}
	if err := b.add("seal.size", float64(stored)/float64(plain), times, len(docs), "sealed bytes against the document's own"); err != nil {
		return err
	}
	if err := b.measureDictionary(docs); err != nil {
		return err
	}
	return b.measureArgon2id()
}

// measureDictionary says what the dictionary saves on the demonstration
// population, from whose structure it was made, and, where they are, on public
// summaries that it has not seen.
func (b *bench) measureDictionary(made [][]byte) error {
	without, err := seal.NewRecords(nil)
	if err != nil {
		return err
	}
	if err := b.addSizes("seal.size.demonstration", made, without, "flattering: the dictionary knows this population's structure"); err != nil {
		return err
	}
	paths, err := filepath.Glob(filepath.Join(b.examples, "ips", "connectathon", "*.json"))
	if err != nil || len(paths) == 0 {
		b.say("  seal.size.public: NOT RUN: no public examples in %s", b.examples)
		return err
	}
	public := make([][]byte, len(paths))
	for i, p := range paths {
		if public[i], err = os.ReadFile(p); err != nil {
			return fmt.Errorf("reading a public example: %w", err)
		}
	}
	return b.addSizes("seal.size.public", public, without, "public summaries that the dictionary was not made from")
}

// addSizes prints how large documents are sealed, with the dictionary and
// without, against their own bytes.
func (b *bench) addSizes(name string, docs [][]byte, without *seal.Records, note string) error {
	key := seal.NewKey()
	defer key.Wipe()
	plain, sizes := 0, [2]int{}
	for _, d := range docs {
		plain += len(d)
		for i, pack := range []func(*seal.Key, []byte) ([]byte, error){seal.SealRecord, without.Seal} {
			sealed, err := pack(&key, d)
			if err != nil {
				return err
			}
			sizes[i] += len(sealed)
		}
	}
	return errors.Join(
		b.add(name+".with", float64(sizes[0])/float64(plain), times, len(docs), note),
		b.add(name+".without", float64(sizes[1])/float64(plain), times, len(docs), note),
	)
}

// measureArgon2id opens a passphrase slot of the default cost.
func (b *bench) measureArgon2id() error {
	const tries = 9
	took, err := stretch(tries)
	if err != nil {
		return err
	}
	p := seal.DefaultParams()
	return b.add("seal.argon2id", in(percentile(took, 0.5), seconds), seconds, tries, fmt.Sprintf("%d MiB, %d passes, %d threads", p.MemoryKiB>>10, p.Time, p.Threads))
}

// stretch clocks the opening of a passphrase slot of the default cost.
func stretch(tries int) ([]time.Duration, error) {
	phrase := func() []byte { return []byte("a passphrase for nobody's slot") }
	slot, _, err := seal.NewSlot(identity.Random[identity.SlotID](), nil, seal.Secret{Text: phrase()}, seal.DefaultParams())
	if err != nil {
		return nil, err
	}
	return clock(tries, func(int) error { _, err := slot.Open(seal.Secret{Text: phrase()}); return err })
}
