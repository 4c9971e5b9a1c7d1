package touch

// use is told of every press, key and drag. It belongs to Fyne's goroutine.
var use = func() {}

// OnUse says what to run whenever a person does something with a widget: the
// one sign of presence there is, since Fyne does not let a program watch all
// input. Call it once, on Fyne's goroutine, before the first widget is used.
func OnUse(f func()) { use = f }
