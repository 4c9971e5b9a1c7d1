package screen

// lockNow locks because the system says that nobody may be here. On a laptop
// that is locked already it ends an unlock under way and wipes what was typed:
// whoever typed it has gone.
func (s *Shell) lockNow() {
	switch s.state.Phase {
	case PhaseLocked, PhaseDuty, PhaseOpen:
		s.lock()
	}
}
