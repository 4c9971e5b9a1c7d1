// Command satchel is the desktop: it wires the vault and the device role to
// the screens, and does nothing else.
//
// It guarantees that a screen gets a record only through the vault's decision
// and entry, that locking takes everything a person opened off the window
// before anything else happens, that after it the program starts anew, so that
// nothing of it stays in memory, and that nothing about a person is written
// outside the vault. A demonstration (--demo) opens made-up areas only.
//
// `go run ./packaging/try` proves the wiring in a real window; the tests here
// prove what each error becomes on the screen.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"syscall"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"

	"satchel/app/process"
	"satchel/app/screen"
	"satchel/assets"
	"satchel/store"
	"satchel/store/share"
	"satchel/sync/device"
)

type options struct {
	data       string
	demo       bool
	verbose    bool
	passphrase string // a file; demonstrations only
	narrate    int    // a file descriptor; demonstrations only
	again      again  // set by the program itself
	share      string
}

func main() {
	if err := process.Guard(); err != nil {
		fmt.Fprintln(os.Stderr, "satchel: going on, less well guarded:", err)
	}
	o := options{}
	flag.StringVar(&o.data, "data", "", "data folder (default: the system's own place)")
	flag.BoolVar(&o.demo, "demo", false, "this is a demonstration: its data never mixes with real data")
	flag.BoolVar(&o.verbose, "verbose", false, "log to standard error, without clinical content")
	flag.StringVar(&o.passphrase, "passphrase-file", "", "demonstrations only: unlock for the first person")
	flag.IntVar(&o.narrate, "narrate", 0, "demonstrations only: say on this file descriptor which steps were done")
	flag.Var(&o.again, againFlag, "set by the program when it starts anew at a lock")
	flag.StringVar(&o.share, "share", string(share.Best),
		"where a new folder's device share lies: tpm, keyring, file, or the best that works (a file in a demonstration)")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "satchel:", err)
		os.Exit(1)
	}
}

func run(o options) error {
	if !o.demo && (o.passphrase != "" || o.narrate != 0) {
		return errors.New("--passphrase-file and --narrate are for demonstrations (--demo)")
	}
	kind, err := share.ParseKind(o.share)
	if err != nil {
		return err
	}
	if o.data == "" {
		if o.data, err = device.DefaultFolder(); err != nil {
			return err
		}
	}
	plainEnvironment()
	app.SetMetadata(metadata())
	a := app.New()
	w := a.NewWindow(screen.Title)
	w.SetPadded(false)
	w.Resize(o.again.size())
	w.SetFullScreen(o.again.full)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	d := newDesk(ctx, o, store.Config{Dir: o.data, Demo: o.demo, Log: logger(o.verbose), ShareKind: kind})
	d.again = func() error { return process.Restart(asItIs(w).args(os.Args[1:]), o.kept()...) }
	shell, work, err := newShell(d, w)
	if err != nil {
		return errors.Join(err, d.close())
	}
	shell.Start()
	if runtime.GOOS == "darwin" {
		// Elsewhere a menu would cost a row of the window; our boxes pass the
		// keys on while somebody types.
		w.SetMainMenu(shell.Menu())
	}
	w.SetMaster()
	work.Go(func() { shell.Run(ctx) })
	work.Go(func() {
		<-ctx.Done()
		fyne.Do(a.Quit)
	})
	d.start()
	w.ShowAndRun()
	stop()
	// Our own goroutines end before the program does: after the loop a call
	// to Fyne from one of them could meet a window that is gone.
	err = d.close()
	work.Wait()
	return err
}

func newShell(d *desk, w fyne.Window) (*screen.Shell, *sync.WaitGroup, error) {
	words, err := assets.Load(d.Prefs().Language)
	if err != nil {
		return nil, nil, err
	}
	work := &sync.WaitGroup{}
	shell, err := screen.New(screen.Config{
		Desk: d, Words: words, Window: w, Now: time.Now, Do: fyne.Do, Go: func(f func()) { work.Go(f) },
	})
	return shell, work, err
}

// kept are the files that live on when the program starts anew.
func (o options) kept() []uintptr {
	if o.narrate > 0 {
		return []uintptr{uintptr(o.narrate)}
	}
	return nil
}

// plainEnvironment drops what a user's environment would do to the look; the
// scale is theirs to keep.
func plainEnvironment() {
	for _, name := range []string{"FYNE_THEME", "FYNE_FONT", "FYNE_FONT_MONOSPACE", "FYNE_FONT_SYMBOL"} {
		_ = os.Unsetenv(name) // an environment that cannot be changed is only ugly
	}
}

func logger(verbose bool) *slog.Logger {
	if !verbose {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(os.Stderr, nil))
}
