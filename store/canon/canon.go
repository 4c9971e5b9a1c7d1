// Package canon is the one encoding of every value that Satchel signs, hashes
// or stores: CBOR (RFC 8949) in its core deterministic form (section 4.2.1),
// narrowed further so that a value has exactly one encoding.
//
// It guarantees that [Unmarshal] accepts data only if [Marshal] of the decoded
// value gives the same bytes back, and that everything Marshal returns is
// accepted by Unmarshal under the same limits. The subset is: integers of at
// most 64 bits in their shortest form, byte strings, UTF-8 text strings,
// arrays, maps with integer, text or byte-string keys in bytewise order, false,
// true and null. Refused by name: indefinite lengths, duplicate or unordered
// map keys, tags, floating-point numbers, other simple values, unknown fields,
// trailing bytes and anything over the [Limits]. A nil slice or map is encoded
// as an empty one; null stands only for a nil pointer.
//
// Errors give offsets and kinds, never content.
//
// It does not say what a value means, whether it is signed, or which version
// it has: the types that use it do. Struct fields are tagged
// `cbor:"1,keyasint"`; field numbers are never used again.
//
// FuzzUnmarshal proves that what is accepted encodes to itself;
// TestRefusesByName walks every refusal.
package canon

import (
	"bytes"
	"errors"
	"fmt"
	"math"

	"github.com/fxamacker/cbor/v2"
)

var (
	// ErrMalformed: the bytes are not one whole CBOR item. The data is
	// damaged or is something else; do not retry with the same bytes.
	ErrMalformed = errors.New("malformed CBOR")
	// ErrNotCanonical: well-formed, but not the one encoding of its value.
	// Treat as forged or damaged: no writer of ours produces it.
	ErrNotCanonical = errors.New("CBOR is not canonical")
	// ErrForbidden: a kind of item that canonical values never hold, such as
	// a tag or a floating-point number.
	ErrForbidden = errors.New("CBOR item of a forbidden kind")
	// ErrLimit: the data is larger, deeper or wider than the limits given.
	ErrLimit = errors.New("CBOR over the limit")
	// ErrShape: canonical, but it does not fit the type it is decoded into
	// (an unknown field, a text where a number is due, a number too large).
	// An unknown field usually means a newer writer.
	ErrShape = errors.New("CBOR does not fit the expected type")
)

var encoder, decoder = modes()

// modes builds the two fixed codecs. The options are constants, so an error
// here is a mistake in this file and nothing can run without them.
func modes() (cbor.EncMode, cbor.DecMode) {
	eo := cbor.CoreDetEncOptions()
	eo.NilContainers = cbor.NilContainerAsEmpty
	eo.TagsMd = cbor.TagsForbidden
	eo.NaNConvert = cbor.NaNConvertReject
	eo.InfConvert = cbor.InfConvertReject
	eo.BigIntConvert = cbor.BigIntConvertReject
	enc, err := eo.EncMode()
	if err != nil {
		panic("canon: encoder options: " + err.Error())
	}
	// The scanner enforces the caller's limits before the decoder runs, so
	// the decoder's own caps only need to be no smaller.
	dec, err := cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		MaxNestedLevels:   maxDepth,
		MaxArrayElements:  math.MaxInt32,
		MaxMapPairs:       math.MaxInt32,
		IndefLength:       cbor.IndefLengthForbidden,
		TagsMd:            cbor.TagsForbidden,
		ExtraReturnErrors: cbor.ExtraDecErrorUnknownField,
		UTF8:              cbor.UTF8RejectInvalid,
		FieldNameMatching: cbor.FieldNameMatchingCaseSensitive,
		BigIntDec:         cbor.BigIntDecodeValue,
		NaN:               cbor.NaNDecodeForbidden,
		Inf:               cbor.InfDecodeForbidden,
		BignumTag:         cbor.BignumTagForbidden,
	}.DecMode()
	if err != nil {
		panic("canon: decoder options: " + err.Error())
	}
	return enc, dec
}

// Marshal returns the canonical encoding of v. It refuses what Unmarshal would
// refuse (floating-point fields, invalid UTF-8, more than the limits), so a
// value that cannot be read back is never signed or stored. Without limits the
// documented defaults hold; the last value given wins.
func Marshal(v any, limits ...Limits) ([]byte, error) {
	data, err := encoder.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encoding %T: %w", v, shapeError(err))
	}
	if err := Check(data, limits...); err != nil {
		return nil, fmt.Errorf("encoding %T: %w", v, err)
	}
	return data, nil
}

// Unmarshal decodes data, which must be exactly one canonical item, into the
// value v points to. v must point to a zero value: what it held before would
// otherwise leak into the result, and such a call is refused with
// ErrNotCanonical or ErrShape. After an error the value must not be used.
// Without limits the documented defaults hold; the last value given wins.
func Unmarshal(data []byte, v any, limits ...Limits) error {
	if err := Check(data, limits...); err != nil {
		return fmt.Errorf("decoding %T: %w", v, err)
	}
	if err := decoder.Unmarshal(data, v); err != nil {
		return fmt.Errorf("decoding %T: %w", v, shapeError(err))
	}
	// The scan proves that the items are canonical; only encoding again
	// proves that the value is: a zero field written out where the type
	// omits it, a short string in a fixed array, null for an empty list.
	again, err := encoder.Marshal(v)
	if err != nil {
		return fmt.Errorf("decoding %T: %w", v, shapeError(err))
	}
	if !bytes.Equal(again, data) {
		return fmt.Errorf("decoding %T: %w: the value has another encoding", v, ErrNotCanonical)
	}
	return nil
}

// shapeError keeps kinds and field names of the codec's error and drops its
// text, which may quote values.
func shapeError(err error) error {
	if e, ok := errors.AsType[*cbor.UnmarshalTypeError](err); ok {
		return fmt.Errorf("%w: %s in field %s of type %s", ErrShape, e.CBORType, e.StructFieldName, e.GoType)
	}
	if e, ok := errors.AsType[*cbor.UnknownFieldError](err); ok {
		return fmt.Errorf("%w: unknown field, entry %d of its map", ErrShape, e.Index)
	}
	return fmt.Errorf("%w: %T", ErrShape, err)
}
