package screen

import (
	"satchel/store/identity"
)

// route is a place that Back can return to: a value, never a widget.
type route interface {
	// open makes the view of the place as it is now.
	open(s *Shell) view
}

// personRoute is a place about one person: the shell draws that person's
// banner and strips around it.
type personRoute interface {
	route
	person() identity.Handle
}

type (
	// homeRoute is the search box and the list; it remembers what was typed and
	// where the arrows were.
	homeRoute struct {
		query  string
		chosen int
	}
	similarRoute struct{ a Approach }
	// reasonRoute remembers what was already chosen and typed.
	reasonRoute struct {
		a    Approach
		kept *reasonModel
	}
	recordRoute struct {
		handle  identity.Handle
		section int // 0 is the emergency card
		tile    int // 0: the whole card; else the tile of that place, from 1
	}
	waitingRoute struct{}
	syncRoute    struct{}
	keysRoute    struct{}
	// closedRoute stands where a record was: it says why it closed.
	closedRoute struct {
		row     Row
		problem *Problem
		time    string
		stays   bool // the person may still be identified on the page
	}
)

func (r similarRoute) person() identity.Handle { return r.a.Row.Handle }
func (r reasonRoute) person() identity.Handle  { return r.a.Row.Handle }
func (r recordRoute) person() identity.Handle  { return r.handle }
