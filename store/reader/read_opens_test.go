package reader

import (
	"bytes"
	"encoding/hex"
	"slices"

	"golang.org/x/crypto/nacl/secretbox"
)

// What does not open is tried with every key that there is, whatever it was
// meant for.

// EveryKey gives every secret of 32 bytes that the device share opens.
func (f *Folder) EveryKey() [][]byte {
	h := f.Head
	keys := [][]byte{h.Device[:32], h.Device[32:], h.Facts, h.State, h.Badger, h.Journal}
	for _, r := range f.Rows {
		keys = append(keys, bytes.Clone(r.Key[:]))
	}
	return keys
}

// EveryKey gives those that a person's keys open as well, and those that come of
// them.
func (u *Unlocked) EveryKey() [][]byte {
	keys := append(u.Folder.EveryKey(), u.tier)
	for _, ek := range u.eks {
		keys = append(keys, ek)
		for _, r := range u.Rows {
			keys = append(keys, innerKey(ek, r))
		}
	}
	for _, r := range u.Rows {
		for _, v := range r.Versions {
			if p, err := u.Cache.parts(r, v); err == nil && p.generation != 0 {
				if i, err := openInner(u.eks[p.generation], r, v, p.inner); err == nil {
					keys = append(keys, i.DataKey)
				}
			}
		}
	}
	return keys
}

// AnyOpens says whether any of the keys opens a part of a value of the cache.
func AnyOpens(keys [][]byte, value []byte) bool {
	if rec, err := decode[Record]("a record", value); err == nil {
		return Opens(keys, firstChunk(rec.Ciphertext))
	}
	if len(value) < 7 || len(value) < 7+int(u16(value[5:])) {
		return false
	}
	wrap, inner := value[7:7+u16(value[5:])], value[7+u16(value[5:]):]
	return Opens(keys, firstChunk(wrap)) || Opens(keys, firstChunk(inner))
}

// firstChunk gives the first chunk of a sealed blob.
func firstChunk(blob []byte) []byte {
	return blob[min(1, len(blob)):min(len(blob), 1+chunkData+chunkFrame)]
}

func opens(key, b []byte) bool {
	if len(b) < 24 {
		return false
	}
	_, ok := secretbox.Open(nil, b[24:], (*[24]byte)(b[:24]), (*[32]byte)(key))
	return ok
}

// UserSealed gives what a person's keys open and the device share does not.
func (f *Folder) UserSealed() [][]byte {
	out := [][]byte{firstChunk(f.Head.UserTier)}
	for _, e := range f.Head.EpochKeys {
		out = append(out, e.Wrapped[1:])
	}
	for _, s := range f.Head.Slots {
		out = append(out, s.Private[1:])
	}
	for _, r := range f.Rows {
		for _, v := range r.Versions {
			if p, err := f.Cache.parts(r, v); err == nil && p.generation != 0 {
				out = append(out, firstChunk(p.inner))
			}
			if w, err := f.wrapOf(r, v); err == nil {
				out = append(out, w.Box[1:])
			}
			if rec, _, err := f.Cache.record(r, v, f.Facts.Certificate.Sign); err == nil {
				out = append(out, firstChunk(rec.Ciphertext))
			}
		}
	}
	return out
}

// Opens says whether any of the keys opens it.
func Opens(keys [][]byte, sealed []byte) bool {
	return slices.ContainsFunc(keys, func(k []byte) bool { return opens(k, sealed) })
}

func (f *Folder) wrapOf(r Row, v Version) (Wrap, error) {
	p, err := f.Cache.parts(r, v)
	if err != nil {
		return Wrap{}, err
	}
	return openWrap(r, v, p.wrap)
}

// Clear gives what the device share opens, in clear: information on people and
// the wraps of records.
func (f *Folder) Clear() [][]byte {
	var out [][]byte
	for _, s := range f.Head.Slots {
		out = append(out, s.Info)
	}
	for _, p := range f.Head.Places {
		out = append(out, p.Slot.Info)
	}
	for _, r := range f.Rows {
		for _, v := range r.Versions {
			if w, err := f.wrapOf(r, v); err == nil {
				out = append(out, w.Box)
			}
			if rec, _, err := f.Cache.record(r, v, f.Facts.Certificate.Sign); err == nil {
				out = append(out, rec.Header)
			}
		}
	}
	return out
}

// Checked gives what the file of a share holds.
func Checked(name string, s []byte) []byte {
	id, err := hex.DecodeString(name)
	if err != nil {
		return nil
	}
	check := hash("satchel/share-file/1", id, s)
	return append(bytes.Clone(s), check[:8]...)
}
