package link

import "time"

const (
	// handshakeTime bounds a handshake: several round trips over a bad mobile
	// link, and an end to whoever connects and says nothing.
	handshakeTime = 10 * time.Second
	// chunk is how much is read or written under one deadline, and how much
	// is gathered before it is sent.
	chunk = 64 << 10
	// chunkTime bounds a chunk that has begun: about 1 KB a second, slower
	// than any link that is worth keeping.
	chunkTime = time.Minute
	// newcomerTime bounds a whole enrolment connection: one question and one
	// answer.
	newcomerTime = 2 * time.Minute
	// refusalTime and refusalBytes bound what is still read from a peer that
	// was told to go, so that it hears why.
	refusalTime  = 2 * time.Second
	refusalBytes = 64 << 10
	// closingTime is what a handler has, once the server's context has ended,
	// before its connection is cut.
	closingTime = 2 * time.Second

	// maxHandshakes bounds the connections that have not yet proved a key,
	// and handshakesPerHost those of one address: a station's laptops behind
	// one address come in seconds, a flood from one address leaves room.
	maxHandshakes     = 128
	handshakesPerHost = 32
	// maxSessions bounds the members' sessions of one hub process.
	maxSessions = 4096
	// sessionsPerKey bounds one device's sessions: a laptop that changes
	// networks leaves dead ones behind. The oldest goes.
	sessionsPerKey = 4
	// maxNewcomers bounds the connections of devices that are not members.
	maxNewcomers = 16

	// maxCertificate bounds a peer's certificate; ours have about 250 bytes.
	maxCertificate = 1 << 10
	// firstGrowth is the most that a frame's announced length makes room for
	// before its bytes come.
	firstGrowth = 1 << 20
)
