package consent

import (
	"errors"
	"fmt"

	"satchel/store/canon"
)

// format is the version of the encoding.
const format = 1

// ErrFormat: the directive was written by a newer version. Refuse what it is about
// (policy treats a directive that cannot be read as a no), and say that an update is
// needed.
var ErrFormat = errors.New("directive of a newer format")

// envelope names the format before anything else, so that a newer one is refused by
// name and not taken for damage.
type envelope struct {
	Format    uint64 `cbor:"1,keyasint"`
	Directive []byte `cbor:"2,keyasint"`
}

// Marshal gives the one encoding of a directive. It refuses what Parse would refuse.
func Marshal(d Directive) ([]byte, error) {
	if err := d.Check(); err != nil {
		return nil, fmt.Errorf("encoding a directive: %w", err)
	}
	b, err := encode(d)
	if err != nil {
		return nil, fmt.Errorf("encoding a directive: %w", err)
	}
	return b, nil
}

func encode(d Directive) ([]byte, error) {
	inner, err := canon.Marshal(d, directiveLimits)
	if err != nil {
		return nil, err
	}
	return canon.Marshal(envelope{format, inner}, directiveLimits)
}

// Parse reads a directive, strictly: one encoding, no unknown field, everything
// within the limits, and complete.
func Parse(b []byte) (Directive, error) {
	var e envelope
	if err := canon.Unmarshal(b, &e, directiveLimits); err != nil {
		return Directive{}, fmt.Errorf("reading a directive: %w", err)
	}
	if e.Format != format {
		return Directive{}, fmt.Errorf("reading a directive: %w: %d", ErrFormat, e.Format)
	}
	var d Directive
	if err := canon.Unmarshal(e.Directive, &d, directiveLimits); err != nil {
		return Directive{}, fmt.Errorf("reading a directive: %w", err)
	}
	if err := d.Check(); err != nil {
		return Directive{}, fmt.Errorf("reading a directive: %w", err)
	}
	return d, nil
}
