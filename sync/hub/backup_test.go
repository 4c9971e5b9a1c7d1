package hub

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A backup holds keys, settings and the journal, and nothing of the central
// record, though that lies in the hub's own folder; nor an earlier backup.
func TestABackupHoldsNoRecord(t *testing.T) {
	b := newBench(t)
	data := b.hub.cfg.Data
	inside := filepath.Join(data, "central", "deep")
	if err := os.MkdirAll(inside, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{filepath.Join(inside, "somebody.json"), filepath.Join(data, "areas.txt"), filepath.Join(data, settingsFile)} {
		if err := os.WriteFile(name, []byte("as it was"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.hub.SaveBackup(t.Context(), BackupOrder{File: filepath.Join(data, "first.tar.gz"), By: "test"}); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "second.tar.gz")
	report, err := b.hub.SaveBackup(t.Context(), BackupOrder{File: file, By: "test"})
	if err != nil {
		t.Fatal(err)
	}
	names := packed(t, file)
	if len(names) != report.Files {
		t.Errorf("%d files, %d are reported", len(names), report.Files)
	}
	due := map[string]bool{keysFile: true, certificateFile: true, settingsFile: true}
	journal := 0
	for _, name := range names {
		delete(due, name)
		switch {
		case strings.HasPrefix(name, ledgerFolder+"/journal/"):
			journal++
		case name != settingsFile && !strings.HasPrefix(name, "area/"):
			t.Errorf("it holds %s", name)
		}
	}
	if len(due) > 0 || journal == 0 {
		t.Errorf("%d files of the journal; missing %v", journal, due)
	}
}

// A backup that fails leaves nothing that could be taken for one.
func TestAFailedBackupLeavesNothing(t *testing.T) {
	b := newBench(t)
	file := filepath.Join(t.TempDir(), "failed.tar.gz")
	b.hub.cfg.Data = filepath.Join(b.hub.cfg.Data, "gone")
	if _, err := b.hub.SaveBackup(t.Context(), BackupOrder{File: file, By: "test"}); err == nil {
		t.Fatal("a backup of a folder that is not there")
	}
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("something was left: %v", err)
	}
}

func packed(t *testing.T, file string) (names []string) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() // it was only read
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for archive := tar.NewReader(z); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return names
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, h.Name)
	}
}

// unpack lays a backup out in a folder, as an operator does (OPERATIONS).
func unpack(t *testing.T, file, dir string) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() // it was only read
	packed, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for archive := tar.NewReader(packed); ; {
		head, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, filepath.FromSlash(head.Name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, raw, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
}
