package main

import (
	"sync"

	"satchel/app/screen"
)

// mailbox lets anybody post an event without waiting for the screens, and
// hands them over in order. Events that only say "look again" are merged, so
// it never holds more than the rest.
type mailbox struct {
	out  chan<- screen.Event
	wake chan struct{}
	done chan struct{}
	gone chan struct{}

	mu      sync.Mutex
	waiting []screen.Event
}

func newMailbox(out chan<- screen.Event) *mailbox {
	m := &mailbox{out: out, wake: make(chan struct{}, 1), done: make(chan struct{}), gone: make(chan struct{})}
	go m.run() // owned by close, which waits for it
	return m
}

func (m *mailbox) put(e screen.Event) {
	m.mu.Lock()
	if !m.mergesLocked(e) {
		m.waiting = append(m.waiting, e)
	}
	m.mu.Unlock()
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// mergesLocked tells whether the last waiting event says the same already.
func (m *mailbox) mergesLocked(e screen.Event) bool {
	switch e.(type) {
	case screen.Changed, screen.SyncChanged:
	default:
		return false
	}
	for i := len(m.waiting) - 1; i >= 0; i-- {
		switch w := m.waiting[i].(type) {
		case screen.Changed, screen.SyncChanged:
			if w == e {
				return true
			}
		default:
			return false // it came before something that must not be overtaken
		}
	}
	return false
}

func (m *mailbox) run() {
	defer close(m.gone)
	defer close(m.out)
	for {
		m.mu.Lock()
		batch := m.waiting
		m.waiting = nil
		m.mu.Unlock()
		for _, e := range batch {
			select {
			case m.out <- e:
			case <-m.done:
				return
			}
		}
		if len(batch) > 0 {
			continue
		}
		select {
		case <-m.wake:
		case <-m.done:
			return
		}
	}
}

// close ends the stream; what still waits is dropped with the screens.
func (m *mailbox) close() {
	close(m.done)
	<-m.gone
}
