package cache

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
)

// listener is Badger's logger. It passes on that Badger said something, in our
// words, and never what: messages hold keys, paths and values' places, in
// their arguments and in some formats too. And it takes Badger out of use when
// it says what it should have returned as an error.
type listener struct {
	log    *slog.Logger
	redact bool
	watch  bool
	state  *state
}

// state is what became of one Badger; it outlives its Cache's pointer to it.
type state struct {
	broken  chan struct{} // closed when Badger must not be used any more
	closing atomic.Bool   // broken is closed, or about to be
	ignored atomic.Bool   // a table was left out at opening: keys are gone
	failed  atomic.Int32  // compactions that failed
}

func newState() *state { return &state{broken: make(chan struct{})} }

func (s *state) breakDown() {
	if s.closing.CompareAndSwap(false, true) {
		close(s.broken)
	}
}

func (s *state) isBroken() bool {
	select {
	case <-s.broken:
		return true
	default:
		return false
	}
}

// meaning is what a message of Badger's means here. They are told apart by the
// beginning of their formats (Badger v4.9.6), and TestTrap08 holds the table
// against Badger's sources.
type meaning struct {
	format string // how the format begins
	words  string // what we say
	act    func(*state)
}

// maxFailed is how many compactions may fail before the disk or a table is
// taken to be bad.
const maxFailed = 3

var meanings = []meaning{
	{"Error while curlf sync", "values that were acknowledged are not on the disk", (*state).breakDown},
	{"error flushing memtable to disk", "what was written cannot be moved to a table", (*state).breakDown},
	{"Got error: %v for id", "no new log can be made", (*state).breakDown},
	{"writeRequests", "a batch was not written", nil},
	{"Ignoring table", "a damaged table was left out", func(s *state) { s.ignored.Store(true) }},
	{"CHECKSUM_MISMATCH", "a table is damaged", func(s *state) { s.ignored.Store(true) }},
	{"[Compactor: %d] LOG Compact FAILED", "a table could not be rewritten", func(s *state) {
		if s.failed.Add(1) >= maxFailed {
			s.breakDown()
		}
	}},
	{"Unable to read", "a value could not be read", nil},
	{"Invalid read", "a value could not be read", nil},
	{"Key: %v, Version", "a value could not be read", nil},
	{"Received err", "it did not open", nil},
}

// Errorf implements badger.Logger.
func (l listener) Errorf(format string, args ...any) { l.hear(slog.LevelError, format, args) }

// Warningf implements badger.Logger.
func (l listener) Warningf(format string, args ...any) { l.hear(slog.LevelWarn, format, args) }

// Infof implements badger.Logger.
func (l listener) Infof(string, ...any) {}

// Debugf implements badger.Logger.
func (l listener) Debugf(string, ...any) {}

func (l listener) hear(level slog.Level, format string, args []any) {
	words := "something else"
	for _, m := range meanings {
		if strings.HasPrefix(format, m.format) {
			if words = m.words; m.act != nil && l.watch {
				m.act(l.state)
			}
			break
		}
	}
	if !l.redact {
		l.log.Log(context.Background(), level, format, "args", args)
		return
	}
	l.log.Log(context.Background(), level, "the cache reports", "about", words)
}
