//go:build !linux && !windows

package main

import "satchel/app/screen"

// battery is not known here.
func battery() screen.Battery { return screen.Battery{} }
