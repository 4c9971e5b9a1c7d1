package seat

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A machine that stood still is told of when it goes on, whether it slept (the
// wall clock went on) or was stopped; a clock that is set back, or a slow
// moment, is not.
func TestStoodStillIsTold(t *testing.T) { // P1
	for name, c := range map[string]struct {
		jump time.Duration
		want bool
	}{
		"asleep for a minute":   {time.Minute, true},
		"asleep for a night":    {9 * time.Hour, true},
		"a slow moment":         {3 * time.Second, false},
		"the clock is put back": {-time.Hour, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var jumped atomic.Int64
				told := make(chan Event, 8)
				s, err := New(Config{
					Tell: func(e Event) bool { told <- e; return false },
					Log:  slog.New(slog.DiscardHandler),
					Now:  func() time.Time { return time.Now().Round(0).Add(time.Duration(jumped.Load())) },
				})
				if err != nil {
					t.Fatal(err)
				}
				ctx, stop := context.WithCancel(t.Context())
				ended := make(chan struct{})
				go func() {
					for { // Run without the system, which has no place in a bubble
						select {
						case <-ctx.Done():
							close(ended)
							return
						case n := <-s.news:
							n.answer <- s.cfg.Tell(n.event)
						}
					}
				}()
				go s.watchClock(ctx)
				time.Sleep(time.Minute)
				synctest.Wait()
				if len(told) != 0 {
					t.Fatalf("told %v of a machine that runs", <-told)
				}
				jumped.Store(int64(c.jump))
				time.Sleep(lookEvery)
				synctest.Wait()
				if n := len(told); n > 1 || (n == 1 && <-told == Slept) != c.want {
					t.Errorf("told of %d events, want it told: %v", n, c.want)
				}
				stop()
				<-ended
			})
		})
	}
}

func TestNewRefusesHalfAConfiguration(t *testing.T) {
	if s, err := New(Config{Log: slog.New(slog.DiscardHandler)}); err == nil || s != nil {
		t.Error("a seat was made that can tell nobody")
	}
}

// Run ends with its context, also while an event is being answered.
func TestRunEnds(t *testing.T) {
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere")
	ctx, stop := context.WithCancel(t.Context())
	s, err := New(Config{Tell: func(Event) bool { stop(); return true }, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	go s.tell(ctx, Locked)
	if err := s.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Run: %v", err)
	}
	if s.tell(ctx, Locked) {
		t.Error("somebody answered after the end")
	}
}
