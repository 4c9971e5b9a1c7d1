// Stores measures two embedded databases and the bare disk at what Satchel's
// vault does, on the same made-up people: Badger with its own encryption, SQLite
// in WAL mode with full sync, and a file that is written and synced. It is a
// module of its own, so that what it needs never enters Satchel's.
//
// packaging/bench starts it and speaks to it in lines, taking turns with the
// vault, so that all see the same weather; each answer is one line of JSON:
//
//	badger load        every document, durable: how many nanoseconds it took
//	badger open        close and open again
//	badger get 500     that many documents by key, at random: nanoseconds of each
//	badger append 500  that many small entries, each durable before the next
//	badger delete 100  that many documents in one batch, durable
//	badger size        bytes on the disk after closing
//
// It guarantees that every document that is read has the length it was written
// with. It does not decrypt, authenticate or decompress beyond what the database
// does by itself: the ratios say what Satchel's sealing costs above that.
// TestStores proves that each store does each of these things.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"satchel/assets/people"
)

const (
	// seed makes the people of packaging/bench.
	seed = 2026
	// batch is how many documents are made durable together, as the vault does.
	batch = 500
	// entryBytes is the size of an audit item.
	entryBytes = 592
)

var errChanged = errors.New("a document came back with another length")

// store is one of the things that are measured.
type store interface {
	open() error
	close() error
	// put makes documents durable together.
	put(docs []people.Document) error
	// get gives the length of one document's bytes, read whole.
	get(id string) (int, error)
	// append makes one small entry durable.
	append(n int, entry []byte) error
	// remove makes the removal of documents durable.
	remove(ids []string) error
}

func main() {
	dir := flag.String("dir", "", "an empty folder on the disk that is measured")
	n := flag.Int("people", 2000, "how many people")
	flag.Parse()
	if err := run(*dir, *n, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "stores:", err)
		os.Exit(1)
	}
}

// bench is one run over one population.
type bench struct {
	dir     string
	people  int
	stores  map[string]store
	lengths map[string]int // of each document held, by its id
	ids     []string
	gone    map[string]int // by store: how many of ids it has removed, from the end
	entries map[string]int // by store: how many entries it has
	r       *rand.Rand
}

// answer is one line: Took has a number of nanoseconds for each thing done.
type answer struct {
	Took  []int64 `json:"took,omitempty"`
	Bytes int64   `json:"bytes,omitempty"`
	Error string  `json:"error,omitempty"`
}

func run(dir string, n int, in io.Reader, out io.Writer) (err error) {
	b := &bench{
		dir: dir, people: n, lengths: map[string]int{}, gone: map[string]int{}, entries: map[string]int{}, r: rand.New(rand.NewPCG(seed, 9)),
		stores: map[string]store{
			"badger": &badgerStore{dir: filepath.Join(dir, "badger")},
			"sqlite": &sqliteStore{dir: filepath.Join(dir, "sqlite")},
			"disk":   &diskStore{dir: filepath.Join(dir, "disk")},
		},
	}
	for name, s := range b.stores {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			return fmt.Errorf("making a folder: %w", err)
		}
		if err := s.open(); err != nil {
			return fmt.Errorf("opening %s: %w", name, err)
		}
	}
	defer func() {
		for _, s := range b.stores {
			err = errors.Join(err, s.close())
		}
	}()
	answers := json.NewEncoder(out)
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		a, err := b.obey(strings.Fields(lines.Text()))
		if err != nil {
			a = answer{Error: err.Error()}
		}
		if err := answers.Encode(a); err != nil {
			return fmt.Errorf("answering: %w", err)
		}
	}
	return lines.Err()
}

// obey carries one line out.
func (b *bench) obey(words []string) (answer, error) {
	if len(words) < 2 {
		return answer{}, errors.New("a line is a store, a word and a number")
	}
	name, word := words[0], words[1]
	s, known := b.stores[name]
	if !known {
		return answer{}, fmt.Errorf("no store is called %q", name)
	}
	n := 1
	if len(words) > 2 {
		var err error
		if n, err = strconv.Atoi(words[2]); err != nil || n < 1 {
			return answer{}, fmt.Errorf("%q is no number of times", words[2])
		}
	}
	switch word {
	case "load":
		return b.load(s)
	case "open":
		return b.reopen(s)
	case "get":
		return b.get(name, s, n)
	case "append":
		return b.append(name, s, n)
	case "delete":
		return b.delete(name, s, n)
	case "size":
		return b.size(name, s)
	}
	return answer{}, fmt.Errorf("%q is not known", word)
}

// load times what the store does, and not the making of documents.
func (b *bench) load(s store) (answer, error) {
	var took time.Duration
	var docs []people.Document
	put := func() error {
		start := time.Now()
		err := s.put(docs)
		took += time.Since(start)
		docs = docs[:0]
		return err
	}
	first := len(b.ids) == 0
	for d := range people.Generate(seed, b.people) {
		if first {
			b.ids = append(b.ids, d.ID)
			b.lengths[d.ID] = len(d.JSON)
		}
		if docs = append(docs, d); len(docs) == batch {
			if err := put(); err != nil {
				return answer{}, err
			}
		}
	}
	if len(docs) > 0 {
		if err := put(); err != nil {
			return answer{}, err
		}
	}
	return answer{Took: []int64{int64(took)}}, nil
}

func (b *bench) reopen(s store) (answer, error) {
	if err := s.close(); err != nil {
		return answer{}, err
	}
	start := time.Now()
	err := s.open()
	return answer{Took: []int64{int64(time.Since(start))}}, err
}

func (b *bench) get(name string, s store, n int) (answer, error) {
	held := b.ids[:len(b.ids)-b.gone[name]]
	if len(held) == 0 {
		return answer{}, errors.New("nothing was loaded")
	}
	took := make([]int64, n)
	for i := range took {
		id := held[b.r.IntN(len(held))]
		start := time.Now()
		length, err := s.get(id)
		took[i] = int64(time.Since(start))
		if err != nil {
			return answer{}, err
		}
		if length != b.lengths[id] {
			return answer{}, errChanged
		}
	}
	return answer{Took: took}, nil
}

func (b *bench) append(name string, s store, n int) (answer, error) {
	took, entry := make([]int64, n), make([]byte, entryBytes)
	for i := range took {
		start := time.Now()
		if err := s.append(b.entries[name], entry); err != nil {
			return answer{}, err
		}
		took[i] = int64(time.Since(start))
		b.entries[name]++
	}
	return answer{Took: took}, nil
}

func (b *bench) delete(name string, s store, n int) (answer, error) {
	held := b.ids[:len(b.ids)-b.gone[name]]
	if len(held) < n {
		return answer{}, errors.New("too few are left")
	}
	start := time.Now()
	err := s.remove(held[len(held)-n:])
	took := time.Since(start)
	b.gone[name] += n
	return answer{Took: []int64{int64(took)}}, err
}

// size closes the store, so that what it has only reserved is given back.
func (b *bench) size(name string, s store) (answer, error) {
	if err := s.close(); err != nil {
		return answer{}, err
	}
	total := int64(0)
	err := filepath.WalkDir(filepath.Join(b.dir, name), func(_ string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			total += info.Size()
		}
		return err
	})
	return answer{Bytes: total}, errors.Join(err, s.open())
}
