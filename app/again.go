package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
)

// again is what a program that starts anew at a lock tells its successor, by
// an argument of its own (--locked): that it was locked, and what its window
// was like. It is no part of the command line for people.
type again struct {
	on            bool
	width, height int // of the window; 0: not known
	full          bool
}

const againFlag = "locked"

// String implements flag.Value.
func (a *again) String() string {
	if a == nil || !a.on {
		return "false"
	}
	s := fmt.Sprintf("%dx%d", a.width, a.height)
	if a.full {
		s += ",full"
	}
	return s
}

// Set implements flag.Value.
func (a *again) Set(text string) error {
	*a = again{on: true}
	if text == "true" {
		return nil
	}
	size, full := strings.CutSuffix(text, ",full")
	a.full = full
	if _, err := fmt.Sscanf(size, "%dx%d", &a.width, &a.height); err != nil || a.width < 0 || a.height < 0 || a.width > maxWindow || a.height > maxWindow {
		return fmt.Errorf("%q is no size of a window", text)
	}
	return nil
}

// maxWindow is larger than any screen.
const maxWindow = 20000

// IsBoolFlag lets the flag stand alone.
func (a *again) IsBoolFlag() bool { return true }

// size is the window's, or the one Satchel is designed for.
func (a again) size() fyne.Size {
	if a.width == 0 || a.height == 0 {
		return fyne.NewSize(1366, 768)
	}
	return fyne.NewSize(float32(a.width), float32(a.height))
}

// args gives the arguments of the successor: those of this process, and what
// is to be told.
func (a again) args(mine []string) []string {
	a.on = true
	theirs := slices.DeleteFunc(slices.Clone(mine), func(arg string) bool {
		name, _, _ := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		return strings.HasPrefix(arg, "-") && name == againFlag
	})
	return append([]string{"--" + againFlag + "=" + a.String()}, theirs...)
}

// asItIs asks Fyne's goroutine what the window is like. A window that does not
// answer in time gets the size of a new one.
func asItIs(w fyne.Window) again {
	is := make(chan again, 1)
	fyne.Do(func() {
		size := w.Canvas().Size()
		is <- again{on: true, width: int(size.Width + 0.5), height: int(size.Height + 0.5), full: w.FullScreen()}
	})
	select {
	case a := <-is:
		return a
	case <-time.After(time.Second):
		return again{on: true}
	}
}
