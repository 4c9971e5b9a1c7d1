package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"satchel/store/record"
)

// inspectCommand is the inspect command: it says of every file whether it can be
// read as a patient summary, and why not (P28). It changes nothing.
func inspectCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "inspect [--json] PATH...",
		Short: "Say of FHIR files whether they can be read, and why not",
		Long: "Reads FHIR R4 JSON files, or every .json file in folders and the folders inside them,\n" +
			"and prints one line for each: \"ok\" with who it is about and what it holds, or \"refused\"\n" +
			"with the place and the cause. Names and NHS numbers are printed: mind who can see the\n" +
			"terminal. Exits 0 when all files could be looked at, whether they were refused or not.",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			in := inspector{out: cmd.OutOrStdout(), trouble: cmd.ErrOrStderr(), json: asJSON}
			for _, path := range args {
				if err := in.path(path); err != nil {
					return err
				}
			}
			return in.verdict()
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return cmd
}

// inspector prints one line for each file.
type inspector struct {
	out, trouble io.Writer
	json         bool
	unread       int
}

// verdict is the error of the whole run.
func (in *inspector) verdict() error {
	switch in.unread {
	case 0:
		return nil
	case 1:
		return errors.New("1 path could not be looked at")
	}
	return fmt.Errorf("%d paths could not be looked at", in.unread)
}

// path looks at a file, or at the files of a folder in order of their names.
// Only a failure to print stops it.
func (in *inspector) path(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return in.cannot(path, err)
	case info.Mode().IsRegular():
		return in.file(path)
	case !info.IsDir():
		return in.cannot(path, errors.New("neither a file nor a folder"))
	}
	return filepath.WalkDir(path, func(p string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			if e := in.cannot(p, err); e != nil {
				return e
			}
			return nil
		case e.IsDir() || !strings.EqualFold(filepath.Ext(p), ".json"):
			return nil
		case !e.Type().IsRegular():
			if info, err := os.Stat(p); err != nil || !info.Mode().IsRegular() {
				return in.cannot(p, errors.New("not a regular file"))
			}
		}
		return in.file(p)
	})
}

// cannot says which path could not be looked at, in a sentence.
func (in *inspector) cannot(path string, err error) error {
	in.unread++
	why := err
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		why = pe.Err
	}
	_, err = fmt.Fprintf(in.trouble, "Cannot look at %s: %v.\n", shown(path), why)
	return err
}

// file reads one file, no further than a summary may be long.
func (in *inspector) file(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return in.cannot(path, err)
	}
	raw, err := io.ReadAll(io.LimitReader(f, record.MaxBytes+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return in.cannot(path, err)
	}
	s, err := record.Parse(raw)
	line := inspected{File: path, Result: "ok"}
	if err != nil {
		line.refused(err)
	} else {
		line.read(s)
	}
	if in.json {
		return json.NewEncoder(in.out).Encode(line)
	}
	_, err = fmt.Fprintln(in.out, line.text())
	return err
}

// inspected is what is said of one file.
type inspected struct {
	File       string   `json:"file"`
	Result     string   `json:"result"` // ok or refused
	Kind       string   `json:"kind,omitempty"`
	Type       string   `json:"type,omitempty"`
	Person     string   `json:"person,omitempty"`
	NHS        string   `json:"nhs,omitempty"`
	Sections   *int     `json:"sections,omitempty"`
	Received   *int     `json:"received,omitempty"`
	Shown      *int     `json:"shown,omitempty"`
	Unreadable *int     `json:"unreadable,omitempty"`
	Missing    *int     `json:"missing,omitempty"`
	Withheld   bool     `json:"withheld,omitempty"`
	Warnings   []string `json:"warnings,omitempty"`
	Line       int      `json:"line,omitempty"`
	Column     int      `json:"column,omitempty"`
	Path       string   `json:"path,omitempty"`
	Place      string   `json:"place,omitempty"`
	Cause      string   `json:"cause,omitempty"`
}

func (l *inspected) refused(err error) {
	l.Result, l.Cause, l.Place = "refused", err.Error(), "whole file"
	if r, ok := errors.AsType[*record.Refusal](err); ok {
		l.Line, l.Column, l.Path, l.Place, l.Cause = r.Line, r.Column, r.Path, r.Place(), string(r.Cause)
	}
}

func (l *inspected) read(s *record.Summary) {
	l.Kind, l.Type, l.Withheld = string(s.Kind), s.Type, s.Withheld
	l.Sections, l.Received, l.Shown = new(len(s.Sections)), new(s.EntriesReceived), new(s.EntriesShown)
	l.Unreadable, l.Missing = new(s.EntriesUnreadable), new(s.EntriesMissing)
	for _, w := range s.Warnings {
		l.Warnings = append(l.Warnings, string(w.Code))
	}
	if p := s.Person; p != nil {
		l.Person = p.BannerName()
		if l.NHS = p.NHS.Digits(); l.NHS == "" {
			l.NHS = p.NHSReceived
		}
	}
}

// text is the line for people:
//
//	ok FILE person="SMITH, John" nhs=9434765919 sections=7 shown=52 unreadable=0 missing=0 warnings=1
//	ok FILE no person sections=0 shown=1 unreadable=0 missing=0 warnings=0
//	refused FILE line 7, column 3, at $.id: cause
func (l *inspected) text() string {
	if l.Result == "refused" {
		return "refused " + shown(l.File) + " " + l.Place + ": " + l.Cause
	}
	who := "no person"
	if l.Person != "" {
		nhs := "none"
		if l.NHS != "" {
			nhs = shown(l.NHS)
		}
		who = "person=" + strconv.Quote(l.Person) + " nhs=" + nhs
	}
	return fmt.Sprintf("ok %s %s sections=%d shown=%d unreadable=%d missing=%d warnings=%d",
		shown(l.File), who, *l.Sections, *l.Shown, *l.Unreadable, *l.Missing, len(l.Warnings))
}

// shown writes a text of others so that it stays one word on one line.
func shown(s string) string {
	for _, r := range s {
		if r == ' ' || r == '"' || r == '\\' || !unicode.IsPrint(r) {
			return strconv.Quote(s)
		}
	}
	return s
}
