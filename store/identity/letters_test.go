package identity

import (
	"bytes"
	"errors"
	"testing"
)

func TestLetters(t *testing.T) {
	for _, c := range []struct {
		b    []byte
		text string
	}{{nil, ""}, {[]byte{0}, "00"}, {[]byte{255}, "ZW"}, {[]byte("hello"), "D1JPRV3F"}} {
		if got := EncodeLetters(c.b); got != c.text {
			t.Errorf("%x is %s, %s is due", c.b, got, c.text)
		}
		if got, err := DecodeLetters(c.text); err != nil || !bytes.Equal(got, c.b) {
			t.Errorf("%s is %x: %v", c.text, got, err)
		}
	}
	for _, bad := range []string{"0", "01", "ZZ", "d1jprv3f", "D1JPRV3U", "D1JPR\nV3F", "D1JP-RV3F"} {
		if _, err := DecodeLetters(bad); !errors.Is(err, ErrLetters) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if got := TidyLetters(" d1jp-rv3f\r\noil u"); got != "D1JPRV3F011U" {
		t.Error(got)
	}
}

// FuzzDecodeLetters: a text has one meaning, and a meaning one text.
func FuzzDecodeLetters(f *testing.F) {
	f.Add(EncodeLetters([]byte("satchel")))
	f.Fuzz(func(t *testing.T, text string) {
		if b, err := DecodeLetters(text); err == nil && EncodeLetters(b) != text {
			t.Fatal("read as other bytes")
		}
	})
}
