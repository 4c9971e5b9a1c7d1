//go:build !linux

package seat

import "context"

// watchSystem has nobody to ask here: what the clock shows is all there is.
func (s *Seat) watchSystem(context.Context) {
	s.cfg.Log.Warn("the system does not say when it locks, sleeps or changes users; idle time and the clock alone lock this laptop")
}
