//go:build linux

package seat

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

const (
	mock    = "org.freedesktop.DBus.Mock"
	ourID   = "c7"
	ourPath = dbus.ObjectPath("/org/freedesktop/login1/session/" + ourID)
)

// fakeBus is a real message bus of the test's own, in the place of the system's.
func fakeBus(t *testing.T) string {
	t.Helper()
	daemon, err := exec.LookPath("dbus-daemon")
	if err != nil {
		t.Log("NOT RUN: dbus-daemon is not installed")
		t.Skip()
	}
	bus := exec.Command(daemon, "--session", "--nofork", "--nopidfile", "--print-address=1", "--address=unix:path="+filepath.Join(t.TempDir(), "bus"))
	out, err := bus.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := bus.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = bus.Process.Kill() // it may be gone already
		_ = bus.Wait()
	})
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", strings.TrimSpace(address))
	return strings.TrimSpace(address)
}

// fakeLogind is python3-dbusmock's logind on such a bus: a real service with
// logind's interface, which does what the test tells it to.
type fakeLogind struct {
	t    *testing.T
	conn *dbus.Conn
}

func newFakeLogind(t *testing.T) *fakeLogind {
	t.Helper()
	const python = "/usr/bin/python3" // the system's own: dbusmock is one of its packages
	if exec.Command(python, "-c", "import dbusmock").Run() != nil {
		t.Log("NOT RUN: python3-dbusmock is not installed")
		t.Skip()
	}
	fakeBus(t)
	t.Setenv("XDG_SESSION_ID", "")
	c := exec.Command(python, "-m", "dbusmock", "--system", "--template", "logind")
	var says bytes.Buffer
	c.Stdout, c.Stderr = &says, &says
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill() // it ends with its bus
		_ = c.Wait()
	})
	conn, err := dbus.ConnectSystemBus()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() }) // nothing was written that could be lost
	f := &fakeLogind{t, conn}
	eventually(t, "logind answers", func() bool {
		var can string
		return conn.Object(login, loginPath).Call(manager+".CanSuspend", 0).Store(&can) == nil
	})
	f.do(loginPath, mock+".AddSession", ourID, "seat0", uint32(os.Getuid()), "somebody", true)
	f.do(loginPath, mock+".AddProperty", manager, "LidClosed", dbus.MakeVariant(false))
	f.do(loginPath, mock+".AddMethod", manager, "GetSessionByPID", "u", "o", `ret = "`+string(ourPath)+`"`)
	return f
}

func (f *fakeLogind) do(path dbus.ObjectPath, method string, args ...any) {
	f.t.Helper()
	if err := f.conn.Object(login, path).Call(method, 0, args...).Err; err != nil {
		f.t.Fatalf("%s: %v", method, err)
	}
}

func (f *fakeLogind) signal(path dbus.ObjectPath, iface, name, signature string, args ...any) {
	f.t.Helper()
	values := make([]dbus.Variant, 0, len(args))
	for _, a := range args {
		values = append(values, dbus.MakeVariant(a))
	}
	f.do(path, mock+".EmitSignal", iface, name, signature, values)
}

func (f *fakeLogind) set(path dbus.ObjectPath, iface, name string, value any) {
	f.t.Helper()
	f.do(path, mock+".UpdateProperties", iface, map[string]dbus.Variant{name: dbus.MakeVariant(value)})
}

// inhibitors lists who delays sleep now.
func (f *fakeLogind) inhibitors() []string {
	f.t.Helper()
	var all []struct {
		What, Who, Why, Mode string
		UID, PID             uint32
	}
	if err := f.conn.Object(login, loginPath).Call(manager+".ListInhibitors", 0).Store(&all); err != nil {
		f.t.Fatal(err)
	}
	var out []string
	for _, i := range all {
		out = append(out, i.What+" "+i.Who+" "+i.Mode)
	}
	return out
}

func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !so(); time.Sleep(5 * time.Millisecond) { // polls real processes
		if time.Now().After(deadline) {
			t.Fatalf("in vain: %s", what)
		}
	}
}

// follow runs a Seat until the test ends and gives what it tells. The answer
// to each event comes from answers, no where that is nil.
func follow(t *testing.T, answers chan bool) <-chan Event {
	t.Helper()
	told := make(chan Event, 16)
	var log bytes.Buffer
	s, err := New(Config{
		Tell: func(e Event) bool {
			told <- e
			return answers != nil && <-answers
		},
		Log: slog.New(slog.NewTextHandler(&log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Run: %v", err)
		}
		if t.Failed() {
			t.Log(log.String())
		}
	})
	return told
}

func expect(t *testing.T, told <-chan Event, want Event) {
	t.Helper()
	select {
	case got := <-told:
		if got != want {
			t.Fatalf("told %v, want %v", got, want)
		}
	case <-time.After(30 * time.Second):
		t.Fatalf("in vain: %v", want)
	}
}

func quiet(t *testing.T, told <-chan Event, after string) {
	t.Helper()
	select {
	case got := <-told:
		t.Errorf("%s was told as %v", after, got)
	default:
	}
}

// Everything logind says about somebody going away is told, once; what it says
// of others, or of somebody coming back, is not.
func TestLogind(t *testing.T) { // P1
	f := newFakeLogind(t)
	f.do(loginPath, mock+".AddSession", "c8", "seat0", uint32(4711), "another", false)
	told := follow(t, nil)
	eventually(t, "it asks for time before sleep", func() bool { return len(f.inhibitors()) == 1 })
	if got := f.inhibitors()[0]; got != "sleep Satchel delay" {
		t.Errorf("the inhibitor is %q", got)
	}
	f.do(ourPath, session+".Lock")
	expect(t, told, Locked)
	f.do("/org/freedesktop/login1/session/c8", session+".Lock")
	f.do(ourPath, session+".Unlock")
	f.do(ourPath, session+".SetLockedHint", true)
	expect(t, told, Locked)
	f.do(ourPath, session+".SetLockedHint", false)
	f.set(ourPath, session, "Active", false)
	expect(t, told, Away)
	f.set(ourPath, session, "Active", true)
	f.set(loginPath, manager, "LidClosed", true)
	expect(t, told, LidClosed)
	f.set(loginPath, manager, "LidClosed", false)
	f.set(loginPath, manager, "IdleHint", true)
	f.do(ourPath, session+".Lock") // comes after whatever else those led to
	expect(t, told, Locked)
	quiet(t, told, "something else")
}

// logind's real property of the lid does not announce a change.
func TestALidThatSaysNothing(t *testing.T) { // P1
	f := newFakeLogind(t)
	told := follow(t, nil)
	eventually(t, "it listens", func() bool { return len(f.inhibitors()) == 1 })
	f.do(loginPath, properties+".Set", manager, "LidClosed", dbus.MakeVariant(true))
	expect(t, told, LidClosed)
}

// The machine waits with sleeping until the laptop is locked, or, where the
// process is about to be replaced, until it is gone; after waking there is a new
// delay.
func TestSleepWaits(t *testing.T) { // P1
	f := newFakeLogind(t)
	answers := make(chan bool)
	told := follow(t, answers)
	sleeps := func(begins bool) { f.signal(loginPath, manager, "PrepareForSleep", "b", begins) }
	held := func(n int) func() bool { return func() bool { return len(f.inhibitors()) == n } }
	eventually(t, "it asks for time before sleep", held(1))
	sleeps(true)
	expect(t, told, Sleeping)
	if !held(1)() {
		t.Error("the machine may sleep before the laptop is locked")
	}
	answers <- false // locked
	eventually(t, "the machine may sleep", held(0))
	sleeps(false)
	expect(t, told, Slept)
	answers <- false
	eventually(t, "there is a new delay", held(1))
	sleeps(true)
	expect(t, told, Sleeping)
	answers <- true // this process is about to be replaced
	sleeps(false)
	expect(t, told, Slept)
	answers <- false
	eventually(t, "the first delay lasts as long as the process", held(2))
}

// A session is found by the user's display where the process belongs to none,
// as a program does that a desktop started as a service.
func TestSessionOfADisplay(t *testing.T) {
	f := newFakeLogind(t)
	user := dbus.ObjectPath("/org/freedesktop/login1/user/" + strconv.Itoa(os.Getuid()))
	f.do(loginPath, mock+".AddMethod", manager, "GetSessionByPID", "u", "o", "raise dbus.exceptions.DBusException('none', name='org.freedesktop.login1.NoSessionForPID')")
	f.do(loginPath, mock+".AddMethod", manager, "GetUser", "u", "o", `ret = "`+string(user)+`"`)
	f.do(user, properties+".Set", login+".User", "Display", dbus.MakeVariant(struct {
		ID   string
		Path dbus.ObjectPath
	}{ourID, ourPath}))
	told := follow(t, nil)
	eventually(t, "it listens", func() bool { return len(f.inhibitors()) == 1 })
	f.do(ourPath, session+".Lock")
	expect(t, told, Locked)
}

// Without logind the rest goes on, and the log says it once.
func TestNoLogind(t *testing.T) {
	fakeBus(t)
	var log bytes.Buffer
	s, err := New(Config{Tell: func(Event) bool { return false }, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.followLogind(t.Context()); err == nil {
		t.Fatal("a bus without logind was followed")
	}
	ctx, stop := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer stop()
	if err := s.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Run: %v", err)
	}
	if n := strings.Count(log.String(), "logind does not say"); n != 1 {
		t.Errorf("the log says it %d times: %s", n, log.String())
	}
}
