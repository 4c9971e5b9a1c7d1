package store

import (
	"satchel/store/seal"
)

// partReader opens one inner part after the other in room that it keeps, for one
// goroutine of an unlock. Its EKs are those of the user tier when it was made.
type partReader struct {
	opener seal.Opener
	keys   map[uint32]*seal.InnerKeys
	key    seal.Key
	label  []byte
}

func (u *userTier) reader() *partReader {
	u.use.RLock()
	defer u.use.RUnlock()
	p := &partReader{keys: make(map[uint32]*seal.InnerKeys, len(u.eks))}
	for generation, ek := range u.eks {
		p.keys[generation] = seal.NewInnerKeys(ek)
	}
	return p
}

// open opens an inner part over out.
func (p *partReader) open(out *part, r *seal.Row, v *seal.Version, in inner) error {
	ek := p.keys[in.ek]
	if ek == nil {
		return errValue
	}
	ek.Derive(&p.key, &r.Key, r.Handle)
	p.label = appendPlace(p.label[:0], labelInner, r, v)
	plain, err := p.opener.Open(&p.key, p.label, in.sealed)
	if err != nil {
		return err
	}
	return out.decode(plain)
}

func (p *partReader) wipe() {
	p.key.Wipe()
	p.opener.Wipe()
	for _, ek := range p.keys {
		ek.Wipe()
	}
}
