package screen

import (
	"satchel/app/look"
	"satchel/app/touch"
)

// signs gives each kind of chip its shape and its pair of colours.
var signs = map[chipKind]touch.Sign{
	chipPlain:       {Fill: look.Selection, Ink: look.Text},
	chipChecked:     {Form: touch.Disc, Fill: look.Done, Ink: look.OnDone},
	chipEarlier:     {Form: touch.HalfDisc, Fill: look.Selection, Ink: look.Text},
	chipOld:         {Form: touch.Triangle, Fill: look.Warning, Ink: look.OnWarning},
	chipEnds:        {Form: touch.Clock, Fill: look.Warning, Ink: look.OnWarning},
	chipEnded:       {Form: touch.Bar, Fill: look.Danger, Ink: look.OnDanger},
	chipRecorded:    {Form: touch.Square, Fill: look.Selection, Ink: look.Text},
	chipNoneKnown:   {Form: touch.RingTick, Fill: look.Selection, Ink: look.Text},
	chipNotRecorded: {Form: touch.Dash, Fill: look.Selection, Ink: look.Text},
	chipNotHere:     {Form: touch.SlashRing, Fill: look.Warning, Ink: look.OnWarning},
	chipWarning:     {Form: touch.Triangle, Fill: look.Warning, Ink: look.OnWarning},
	chipDanger:      {Form: touch.Exclaim, Fill: look.Danger, Ink: look.OnDanger},
	chipObjection:   {Form: touch.Diamond, Fill: look.Warning, Ink: look.OnWarning},
	chipDone:        {Form: touch.Tick, Fill: look.Done, Ink: look.OnDone},
	chipQuiet:       {Form: touch.Ring, Fill: look.Bar, Ink: look.Secondary},
	chipDemo:        {Form: touch.Diamond, Fill: look.CPR, Ink: look.OnCPR},
	chipReady:       {Form: touch.Key, Fill: look.Selection, Ink: look.Text},
	chipInvited:     {Form: touch.Plus, Fill: look.Selection, Ink: look.Text},
	chipWaits:       {Form: touch.Hourglass, Fill: look.Selection, Ink: look.Text},
	chipReason:      {Form: touch.ArrowRight, Fill: look.Selection, Ink: look.Text},
}

// sign dresses a chip.
func sign(c chip) touch.Sign {
	s := signs[c.Kind]
	s.Words = c.Words
	return s
}

// plainSign dresses a chip without a ground of its own, in one ink.
func plainSign(c chip, ink look.Role) touch.Sign {
	s := sign(c)
	s.Plain, s.Ink = true, ink
	return s
}
