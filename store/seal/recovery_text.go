package seal

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"satchel/store/identity"
)

// ErrRecoveryText: a typed or scanned text was not read correctly. The message
// says which line is at fault; ask for that line again.
var ErrRecoveryText = errors.New("the recovery text is not right")

// MistypedError is ErrRecoveryText with the line at fault, the first after the
// one that says what it is being line 1.
type MistypedError struct {
	Line    int
	Missing bool // it is not there, or too short
	kind    string
}

func (e *MistypedError) Error() string {
	what := "was mistyped"
	if e.Missing {
		what = "is missing or too short"
	}
	return fmt.Sprintf("%v: line %d of the %s %s", ErrRecoveryText, e.Line, e.kind, what)
}

// Unwrap gives ErrRecoveryText.
func (e *MistypedError) Unwrap() error { return ErrRecoveryText }

// A recovery text is a first line that says what it is, and lines of seven
// groups of five letters (identity.EncodeLetters): 20 bytes in 32 letters and a
// check of 15 bits in three, so that a slip is found in its own line. The last
// line is shorter. Case, spaces and line breaks do not count when it is read.
const (
	lineBytes    = 20
	checkLetters = 3
	groupLetters = 5

	// maxRecoveryText bounds what is looked at: the longer text has 530
	// letters and spaces.
	maxRecoveryText = 4096
)

// textKind is one of the two texts.
type textKind struct {
	name string // for messages
	head string
	size int  // bytes
	seed byte // of the checks: a line of one is none of the other
}

var (
	askText    = textKind{"request", "SATCHEL-ASK 1", requestLen, 'A'}
	answerText = textKind{"answer", "SATCHEL-ANSWER 1", answerLen, 'R'}
)

// Text writes the request for a person to type or a camera to read; empty for
// a request that SignRecovery did not make.
func (r RecoveryRequest) Text() string { return askText.write(append(r.body(), r.Sign...)) }

// Text writes the answer; empty for one that AnswerRecovery did not make.
func (a RecoveryAnswer) Text() string { return answerText.write(append(a.ID[:], a.Box...)) }

// ForQR gives a recovery text without its spaces and line breaks: it reads as
// the same, and a QR code holds it in its alphanumeric mode.
func ForQR(text string) string { return strings.Join(strings.Fields(text), "") }

// ParseRecoveryRequest reads what Text wrote. It checks no signature. Error:
// ErrRecoveryText.
func ParseRecoveryRequest(text string) (RecoveryRequest, error) {
	b, err := askText.read(text)
	if err != nil {
		return RecoveryRequest{}, err
	}
	r := RecoveryRequest{
		ID: [16]byte(b), Device: identity.DeviceID(b[16:]), Slot: identity.SlotID(b[32:]), Public: [32]byte(b[48:]),
		DMK: slices.Clone(b[requestDMKStart:requestBodyLen]), Sign: slices.Clone(b[requestBodyLen:]),
	}
	for _, v := range b[80:84] {
		r.Generation = r.Generation<<8 | uint32(v)
	}
	return r, nil
}

// ParseRecoveryAnswer reads what Text wrote. Error: ErrRecoveryText.
func ParseRecoveryAnswer(text string) (RecoveryAnswer, error) {
	b, err := answerText.read(text)
	if err != nil {
		return RecoveryAnswer{}, err
	}
	return RecoveryAnswer{ID: [16]byte(b), Box: slices.Clone(b[16:])}, nil
}

func (k textKind) write(b []byte) string {
	if len(b) != k.size {
		return ""
	}
	out := []byte(k.head)
	for n, line := 1, b; len(line) > 0; n++ {
		data := line[:min(lineBytes, len(line))]
		line = line[len(data):]
		letters := identity.EncodeLetters(data) + k.check(n, data)
		for i := range len(letters) {
			switch {
			case i == 0:
				out = append(out, '\n')
			case i%groupLetters == 0:
				out = append(out, ' ')
			}
			out = append(out, letters[i])
		}
	}
	return string(append(out, '\n'))
}

func (k textKind) read(text string) ([]byte, error) {
	letters, err := k.behead(text)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, k.size)
	for n := 1; len(out) < k.size; n++ {
		due := min(lineBytes, k.size-len(out))
		width := (due*8+4)/5 + checkLetters
		if len(letters) < width {
			return nil, &MistypedError{Line: n, Missing: true, kind: k.name}
		}
		data, err := identity.DecodeLetters(letters[:width-checkLetters])
		if err != nil || k.check(n, data) != letters[width-checkLetters:width] {
			return nil, &MistypedError{Line: n, kind: k.name}
		}
		out, letters = append(out, data...), letters[width:]
	}
	if letters != "" {
		return nil, fmt.Errorf("%w: there is more than the %s", ErrRecoveryText, k.name)
	}
	return out, nil
}

// behead takes the first line off, by its letters alone, and gives the others'.
func (k textKind) behead(text string) (string, error) {
	if len(text) > maxRecoveryText {
		return "", fmt.Errorf("%w: it is far too long", ErrRecoveryText)
	}
	tidy := identity.TidyLetters(text)
	for _, known := range []textKind{askText, answerText} {
		head := identity.TidyLetters(known.head)
		rest, found := strings.CutPrefix(tidy, head[:len(head)-1])
		switch {
		case !found:
		case known.head != k.head:
			return "", fmt.Errorf("%w: this is a recovery %s, and the %s is due", ErrRecoveryText, known.name, k.name)
		case !strings.HasPrefix(rest, head[len(head)-1:]):
			return "", fmt.Errorf("%w: the %s is of a version that this program does not know", ErrRecoveryText, k.name)
		default:
			return rest[1:], nil
		}
	}
	return "", fmt.Errorf("%w: it does not begin with %s", ErrRecoveryText, k.head)
}

// check is a line's check: CRC-15 (polynomial 0x4599, of the CAN bus) over the
// kind, the number of the line and its bytes. It finds every slip within 15
// bits: any letter, any two neighbours.
func (k textKind) check(line int, data []byte) string {
	crc := uint16(0)
	for _, b := range append([]byte{k.seed, byte(line)}, data...) {
		crc ^= uint16(b) << 7
		for range 8 {
			crc <<= 1
			if crc&(1<<15) != 0 {
				crc ^= 1<<15 | 0x4599
			}
		}
	}
	b := identity.EncodeLetters([]byte{byte(crc >> 7), byte(crc << 1)})
	return b[:checkLetters]
}
