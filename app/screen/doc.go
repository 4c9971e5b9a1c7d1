// Package screen is what a clinician sees: one file for each screen, a model of
// pure values beside it, and a Shell that owns the frame around them.
//
// It guarantees: a screen of one person always carries that person's banner and
// strips, because the Shell draws them from the route and no screen can leave
// them out (TestScenes); a lock, a withdrawal, an
// objection or the end of a lease replaces what is on the window, it never lies
// over it (TestWithdrawalReplacesTheContent, TestLockLeavesNothing); work that
// waits (unlocking, opening, enrolling) runs off Fyne's goroutine and can be
// left; every word comes from the language file (TestEveryWordIsInTheFile); the
// window's title is "Satchel" and nothing else.
//
// It decides nothing about access, keeps nothing and does no I/O: it asks the
// Desk it is given, which main implements over the device. It imports of the
// store only values: record and identity.
//
// Models import no Fyne (TestModelsAreFreeOfFyne): they turn values of the Desk
// into words and marks, and are tested in microseconds. Views draw models.
package screen
