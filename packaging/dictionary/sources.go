package main

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"satchel/assets/people"
)

// population is how many demonstration people are looked at, and which. They are
// not the seed that the benchmarks measure with.
const (
	seed       = 7
	population = 400
)

// examples are the folders of public examples whose structure is taken.
// ips/connectathon is not among them: what vendors in many countries wrote is what
// the dictionary is measured against, and it has seen none of it.
var examples = []string{"ips/au-ps", "ips/hl7-ips-1.1.0", "ips/hl7-ips-2.0-fsh", "ips/icanbwell", "r4-spec-examples", "uk"}

// demonstration gives the documents of the demonstration population.
func demonstration() []any {
	out := make([]any, 0, population)
	for d := range people.Generate(seed, population) {
		v, err := parse(d.JSON)
		if err != nil {
			panic("dictionary: the demonstration population is not JSON") // it is our own code
		}
		out = append(out, v)
	}
	return out
}

// public gives the documents in the example folders of a tree, in the order of
// their names. What is not JSON is passed over: a few are broken on purpose.
func public(tree fs.FS, folders []string) ([]any, error) {
	var names []string
	for _, folder := range folders {
		err := fs.WalkDir(tree, folder, func(name string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && path.Ext(name) == ".json" {
				names = append(names, name)
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("looking for public examples: %w", err)
		}
	}
	slices.SortFunc(names, strings.Compare)
	var out []any
	for _, name := range names {
		raw, err := fs.ReadFile(tree, name)
		if err != nil {
			return nil, fmt.Errorf("reading a public example: %w", err)
		}
		if v, err := parse(raw); err == nil {
			out = append(out, v)
		}
	}
	return out, nil
}
