package wire

import (
	"satchel/store/audit"
	"satchel/store/canon"
	"satchel/store/fact"
)

const (
	// MaxCohorts bounds the cohorts of one device: a station box that carries
	// for every team of a region.
	MaxCohorts = 256
	// MaxOrigins bounds a have-vector: the devices whose items one box
	// carries.
	MaxOrigins = 1024
	// MaxProof bounds a consistency proof: two hashes for each level of a log
	// of 2^62 entries.
	MaxProof = 124
	// MaxItem bounds one item of a device: a sealed body, and what is in
	// clear around it.
	MaxItem = audit.MaxBody + 1<<10
	// MaxName bounds the name of a device or a person, in bytes, as
	// store/fact does.
	MaxName = 200
	// MaxDetail bounds what an error says beside its code: a few words for a
	// log, never content.
	MaxDetail = 100

	// smallFact bounds one small signed value: store/fact keeps them under
	// 4 KiB, and its envelope takes about a hundred bytes.
	smallFact = 5 << 10
	// maxWrap bounds W, which is about 150 bytes.
	maxWrap = 4 << 10
	// maxNote bounds a checkpoint note: 187 bytes, and room for the
	// cosignatures of witnesses.
	maxNote = 16 << 10
	// maxCertificate bounds a hub certificate with the restart point of
	// some hundred cohorts.
	maxCertificate = 64<<10 + 128
	// signedHead bounds one signed head, which is about 300 bytes.
	signedHead = 640
	// heads is the room for the heads of CBOR maps, arrays and strings.
	heads = 64
	// place bounds one cohort's line in a hello or an acknowledgement, beside
	// a signed head: an id and a chain point or two numbers.
	place = 96
	// empty bounds a message without fields.
	empty = 16
)

// sized bounds a message that holds a few values, one of them large.
func sized(bytes int) canon.Limits { return canon.Limits{Bytes: bytes, Depth: 4, Items: 64} }

// listed bounds a message that holds lists.
func listed(bytes, items int) canon.Limits { return canon.Limits{Bytes: bytes, Depth: 5, Items: items} }

var (
	helloLimits      = listed(heads+(1+MaxCohorts)*(signedHead+3*place), MaxCohorts)
	ackLimits        = listed(heads+(1+MaxCohorts)*place, MaxCohorts)
	runLimits        = sized(fact.MaxRunBytes + heads)
	keysLimits       = sized(fact.MaxKeySet + heads + 128)
	factLimits       = sized(smallFact + heads)
	checkpointLimits = listed(maxNote+MaxProof*34+heads, MaxProof)
	haveLimits       = listed(heads+MaxOrigins*place, MaxOrigins)
	itemLimits       = sized(MaxItem + heads)
	recordLimits     = sized(fact.MaxRecord + maxWrap + heads)
	placeLimits      = sized(2 * place)
	emptyLimits      = sized(empty)
	errorLimits      = sized(MaxDetail + heads)
	certLimits       = sized(maxCertificate + heads)
	requestLimits    = sized(1 << 10)
	answerLimits     = listed(fact.MaxRunBytes+smallFact+MaxCohorts*20+heads, MaxCohorts)
)
