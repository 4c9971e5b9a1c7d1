package main

import "satchel/app/screen"

// dutyVersion is the version of the text below; a new text is a new version,
// and is accepted anew (R25).
const (
	dutyVersion = 1
	dutyName    = "duty-1"
)

// Duty is the confidentiality duty that each person accepts at their first
// sign-in on a laptop.
func (d *desk) Duty() screen.Duty {
	return screen.Duty{Version: dutyName, Paragraphs: []string{
		"You may open a person's summary only when you are involved in their care and need it for that, or when another of the listed reasons applies.",
		"Every time you open one, your name, the time, this laptop and your reason are recorded before anything is shown. The record cannot be changed and is reviewed.",
		"What you read here is confidential. Share only what the person's care needs, with those who need it. Do not photograph the screen.",
		"Lock the laptop when you leave it. Your passphrase is yours alone: what is opened with it is recorded as opened by you.",
		"If you see something you should not have, or lose the laptop, tell your privacy officer at once.",
	}}
}
