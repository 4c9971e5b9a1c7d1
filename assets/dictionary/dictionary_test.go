package dictionary

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

//go:embed records-1.sha256
var hash string

// mostBytes is what a device can spare: what opens records holds the dictionary
// too.
const mostBytes = 64 << 10

// A dictionary that is in use may not change: every record made with it would be
// lost. A new one is a new file.
func TestDictionaryIsWhatItsHashSays(t *testing.T) {
	sum := sha256.Sum256(Records())
	if got, want := hex.EncodeToString(sum[:]), strings.TrimSpace(hash); got != want {
		t.Errorf("the dictionary's hash is %s, and %s stands beside it", got, want)
	}
	if n := len(Records()); n > mostBytes {
		t.Errorf("%d bytes, at most %d", n, mostBytes)
	}
	d, err := zstd.InspectDictionary(Records())
	if err != nil {
		t.Fatal(err)
	}
	// RFC 8878, section 5: below 32768 and from 2^31 are reserved.
	if id := d.ID(); id < 32768 || id >= 1<<31 {
		t.Errorf("id %d is reserved", id)
	}
}

func TestDictionaryIsACopy(t *testing.T) {
	first := Records()
	clear(first)
	if again := Records(); again[0] == 0 {
		t.Error("a caller can change the dictionary")
	}
}
