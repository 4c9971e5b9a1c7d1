package cache

import (
	"context"
	"log/slog"
	"strings"
)

// redactingLogger passes on that Badger said something, never what: its
// messages hold keys and paths.
type redactingLogger struct{ log *slog.Logger }

func (l redactingLogger) Errorf(format string, _ ...any) { l.say(slog.LevelError, format) }

func (l redactingLogger) Warningf(format string, _ ...any) { l.say(slog.LevelWarn, format) }

func (l redactingLogger) Infof(string, ...any) {}

func (l redactingLogger) Debugf(string, ...any) {}

// say logs the format alone: a constant of Badger's source.
func (l redactingLogger) say(level slog.Level, format string) {
	l.log.Log(context.Background(), level, "the cache reports", "message", strings.TrimSpace(format))
}
