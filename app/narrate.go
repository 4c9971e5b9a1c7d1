package main

import (
	"encoding/json"
	"io"
	"os"
	"sync"
)

// narrator says, for a demonstration that a program drives, which steps were
// done: counts and kinds, nothing about a person. The zero value says nothing.
type narrator struct {
	mu sync.Mutex
	to io.Writer
}

// said is one line of the narration.
type said struct {
	Did      string `json:"did"`
	Rows     int    `json:"rows,omitempty"`
	Similar  int    `json:"similar,omitempty"` // of Rows, those with a similar name only
	Held     int    `json:"held,omitempty"`
	Unsent   int    `json:"unsent"`
	Written  int    `json:"written,omitempty"`
	Received int    `json:"received,omitempty"`
	Code     string `json:"code,omitempty"`
}

func newNarrator(fd int) *narrator {
	if fd <= 0 {
		return &narrator{}
	}
	return &narrator{to: os.NewFile(uintptr(fd), "narration")}
}

func (n *narrator) say(s said) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.to == nil {
		return
	}
	if err := json.NewEncoder(n.to).Encode(s); err != nil {
		n.to = nil // nobody listens any more
	}
}
