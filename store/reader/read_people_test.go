package reader

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base32"
	"fmt"
	"slices"
	"strings"
)

// FORMAT.md, sections 6 and 8, and sync/PROTOCOL.md, section 6, "Recovery".

// Person is one person's place, as the device share shows it.
type Person struct {
	Slot       []byte
	State      string // ready, gone, joined, recovering, invited
	Name, Role string
	Duty       uint64
	Credential *Credential
	At         int64 // when they joined or asked
	Request    *Request
}

// Request is a person's request for recovery.
type Request struct {
	Text                          string
	ID, Device, Slot, Public, DMK []byte
	Generation                    uint32
}

// People lists every place on the device.
func (f *Folder) People() ([]Person, error) {
	var out []Person
	taken := map[[16]byte]bool{}
	for _, s := range f.Head.Slots {
		p, err := f.place("ready", s)
		if err != nil {
			return nil, err
		}
		if len(s.DMK) == 0 {
			p.State = "gone"
		}
		taken[[16]byte(s.ID)] = true
		out = append(out, p)
	}
	for _, x := range f.Head.Places {
		taken[[16]byte(x.Slot.ID)] = true
		if x.Asked != "" {
			r, err := f.request(x.Asked)
			if err != nil {
				return nil, err
			}
			out = append(out, Person{Slot: x.Slot.ID, State: "recovering", At: x.At, Request: &r})
			continue
		}
		p, err := f.place("joined", x.Slot)
		if err != nil {
			return nil, err
		}
		p.At = x.At
		out = append(out, p)
	}
	invited, err := f.Facts.admissions(f.device(), f.Head.Device[32:])
	if err != nil {
		return nil, err
	}
	for slot, x := range invited {
		if !taken[slot] && !bytes.Equal(x.Join, make([]byte, 32)) {
			out = append(out, Person{Slot: slot[:], State: "invited", Name: x.Credential.Name, Role: x.Credential.Role, Credential: &x.Credential})
		}
	}
	return out, nil
}

func (f *Folder) place(state string, s Slot) (Person, error) {
	p := Person{Slot: s.ID, State: state}
	info, err := decode[Info]("information on a person", s.Info)
	if err != nil {
		return p, err
	}
	p.Name, p.Role, p.Duty = info.Name, info.Role, info.Duty
	if len(info.Credential) == 0 {
		return p, nil
	}
	c, err := open[Credential]("a credential", "satchel/credential/1", f.Facts.Certificate.Sign, info.Credential)
	p.Credential = &c
	return p, err
}

var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// crc15 has the polynomial 0x4599, and starts at 0.
func crc15(b []byte) uint16 {
	crc := uint16(0)
	for _, x := range b {
		for bit := 7; bit >= 0; bit-- {
			top := crc>>14&1 ^ uint16(x>>bit&1)
			crc = crc << 1 & 0x7fff
			if top == 1 {
				crc ^= 0x4599
			}
		}
	}
	return crc
}

// request reads the text of a request and checks the device's signature.
func (f *Folder) request(text string) (r Request, err error) {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if lines[0] != "SATCHEL-ASK 1" {
		return r, fmt.Errorf("a request %w", ErrForm)
	}
	var all []byte
	for i, line := range lines[1:] {
		letters := strings.ReplaceAll(strings.TrimSpace(line), " ", "")
		if len(letters) < 4 || len(letters) > 35 {
			return r, fmt.Errorf("line %d of a request %w", i+1, ErrForm)
		}
		at := len(letters) - 3
		b, err := crockford.DecodeString(letters[:at])
		if err != nil {
			return r, fmt.Errorf("line %d of a request %w", i+1, ErrForm)
		}
		crc := crc15(append([]byte{'A', byte(i + 1)}, b...))
		const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
		if check := string([]byte{alphabet[crc>>10], alphabet[crc>>5&31], alphabet[crc&31]}); check != letters[at:] {
			return r, fmt.Errorf("the check of line %d of a request %w", i+1, ErrForm)
		}
		all = append(all, b...)
	}
	if len(all) != 244 {
		return r, fmt.Errorf("a request %w", ErrForm)
	}
	if !ed25519.Verify(f.key(), slices.Concat([]byte("satchel/recovery/1\x00"), all[:180]), all[180:]) {
		return r, fmt.Errorf("the signature of a request %w", ErrForm)
	}
	r = Request{Text: text, ID: all[:16], Device: all[16:32], Slot: all[32:48], Public: all[48:80], Generation: u32(all[80:]), DMK: all[84:180]}
	if !bytes.Equal(r.Device, f.device()) || r.Generation == f.Head.DMKGeneration && !bytes.Equal(r.DMK, f.Head.RecoveryDMK) {
		return r, fmt.Errorf("a request %w: it is another device's", ErrForm)
	}
	return r, nil
}

// Erased gives the rows that were dropped and said to be: by the items that the
// hub's key opens. Owed are those that no item says yet.
func (f *Folder) Erased(hub []byte) (erased, owed []Dropped, err error) {
	for _, i := range f.Items {
		said, err := i.Read(hub)
		if err != nil {
			return nil, nil, err
		}
		erased = append(erased, said.Rows...)
	}
	if !f.Entered {
		owed = f.Head.Dropped
	}
	return erased, owed, nil
}
