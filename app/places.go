package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // a picture of a code
	_ "image/png"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"satchel/app/screen"
	"satchel/store/identity"
)

// errFile says that a file could not be written or read; the cause is in the
// log, for it may name a folder.
var errFile = errors.New("the file could not be written or read")

// Limits on what is looked at: nobody's answer is longer, and a stick may hold
// anything.
const (
	answerBytes  = 64 << 10
	pictureBytes = 16 << 20
	mostEntries  = 2000 // of a folder
	mostAnswers  = 20
)

// Places are what is plugged in, then the folders in which a person looks for a
// file.
func (d *desk) Places(ctx context.Context) ([]screen.Place, error) {
	var out []screen.Place
	for _, dir := range plugged() {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		out = append(out, screen.Place{ID: dir, Name: placeName(dir), Removable: true})
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return out, nil // a service account without a home still has sticks
	}
	for _, name := range []string{"Documents", "Desktop", "Downloads"} {
		if dir := filepath.Join(home, name); isDir(dir) {
			out = append(out, screen.Place{ID: dir, Name: name})
		}
	}
	return out, nil
}

// placeName is what a folder or a stick is called.
func placeName(dir string) string {
	if name := filepath.Base(dir); name != "." && name != string(filepath.Separator) {
		return name
	}
	return dir
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// SaveRequest writes a request into a place, under a name that is free there.
func (d *desk) SaveRequest(_ context.Context, p screen.Place, who identity.SlotID) (string, error) {
	request, ok := d.Recovery(who)
	if !ok {
		return "", problem(errClosed)
	}
	v, _, _ := d.held()
	if v == nil { // it is closing
		return "", problem(errClosed)
	}
	name, err := saveAs(p.ID, "satchel-request-"+plainName(v.Name()), ".txt", request.Text)
	if err != nil {
		return "", problem(fmt.Errorf("%w: %w", errFile, err))
	}
	return name, nil
}

// plainName leaves of a name what any file system takes.
func plainName(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_':
			return r
		}
		return '-'
	}, name)
}

// saveAs writes a file that was not there before, to the disk.
func saveAs(dir, stem, ext, text string) (name string, err error) {
	for n := 1; n < 100; n++ {
		if name = stem + ext; n > 1 {
			name = fmt.Sprintf("%s-%d%s", stem, n, ext)
		}
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return "", err
		}
		_, err = f.WriteString(text)
		return name, errors.Join(err, f.Sync(), f.Close())
	}
	return "", fs.ErrExist
}

// Answers are the files that look like an answer: texts that begin as one, and
// pictures that are named as ours are.
func (d *desk) Answers(ctx context.Context) ([]screen.AnswerFile, error) {
	places, err := d.Places(ctx)
	if err != nil {
		return nil, problem(err)
	}
	var out []screen.AnswerFile
	for _, p := range places {
		entries, err := entriesOf(p.ID)
		if err != nil {
			continue // pulled out meanwhile
		}
		for _, e := range entries {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			info, err := e.Info()
			if err != nil || !info.Mode().IsRegular() || !mayAnswer(filepath.Join(p.ID, e.Name()), info.Size()) {
				continue
			}
			out = append(out, screen.AnswerFile{Place: p, Name: e.Name(), At: info.ModTime()})
		}
	}
	slices.SortStableFunc(out, func(a, b screen.AnswerFile) int { return cmp.Compare(b.At.UnixNano(), a.At.UnixNano()) })
	return out[:min(len(out), mostAnswers)], nil
}

// entriesOf lists a folder, as far as anybody would look.
func entriesOf(dir string) ([]fs.DirEntry, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	entries, err := f.ReadDir(mostEntries)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return entries, errors.Join(err, f.Close())
}

// mayAnswer tells whether a file may hold an answer.
func mayAnswer(path string, size int64) bool {
	name := strings.ToLower(filepath.Base(path))
	switch filepath.Ext(name) {
	case ".png", ".jpg", ".jpeg":
		return strings.HasPrefix(name, "satchel") && size <= pictureBytes
	case ".txt", "":
		head, err := readSome(path, 64)
		return err == nil && size <= answerBytes && bytes.HasPrefix(bytes.ToUpper(bytes.TrimSpace(head)), []byte("SATCHEL-ANSWER"))
	}
	return false
}

// readSome reads a file's beginning.
func readSome(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(f, most))
	return b, errors.Join(err, f.Close())
}

// ReadAnswer reads one of the files that Answers found.
func (d *desk) ReadAnswer(_ context.Context, f screen.AnswerFile) (string, error) {
	path := filepath.Join(f.Place.ID, filepath.Base(f.Name))
	var text string
	var err error
	switch strings.ToLower(filepath.Ext(path)) {
	case ".png", ".jpg", ".jpeg":
		text, err = readCode(path)
	default:
		var b []byte
		b, err = readSome(path, answerBytes)
		text = string(b)
	}
	if err != nil {
		return "", problem(fmt.Errorf("%w: %w", errFile, err))
	}
	return text, nil
}

// readCode reads the QR code in a picture.
func readCode(path string) (string, error) {
	b, err := readSome(path, pictureBytes)
	if err != nil {
		return "", err
	}
	if size, _, err := image.DecodeConfig(bytes.NewReader(b)); err != nil || size.Width*size.Height > 64<<20 {
		return "", errors.Join(image.ErrFormat, err)
	}
	picture, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		return "", err
	}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(picture)
	if err != nil {
		return "", err
	}
	found, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	if err != nil {
		return "", err
	}
	return found.GetText(), nil
}
