package hub

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// BackupOrder asks for a copy of what cannot be rebuilt.
type BackupOrder struct {
	File string `json:"file"` // must not be there yet
	By   string `json:"by"`
}

// BackupReport says what a backup holds.
type BackupReport struct {
	Files  int    `json:"files"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// ledgerFolder holds the ledger, in the hub's data folder.
const ledgerFolder = "ledger"

// kept are the parts of the data folder that cannot be made again, and spared is
// what in them can, or belongs offline: the root and the recovery key are for
// their own safe, not for every copy of a backup. Nothing else is copied, wherever it lies: the central record
// may be a folder in here, in clear, and so may an earlier backup.
var (
	kept   = []string{"area", settingsFile, ledgerFolder + "/journal"}
	spared = []string{ledgerFolder + "/journal/spare", rootFile, recoveryFile}
)

// settingsFile is where an operator configures the hub; app/hub reads it.
const settingsFile = "hub.toml"

// SaveBackup copies the area's keys, the settings and the journal into one
// compressed file, while the hub runs: the journal only grows, and its last
// frame, if it is cut, is cut off again when it is opened. A hub restored from
// it must count as a new incarnation (OPERATIONS).
func (h *Hub) SaveBackup(ctx context.Context, o BackupOrder) (report BackupReport, err error) {
	h.orders.Lock()
	entered := h.enter(ctx, order{kind: "backup", by: o.By})
	h.orders.Unlock()
	if entered != nil {
		return report, fmt.Errorf("saving a backup: entering the order: %w", entered)
	}
	file, err := os.OpenFile(o.File, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return report, fmt.Errorf("saving a backup: %w", err)
	}
	defer func() {
		if err = errors.Join(err, file.Close()); err != nil {
			err = errors.Join(err, os.Remove(o.File)) // a part of a backup is none, and would be in the way of the next
		}
	}()
	sum := sha256.New()
	packed := gzip.NewWriter(io.MultiWriter(file, sum))
	archive := tar.NewWriter(packed)
	if report.Files, err = h.pack(ctx, archive); err != nil {
		return report, fmt.Errorf("saving a backup: %w", err)
	}
	if err := errors.Join(archive.Close(), packed.Close(), file.Sync()); err != nil {
		return report, fmt.Errorf("saving a backup: %w", err)
	}
	info, err := file.Stat()
	if err != nil {
		return report, fmt.Errorf("saving a backup: %w", err)
	}
	report.Bytes, report.SHA256 = info.Size(), hex.EncodeToString(sum.Sum(nil))
	return report, nil
}

func (h *Hub) pack(ctx context.Context, archive *tar.Writer) (files int, err error) {
	err = filepath.WalkDir(h.cfg.Data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		rel, err := filepath.Rel(h.cfg.Data, path)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(rel)
		if d.IsDir() {
			if name != "." && !leadsTo(name) && !isKept(name) {
				return filepath.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() || !isKept(name) {
			return nil
		}
		files++
		return packFile(archive, path, name)
	})
	return files, err
}

func isKept(name string) bool {
	return !slices.Contains(spared, name) && slices.ContainsFunc(kept, func(k string) bool { return name == k || strings.HasPrefix(name, k+"/") })
}

// leadsTo tells whether a folder has something that is kept below it.
func leadsTo(folder string) bool {
	return slices.ContainsFunc(kept, func(k string) bool { return strings.HasPrefix(k, folder+"/") })
}

// packFile copies as much of a file as it had when it was opened: what a
// running hub appends meanwhile is the next backup's.
func packFile(archive *tar.Writer, path, name string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close() // it was only read
	info, err := f.Stat()
	if err != nil {
		return err
	}
	head := &tar.Header{Name: name, Mode: 0o600, Size: info.Size(), ModTime: info.ModTime(), Typeflag: tar.TypeReg}
	if err := archive.WriteHeader(head); err != nil {
		return err
	}
	_, err = io.CopyN(archive, f, info.Size())
	return err
}
