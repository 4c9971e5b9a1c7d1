package seat

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/godbus/dbus/v5"
)

// Names of logind's interface (org.freedesktop.login1(5)).
const (
	login     = "org.freedesktop.login1"
	manager   = login + ".Manager"
	session   = login + ".Session"
	loginPath = dbus.ObjectPath("/org/freedesktop/login1")

	properties = "org.freedesktop.DBus.Properties"
)

// againAfter is how long it takes until logind is looked for again.
const againAfter = time.Minute

// watchSystem follows logind for as long as there is one.
func (s *Seat) watchSystem(ctx context.Context) {
	told := false
	for ctx.Err() == nil {
		err := s.followLogind(ctx)
		if ctx.Err() != nil {
			return
		}
		if !told {
			s.cfg.Log.Warn("logind does not say when the machine locks, sleeps or changes users; idle time and the clock alone lock this laptop until it does", "why", err)
			told = true
		}
		select {
		case <-ctx.Done():
		case <-time.After(againAfter):
		}
	}
}

// logind is one connection to it. It belongs to the goroutine that follows it.
type logind struct {
	s        *Seat
	conn     *dbus.Conn
	manager  dbus.BusObject
	session  dbus.ObjectPath // ours; "" where logind knows of none
	closed   bool            // the lid, when it was last looked at
	hasLid   bool
	inhibits int // the file that delays sleep; -1: none
}

// followLogind tells what logind says until the context or the connection ends.
func (s *Seat) followLogind(ctx context.Context) error {
	conn, err := dbus.ConnectSystemBus(dbus.WithContext(ctx), dbus.WithSignalHandler(dbus.NewSequentialSignalHandler()))
	if err != nil {
		return fmt.Errorf("reaching the system bus: %w", err)
	}
	defer conn.Close() // nothing was written that could be lost
	l := &logind{s: s, conn: conn, manager: conn.Object(login, loginPath), inhibits: -1}
	defer l.release()
	signals := make(chan *dbus.Signal, 16)
	conn.Signal(signals)
	if err := l.begin(ctx); err != nil {
		return err
	}
	each := time.NewTicker(lookEvery)
	defer each.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case sig, ok := <-signals:
			if !ok {
				return errors.New("the system bus ended the connection")
			}
			l.heard(ctx, sig)
		case <-each.C:
			l.lookAtLid(ctx)
		}
	}
}

// begin asks logind for its signals and for time before sleep.
func (l *logind) begin(ctx context.Context) error {
	l.session = l.findSession(ctx)
	rules := [][]dbus.MatchOption{
		{dbus.WithMatchSender(login), dbus.WithMatchObjectPath(loginPath), dbus.WithMatchInterface(manager), dbus.WithMatchMember("PrepareForSleep")},
		{dbus.WithMatchSender(login), dbus.WithMatchObjectPath(loginPath), dbus.WithMatchInterface(properties)},
	}
	if l.session != "" {
		rules = append(rules,
			[]dbus.MatchOption{dbus.WithMatchSender(login), dbus.WithMatchObjectPath(l.session), dbus.WithMatchInterface(session), dbus.WithMatchMember("Lock")},
			[]dbus.MatchOption{dbus.WithMatchSender(login), dbus.WithMatchObjectPath(l.session), dbus.WithMatchInterface(properties)})
	}
	for _, r := range rules {
		if err := l.conn.AddMatchSignalContext(ctx, r...); err != nil {
			return fmt.Errorf("asking the system bus for signals: %w", err)
		}
	}
	var owner string
	if err := l.conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.GetNameOwner", 0, login).Store(&owner); err != nil {
		return fmt.Errorf("looking for logind: %w", err)
	}
	if l.session == "" {
		l.s.cfg.Log.Warn("logind knows of no session of ours: its lock and a change of users are not heard of")
	}
	l.inhibit(ctx)
	closed, err := l.lid(ctx)
	l.closed, l.hasLid = closed, err == nil
	return nil
}

// findSession asks which session is ours: by the name in the environment, by
// our process, and for a program that the user's own service manager started,
// as desktops do, by the user's display.
func (l *logind) findSession(ctx context.Context) dbus.ObjectPath {
	var path dbus.ObjectPath
	if id := os.Getenv("XDG_SESSION_ID"); id != "" {
		if l.manager.CallWithContext(ctx, manager+".GetSession", 0, id).Store(&path) == nil {
			return path
		}
	}
	if l.manager.CallWithContext(ctx, manager+".GetSessionByPID", 0, uint32(os.Getpid())).Store(&path) == nil {
		return path
	}
	if l.manager.CallWithContext(ctx, manager+".GetUser", 0, uint32(os.Getuid())).Store(&path) != nil {
		return ""
	}
	v, err := l.get(ctx, path, login+".User", "Display")
	if err != nil {
		return ""
	}
	var display struct {
		ID   string
		Path dbus.ObjectPath
	}
	if dbus.Store([]any{v.Value()}, &display) != nil || display.ID == "" {
		return ""
	}
	return display.Path
}

func (l *logind) get(ctx context.Context, path dbus.ObjectPath, iface, name string) (dbus.Variant, error) {
	var v dbus.Variant
	err := l.conn.Object(login, path).CallWithContext(ctx, properties+".Get", 0, iface, name).Store(&v)
	return v, err
}

// heard answers one signal.
func (l *logind) heard(ctx context.Context, sig *dbus.Signal) {
	switch sig.Name {
	case session + ".Lock":
		if sig.Path == l.session {
			l.s.tell(ctx, Locked)
		}
	case manager + ".PrepareForSleep":
		if len(sig.Body) == 1 {
			begins, _ := sig.Body[0].(bool)
			l.sleep(ctx, begins)
		}
	case properties + ".PropertiesChanged":
		l.changed(ctx, sig)
	}
}

// sleep is told before the machine sleeps and after. Whoever has not locked
// before is told again, in case the machine would not wait.
func (l *logind) sleep(ctx context.Context, begins bool) {
	if !begins {
		l.s.tell(ctx, Slept)
		l.inhibit(ctx)
		return
	}
	if l.s.tell(ctx, Sleeping) {
		l.inhibits = -1 // stays open: the kernel closes it with the process
		return
	}
	l.release()
}

// changed looks at what the session, or the machine, says of itself.
func (l *logind) changed(ctx context.Context, sig *dbus.Signal) {
	var iface string
	var values map[string]dbus.Variant
	var stale []string
	if dbus.Store(sig.Body, &iface, &values, &stale) != nil {
		return
	}
	switch {
	case iface == manager && sig.Path == loginPath:
		l.lookAtLid(ctx)
	case iface == session && sig.Path == l.session:
		for _, name := range stale {
			if v, err := l.get(ctx, sig.Path, iface, name); err == nil {
				values[name] = v
			}
		}
		if active, ok := values["Active"].Value().(bool); ok && !active {
			l.s.tell(ctx, Away)
		}
		if locked, ok := values["LockedHint"].Value().(bool); ok && locked {
			l.s.tell(ctx, Locked)
		}
	}
}

// lookAtLid tells of a lid that was closed since the last look: logind's
// property of it does not say when it changes.
func (l *logind) lookAtLid(ctx context.Context) {
	if !l.hasLid {
		return
	}
	closed, err := l.lid(ctx)
	if err != nil {
		return // the connection is ending, which the signals say
	}
	was := l.closed
	l.closed = closed
	if closed && !was {
		l.s.tell(ctx, LidClosed)
	}
}

func (l *logind) lid(ctx context.Context) (closed bool, err error) {
	v, err := l.get(ctx, loginPath, manager, "LidClosed")
	if err != nil {
		return false, err
	}
	closed, _ = v.Value().(bool)
	return closed, nil
}

// inhibit asks logind for time before the machine sleeps. Without it locking
// still begins, and may end after waking.
func (l *logind) inhibit(ctx context.Context) {
	if l.inhibits >= 0 {
		return
	}
	var fd dbus.UnixFD
	err := l.manager.CallWithContext(ctx, manager+".Inhibit", 0, "sleep", "Satchel", "Locks the laptop first", "delay").Store(&fd)
	if err != nil {
		l.s.cfg.Log.Warn("logind gives no time to lock before sleep", "why", err)
		return
	}
	l.inhibits = int(fd)
}

// release lets the machine sleep.
func (l *logind) release() {
	if l.inhibits >= 0 {
		_ = syscall.Close(l.inhibits) // closing is all that counts, and it counts even where it reports an error
		l.inhibits = -1
	}
}
