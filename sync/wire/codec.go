package wire

import (
	"encoding/binary"
	"fmt"
	"math"

	"satchel/store/canon"
)

// Version is the protocol's, as Hello, HubHello and EnrolRequest say it. The
// names offered in TLS carry it too, so peers of different versions part
// before they speak.
const Version = 1

// HeaderSize is the bytes before a payload: its length, four bytes big endian,
// and the message's type.
const HeaderSize = 5

// Type numbers a message. Numbers are never used again.
type Type uint8

// The messages of a session (below 32) and of enrolment.
const (
	TypeHello        Type = 1
	TypeChainRun     Type = 2
	TypeBarrierAck   Type = 3
	TypeClock        Type = 4
	TypeFresh        Type = 5
	TypeKeys         Type = 6
	TypeReceipt      Type = 7
	TypeCheckpoint   Type = 8
	TypeHave         Type = 9
	TypeItem         Type = 10
	TypePull         Type = 11
	TypeRecord       Type = 12
	TypeRecordsEnd   Type = 13
	TypeDone         Type = 14
	TypeNotify       Type = 15
	TypeError        Type = 16
	TypeBye          Type = 17
	TypeHubHello     Type = 32
	TypeEnrolRequest Type = 33
	TypeEnrolAnswer  Type = 34
)

// Message is one of the message types of this package, by pointer.
type Message interface {
	// Type is the message's number.
	Type() Type
	// check refuses a well-formed message that makes no sense.
	check() error
}

// Side is who speaks on a connection. Each says only some messages, so that
// nobody has to make room for what a peer has no reason to send.
type Side uint8

// The sides: a member device and the hub on "satchel/1"; a newcomer and the
// hub as registrar on "satchel-enrol/1".
const (
	Device    Side = 1
	Hub       Side = 2
	Newcomer  Side = 4
	Registrar Side = 8
)

func (s Side) String() string {
	switch s {
	case Device:
		return "a device"
	case Hub:
		return "the hub"
	case Newcomer:
		return "a newcomer"
	case Registrar:
		return "the registrar"
	}
	return fmt.Sprintf("side %d", uint8(s))
}

// kind is what there is to know about one message type.
type kind struct {
	name   string
	fresh  func() Message
	limits canon.Limits
	from   Side
}

func made[M any, P interface {
	*M
	Message
}]() Message {
	return P(new(M))
}

const anybody = Device | Hub | Newcomer | Registrar

var kinds = map[Type]kind{
	TypeHello:        {"hello", made[Hello], helloLimits, Device | Hub},
	TypeChainRun:     {"chain run", made[ChainRun], runLimits, Hub},
	TypeBarrierAck:   {"barrier acknowledgement", made[BarrierAck], ackLimits, Device | Hub},
	TypeClock:        {"clock", made[Clock], placeLimits, Hub},
	TypeFresh:        {"freshness", made[Fresh], factLimits, Hub},
	TypeKeys:         {"keys", made[Keys], keysLimits, Hub},
	TypeReceipt:      {"receipt", made[Receipt], factLimits, Hub},
	TypeCheckpoint:   {"checkpoint", made[Checkpoint], checkpointLimits, Hub},
	TypeHave:         {"have", made[Have], haveLimits, Device | Hub},
	TypeItem:         {"item", made[Item], itemLimits, Device},
	TypePull:         {"pull", made[Pull], placeLimits, Device},
	TypeRecord:       {"record", made[Record], recordLimits, Hub},
	TypeRecordsEnd:   {"end of records", made[RecordsEnd], placeLimits, Hub},
	TypeDone:         {"done", made[Done], emptyLimits, Device | Hub},
	TypeNotify:       {"notify", made[Notify], emptyLimits, Hub},
	TypeError:        {"error", made[Error], errorLimits, anybody},
	TypeBye:          {"bye", made[Bye], emptyLimits, anybody},
	TypeHubHello:     {"hub hello", made[HubHello], certLimits, Registrar},
	TypeEnrolRequest: {"enrolment request", made[EnrolRequest], requestLimits, Newcomer},
	TypeEnrolAnswer:  {"enrolment answer", made[EnrolAnswer], answerLimits, Registrar},
}

// String names the type in words, or by its number where it is not known.
func (t Type) String() string {
	if k, ok := kinds[t]; ok {
		return k.name
	}
	return fmt.Sprintf("message type %d", uint8(t))
}

// Header reads a frame's header.
func Header(b [HeaderSize]byte) (t Type, payload uint32) {
	return Type(b[4]), binary.BigEndian.Uint32(b[:4])
}

// Limit gives the largest payload of a message of type t from a side. A type
// that is not known, or that this side never says, is refused (ErrProtocol).
// Ask before making room for a payload.
func Limit(t Type, from Side) (int, error) {
	k, ok := kinds[t]
	switch {
	case !ok:
		return 0, fmt.Errorf("%w: message type %d is not known to version %d", ErrProtocol, uint8(t), Version)
	case k.from&from == 0:
		return 0, fmt.Errorf("%w: %s never sends %s", ErrProtocol, from, k.name)
	}
	return k.limits.Bytes, nil
}

// Append adds m's frame to dst. It refuses what Decode would refuse; dst is
// then returned as it was.
func Append(dst []byte, m Message) ([]byte, error) {
	t := m.Type()
	if err := m.check(); err != nil {
		return dst, fmt.Errorf("encoding %s: %w", t, err)
	}
	if r, ok := m.(*Record); ok {
		return r.append(dst)
	}
	payload, err := canon.Marshal(m, kinds[t].limits)
	if err != nil {
		return dst, fmt.Errorf("encoding %s: %w", t, err)
	}
	return append(header(dst, t, len(payload)), payload...), nil
}

// Encode gives m's frame.
func Encode(m Message) ([]byte, error) { return Append(nil, m) }

func header(dst []byte, t Type, payload int) []byte {
	if payload > math.MaxUint32 {
		panic("wire: a limit allows more than a frame can say")
	}
	return append(binary.BigEndian.AppendUint32(dst, uint32(payload)), byte(t))
}

// Decode reads one payload. The message may hold on to payload: the caller
// must not change it afterwards. Errors: ErrVersion for a message of another
// version, ErrProtocol for everything else.
func Decode(t Type, payload []byte) (Message, error) {
	k, ok := kinds[t]
	if !ok {
		return nil, fmt.Errorf("%w: message type %d is not known to version %d", ErrProtocol, uint8(t), Version)
	}
	if t == TypeRecord {
		return decodeRecord(payload)
	}
	m := k.fresh()
	if err := canon.Unmarshal(payload, m, k.limits); err != nil {
		if v, ok := versionOf(t, payload, k.limits); ok && v != Version {
			return nil, versionError(v)
		}
		return nil, fmt.Errorf("%w: %s: %w", ErrProtocol, k.name, err)
	}
	if err := m.check(); err != nil {
		return nil, err
	}
	return m, nil
}

// versionOf looks for the version in a first message that this version cannot
// read, so that the refusal can name it.
func versionOf(t Type, payload []byte, limits canon.Limits) (uint64, bool) {
	if t != TypeHello && t != TypeHubHello && t != TypeEnrolRequest {
		return 0, false
	}
	var fields map[int64]any
	if canon.Unmarshal(payload, &fields, limits) != nil {
		return 0, false
	}
	v, ok := fields[1].(uint64)
	return v, ok
}

func versionError(v uint64) error {
	return fmt.Errorf("%w: the other side speaks version %d, this one %d", ErrVersion, v, Version)
}
