package main

import (
	"fmt"
	"io"
	"io/fs"

	"satchel/assets/people"
	"satchel/store/seal"
)

// sample is a kind of document that the dictionary is measured on.
type sample struct {
	what      string
	documents [][]byte
}

// report says what sealed records are, with a dictionary and without, against the
// documents' own bytes.
func report(out io.Writer, tree fs.FS, dict []byte) error {
	if _, err := fmt.Fprintf(out, "dictionary of %d bytes\n", len(dict)); err != nil {
		return err
	}
	demo := sample{what: "demonstration population of another seed (flattering: the code that wrote it wrote what the dictionary learnt from)"}
	for d := range people.Generate(seed+1, population) {
		demo.documents = append(demo.documents, d.JSON)
	}
	samples := []sample{demo}
	for _, folder := range []struct{ name, what string }{
		{"ips/connectathon", "public summaries that it has not seen (honest)"},
		{"synthea", "public generated histories that it has not seen, long ones"},
		{"ips/hl7-ips-1.1.0", "public examples whose structure it has seen"},
	} {
		s := sample{what: folder.what}
		err := fs.WalkDir(tree, folder.name, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			raw, err := fs.ReadFile(tree, name)
			s.documents = append(s.documents, raw)
			return err
		})
		if err != nil {
			return fmt.Errorf("measuring public examples: %w", err)
		}
		samples = append(samples, s)
	}
	for _, s := range samples {
		plain, with, without, err := sizes(s.documents, dict)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(out, "%5d documents, %9d bytes: %.3f with, %.3f without   %s\n",
			len(s.documents), plain, float64(with)/float64(plain), float64(without)/float64(plain), s.what)
		if err != nil {
			return err
		}
	}
	return nil
}

// sizes seals documents with a dictionary and without one.
func sizes(documents [][]byte, dict []byte) (plain, with, without int, err error) {
	codecs := make([]*seal.Records, 2)
	for i, d := range [][]byte{dict, nil} {
		if codecs[i], err = seal.NewRecords(d); err != nil {
			return 0, 0, 0, err
		}
	}
	key := seal.NewKey()
	defer key.Wipe()
	for _, d := range documents {
		plain += len(d)
		for i, total := range []*int{&with, &without} {
			sealed, err := codecs[i].Seal(&key, d)
			if err != nil {
				return 0, 0, 0, err
			}
			*total += len(sealed)
		}
	}
	return plain, with, without, nil
}
