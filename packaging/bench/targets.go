package main

// target is one line of the table in the design, section 6: at most, or at
// least, so much of a unit. The name is the figure's.
type target struct {
	name  string
	what  string
	limit float64
	unit  string
	least bool // the limit is a minimum
}

// Figures count in these units.
const (
	milliseconds = "ms"
	microseconds = "us"
	seconds      = "s"
	bytesUnit    = "B"
	megabytes    = "MB" // of 2^20 bytes
	times        = "x"
	perSecond    = "/s"
	perMinute    = "/min"
	devices      = "devices"
)

// targets is what the design promises on the reference machine: 2 cores, Debian 12.
var targets = []target{
	{name: "sync.first.time", what: "first sync of 10,000 summaries over loopback, through policy, barrier, row keys and index", limit: 2, unit: seconds},
	{name: "sync.first.bytes", what: "bytes of the first sync, against the payload compressed", limit: 1.2, unit: times},
	{name: "sync.changed.hub.time", what: "100 changed of 10,000, on an open session, from the hub by cursor", limit: 15, unit: milliseconds},
	{name: "sync.changed.peer.bytes", what: "the same from a peer by sketch, besides the records", limit: 6 << 10, unit: bytesUnit},
	{name: "sync.unchanged.time", what: "nothing changed, on an open session", limit: 5, unit: milliseconds},
	{name: "sync.unchanged.bytes", what: "nothing changed, on an open session", limit: 2 << 10, unit: bytesUnit},
	{name: "withdraw.people.time", what: "100 withdrawn, keys destroyed, confirmed, of 10,000 held", limit: 45, unit: milliseconds},
	{name: "withdraw.many.time", what: "100 withdrawn, keys destroyed, confirmed, of 200,000 held", limit: 150, unit: milliseconds},
	{name: "withdraw.station.p99", what: "withdrawal at 30 station peers, hub commit to row key gone, locked or not", limit: 2, unit: seconds},
	{name: "unlock.many.time", what: "unlock with 200,000 people", limit: 1, unit: seconds},
	{name: "unlock.many.argon2id", what: "of it Argon2id", limit: 0.3, unit: seconds},
	{name: "search.many.find.p99", what: "find as one types, 200,000 people, in the index", limit: 5, unit: milliseconds},
	{name: "search.many.drawn.p99", what: "find as one types, 200,000 people, drawn", limit: 50, unit: milliseconds},
	{name: "get.many.badger", what: "get, open and decompress, 200,000 held, against a plain encrypted Badger's get", limit: 10, unit: times},
	{name: "get.many.sqlite", what: "the same, against SQLite's get", limit: 1, unit: times},
	{name: "erase.many.time", what: "100 erased of 200,000 held: keys destroyed, durable, entered", limit: 150, unit: milliseconds},
	{name: "folder.many.size", what: "data folder of 200,000, against the raw JSON", limit: 0.35, unit: times},
	{name: "open.many.p99", what: "open a record to drawn card, 200,000 held, audit fsync included", limit: 20, unit: milliseconds},
	{name: "audit.append.ratio", what: "audit append, against the disk's own fdatasync", limit: 1.2, unit: times},
	{name: "audit.writers16.ratio", what: "audit appends of 16 writers, against one writer's", limit: 5, unit: times, least: true},
	{name: "memory.many.idle", what: "anonymous memory, 200,000 held, idle and unlocked", limit: 250, unit: megabytes},
	{name: "start.cold", what: "cold start to unlock screen", limit: 1, unit: seconds},
	{name: "hub.sessions", what: "devices syncing at shift start, on 2 cores", limit: 2000, unit: perMinute, least: true},
	{name: "hub.simulated", what: "devices simulated", limit: 10_000, unit: devices, least: true},
}

func targetOf(name string) (target, bool) {
	for _, t := range targets {
		if t.name == name {
			return t, true
		}
	}
	return target{}, false
}

// met tells whether a value keeps the target.
func (t target) met(value float64) bool {
	if t.least {
		return value >= t.limit
	}
	return value <= t.limit
}
