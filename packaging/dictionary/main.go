// Dictionary builds the zstd dictionary that every record is compressed with:
//
//	go run ./packaging/dictionary
//	go run ./packaging/dictionary -measure
//
// It guarantees that the dictionary is made of structure alone: JSON keys, the
// names of published code systems, and codes with their published words, taken
// from the demonstration population (assets/people) and from public examples;
// that whatever else they hold was emptied before anything is chosen
// (TestNobodyIsInTheDictionary, with a control that keeps it and is caught); and
// that the same sources give the same bytes (TestRebuild). It never reads a
// record in care: a trained dictionary lies on every device for ever, and would
// hold the names and diagnoses that it was trained on.
//
// It is not run by a build. A dictionary that is in use is never changed: records
// name the one they were made with, so a new one is a new file beside the old.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/zstd"
)

func main() {
	data := flag.String("examples", "../shared/data", "the folder of public examples")
	out := flag.String("out", "assets/dictionary", "the folder that the dictionary and its hash are written to")
	size := flag.Int("size", historySize, "how many bytes of structure the dictionary holds")
	only := flag.Bool("measure", false, "write nothing; say what the dictionary in that folder saves")
	flag.Parse()
	if err := run(os.DirFS(*data), *out, *size, *only, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "dictionary:", err)
		os.Exit(1)
	}
}

const (
	// historySize is where more structure stopped to pay. A device holds it twice:
	// in the program, and in what opens records.
	historySize = 32 << 10

	// dictionaryID is the number in zstd's own header, outside the range that is
	// reserved for registered dictionaries (RFC 8878, section 5).
	dictionaryID = 0x53544301

	fileName = "records-1.zdict"
	hashName = "records-1.sha256"
)

func run(tree fs.FS, folder string, size int, measureOnly bool, out io.Writer) error {
	if measureOnly {
		dict, err := os.ReadFile(filepath.Join(folder, fileName))
		if err != nil {
			return fmt.Errorf("reading the dictionary: %w", err)
		}
		return report(out, tree, dict)
	}
	dict, err := build(tree, size)
	if err != nil {
		return err
	}
	hash := sha256.Sum256(dict)
	if err := os.WriteFile(filepath.Join(folder, fileName), dict, 0o644); err != nil {
		return fmt.Errorf("writing the dictionary: %w", err)
	}
	if err := os.WriteFile(filepath.Join(folder, hashName), []byte(hex.EncodeToString(hash[:])+"\n"), 0o644); err != nil {
		return fmt.Errorf("writing the dictionary's hash: %w", err)
	}
	return report(out, tree, dict)
}

// build makes the dictionary from the demonstration population and the public
// examples.
func build(tree fs.FS, size int) ([]byte, error) {
	documents, err := public(tree, examples)
	if err != nil {
		return nil, err
	}
	documents = append(documents, demonstration()...)
	m := &mask{seen: map[string]int{}}
	for _, d := range documents {
		m.count(d)
	}
	return train(documents, m, size)
}

// train makes a dictionary of what a mask leaves of documents. The history is
// chosen from what is left with nothing in the gaps; the tables of frequencies
// are made from it with noise in the gaps, since a real document has text there.
func train(documents []any, m *mask, size int) ([]byte, error) {
	noisy := *m
	noisy.fill = rand.New(rand.NewPCG(seed, population))
	bare := make([][]byte, len(documents))
	full := make([][]byte, len(documents))
	for i, d := range documents {
		bare[i] = write(nil, m.document(d))
		full[i] = write(nil, noisy.document(d))
		full[i] = full[i][:min(len(full[i]), mostSample)]
	}
	dict, err := zstd.BuildDict(zstd.BuildDictOptions{
		ID: dictionaryID, Contents: full, History: cover(bare, size), Offsets: [3]int{1, 4, 8}, Level: zstd.SpeedDefault, CompatV155: true,
	})
	if err != nil {
		return nil, fmt.Errorf("building the dictionary: %w", err)
	}
	return dict, nil
}

// mostSample is a block of zstd: frequencies are counted in one block a document.
const mostSample = 128 << 10
