package ledger

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"
)

func (l *Local) prepareNotes(notes []Note) ([][]byte, error) {
	type name struct{ kind, key string }
	seen := map[name]bool{}
	var ops [][]byte
	for _, n := range notes {
		if err := n.check(); err != nil {
			return nil, err
		}
		if seen[name{n.Kind, n.Key}] {
			return nil, fmt.Errorf("a note twice in one change: %w", ErrConflict)
		}
		seen[name{n.Kind, n.Key}] = true
		was := l.state.notes[n.Kind][n.Key]
		have := was.Version
		if was.Deleted {
			have = 0
		}
		if n.Version != have {
			return nil, fmt.Errorf("a note of kind %q at version %d: %w", n.Kind, have, ErrConflict)
		}
		op, err := encodeCanonical(opNote, noteOp{
			Kind: n.Kind, Key: n.Key, Version: was.Version + 1, Value: n.Value, Deleted: n.Value == nil,
		})
		if err != nil {
			return nil, err
		}
		ops = append(ops, op)
	}
	return ops, nil
}

func (n Note) check() error {
	if n.Kind == "" || len(n.Kind) > MaxNoteName || len(n.Key) > MaxNoteName || len(n.Value) > MaxNote {
		return fmt.Errorf("a note of kind %q: %w", n.Kind[:min(len(n.Kind), MaxNoteName)], ErrTooLarge)
	}
	if !utf8.ValidString(n.Kind) || !utf8.ValidString(n.Key) {
		return fmt.Errorf("a note: %w: its name is not text", ErrConflict)
	}
	return nil
}

func (op noteOp) note() Note {
	return Note{Kind: op.Kind, Key: op.Key, Value: op.Value, Version: op.Version}
}

// Note implements Ledger.
func (l *Local) Note(_ context.Context, kind, key string) (Note, bool, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if err := l.usableLocked(); err != nil {
		return Note{}, false, err
	}
	op, ok := l.state.notes[kind][key]
	if !ok || op.Deleted {
		return Note{}, false, nil
	}
	return op.note(), true, nil
}

// Notes implements Ledger.
func (l *Local) Notes(_ context.Context, kind string) ([]Note, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if err := l.usableLocked(); err != nil {
		return nil, err
	}
	ops := l.state.notes[kind]
	out := make([]Note, 0, len(ops))
	for _, key := range slices.Sorted(maps.Keys(ops)) {
		if op := ops[key]; !op.Deleted {
			out = append(out, op.note())
		}
	}
	return out, nil
}
