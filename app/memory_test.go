//go:build linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"satchel/app/process"
	"satchel/app/screen"
	"satchel/app/seat"
	"satchel/app/touch"
	"satchel/assets"
	"satchel/store"
	"satchel/store/identity"
	"satchel/sync/hub"
)

// satchelChild is the first argument of this test program where it is to be a
// satchel: the real desk and the real screens, on Fyne's driver without a
// display. Its further arguments are its own; its orders come on standard input.
const satchelChild = "satchel-of-the-test"

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == satchelChild {
		if err := beSatchel(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, "satchel:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// beSatchel runs until its orders end, and answers each with a line: "type
// WORDS", "key NAME", "says WORDS", "phase", "lock".
func beSatchel(args []string) error {
	dir, stays := args[0], args[1] == "stays"
	if err := process.Guard(); err != nil {
		return err
	}
	a := test.NewApp()
	defer a.Quit()
	w := test.NewWindow(nil)
	w.Resize(fyne.NewSize(1366, 768))
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	d := newDesk(context.Background(), options{demo: true, data: dir}, store.Config{Dir: dir, Demo: true, Log: log, Argon2: quick})
	if !stays {
		d.again = func() error { return process.Restart(append([]string{satchelChild}, args...)) }
	}
	words, err := assets.Load(assets.English)
	if err != nil {
		return err
	}
	ui, work := make(chan func(), 64), &sync.WaitGroup{}
	shell, err := screen.New(screen.Config{
		Desk: d, Words: words, Window: w, Now: time.Now, Do: func(f func()) { ui <- f }, Go: func(f func()) { work.Go(f) },
	})
	if err != nil {
		return err
	}
	go func() { // the one goroutine that draws, to the end of the program
		shell.Start()
		for f := range ui {
			f()
		}
	}()
	ctx, stop := context.WithCancel(context.Background())
	work.Go(func() { shell.Run(ctx) })
	d.start()
	fmt.Println("started")
	obey(d, w, ui)
	stop()
	work.Wait()
	return d.close()
}

// obey takes orders one byte at a time: a process that starts anew must find
// the next order where it was.
func obey(d *desk, w fyne.Window, ui chan<- func()) {
	var line []byte
	for b := make([]byte, 1); ; {
		if _, err := os.Stdin.Read(b); err != nil {
			return
		}
		if b[0] != '\n' {
			line = append(line, b[0])
			continue
		}
		order, rest, _ := bytes.Cut(line, []byte(" "))
		if string(order) == "lock" {
			fmt.Println("leaving", d.mayBeAway(seat.LidClosed))
		} else {
			answer := make(chan string)
			ui <- func() { answer <- carryOut(d, w, string(order), rest) }
			fmt.Println(<-answer)
		}
		clear(line)
		line = line[:0]
	}
}

func carryOut(d *desk, w fyne.Window, order string, rest []byte) string {
	c := w.Canvas()
	switch order {
	case "type":
		for _, b := range rest {
			if f := c.Focused(); f != nil {
				f.TypedRune(rune(b))
			}
		}
	case "key":
		key := &fyne.KeyEvent{Name: fyne.KeyName(rest)}
		if f := c.Focused(); f != nil {
			f.TypedKey(key)
		} else {
			c.OnTypedKey()(key)
		}
	case "says":
		found := false
		touch.Walk(w.Content(), func(o fyne.CanvasObject) bool {
			t, ok := o.(*touch.Text)
			found = found || ok && bytes.Contains([]byte(t.Words()), rest)
			return true
		})
		return fmt.Sprint(found)
	case "phase":
		return fmt.Sprint(d.State().Phase)
	}
	return "done"
}

// satchel is such a child, seen from the test.
type satchel struct {
	t   *testing.T
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func startSatchel(t *testing.T, dir, how string) *satchel {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s := &satchel{t: t, cmd: exec.Command(exe, satchelChild, dir, how)}
	var log bytes.Buffer
	s.cmd.Stderr = &log
	if s.in, err = s.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.out = bufio.NewReader(out)
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = s.cmd.Process.Kill() // it has ended by itself where all went well
		_ = s.cmd.Wait()
		if t.Failed() {
			t.Log(log.String())
		}
	})
	s.expect("started")
	return s
}

func (s *satchel) line() string {
	s.t.Helper()
	line, err := s.out.ReadString('\n')
	if err != nil {
		s.t.Fatalf("satchel said %q: %v", line, err)
	}
	return strings.TrimSuffix(line, "\n")
}

func (s *satchel) expect(want string) {
	s.t.Helper()
	if got := s.line(); got != want {
		s.t.Fatalf("satchel said %q, want %q", got, want)
	}
}

func (s *satchel) do(order string) string {
	s.t.Helper()
	if _, err := io.WriteString(s.in, order+"\n"); err != nil {
		s.t.Fatal(err)
	}
	return s.line()
}

// finds looks through all of a process's memory for words, and names the kind
// of memory they were found in. Root may do that to any process.
func finds(t *testing.T, pid int, words []byte) (where []string) {
	t.Helper()
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		t.Fatal(err)
	}
	mem, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		t.Fatal(err)
	}
	defer mem.Close()
	looked := int64(0)
	for line := range strings.Lines(string(maps)) {
		var from, to int64
		var mode string
		if _, err := fmt.Sscanf(line, "%x-%x %s", &from, &to, &mode); err != nil || mode[0] != 'r' || strings.Contains(line, "[v") {
			continue
		}
		const piece = 4 << 20
		for at := from; at < to; at += piece {
			b := make([]byte, min(piece+int64(len(words)), to-at)) // words may lie across the border
			n, err := mem.ReadAt(b, at)
			if n == 0 && err != nil {
				continue // unmapped meanwhile
			}
			looked += int64(n)
			if bytes.Contains(b[:n], words) {
				where = append(where, strings.TrimSpace(line))
				break
			}
		}
	}
	if looked < 1<<20 {
		t.Fatalf("only %d bytes of memory could be read", looked)
	}
	return where
}

// wide is how letters lie in memory one by one.
func wide(words string) []byte {
	var out []byte
	for _, r := range words {
		out = append(out, byte(r), 0, 0, 0)
	}
	return out
}

// letters are random ones that nobody else has in memory.
func letters(n int) string {
	return strings.ToLower(rand.Text())[:n]
}

// After a lock there is nothing in the process's memory of the record that was
// open, nor of the passphrase that opened it. The control is the same program
// that stays the process it was: there the record is found, although nothing
// refers to it any more. That is why the program starts anew.
func TestLockLeavesNothingInMemory(t *testing.T) { // P1
	if os.Getuid() != 0 {
		t.Log("NOT RUN: only root reads the memory of a guarded process")
		t.Skip()
	}
	name, secret := "zq"+letters(12), letters(10)+" "+letters(10)
	h := startHubWith(t, t.TempDir(), 5, func(doc []byte) []byte {
		return bytes.ReplaceAll(doc, []byte("Barnaby"), []byte(strings.ToUpper(name[:1])+name[1:]))
	})
	dir := prepared(t, h, 5, secret)
	for _, how := range []string{"stays", "starts anew"} {
		s := startSatchel(t, dir, how)
		pid := s.cmd.Process.Pid
		s.do("type " + secret)
		s.do("key Return")
		eventually(t, "the passphrase opens it", func() bool { return s.do("says Find a person") == "true" })
		s.do("type " + name)
		s.do("key Return")
		eventually(t, "the record is shown", func() bool {
			return s.do("says "+strings.ToUpper(name)) == "true" && s.do("says Known allergies") == "true"
		})
		if len(finds(t, pid, []byte(strings.ToUpper(name)))) == 0 {
			t.Fatal("the open record is not found in memory: the search proves nothing")
		}
		if how == "stays" {
			if s.do("lock") != "leaving false" {
				t.Error("the control started anew")
			}
			eventually(t, "it is locked", func() bool { return s.do("phase") == fmt.Sprint(screen.PhaseLocked) })
		} else {
			if s.do("lock") != "leaving true" {
				t.Error("it does not start anew")
			}
			s.expect("started")
			if got := s.do("phase"); got != fmt.Sprint(screen.PhaseLocked) {
				t.Errorf("it came up in phase %s", got)
			}
		}
		if s.do("says "+strings.ToUpper(name)) != "false" || s.do("says Passphrase") != "true" {
			t.Error("it does not show the unlock page alone")
		}
		left := 0
		for what, words := range map[string][]byte{
			"the name in capitals": []byte(strings.ToUpper(name)), "the name": []byte(name[1:]),
			"the passphrase": []byte(secret), "the passphrase letter by letter": wide(secret),
		} {
			where := finds(t, pid, words)
			left += len(where)
			if how == "stays" {
				t.Logf("the control: %s is found in %d places", what, len(where))
			} else if len(where) > 0 {
				t.Errorf("after starting anew %s is found in %q", what, where)
			}
		}
		if how == "stays" && left == 0 {
			t.Error("the control holds nothing either, so the test proves nothing")
		}
		if err := errors.Join(s.in.Close(), s.cmd.Wait()); err != nil {
			t.Errorf("it did not end well: %v", err)
		}
	}
}

// prepared is the folder of a laptop that holds the hub's people, whose one
// person has accepted the duty.
func prepared(t *testing.T, h *hub.Hub, held int, secret string) string {
	t.Helper()
	dir := t.TempDir()
	cfg := store.Config{Dir: dir, Demo: true, Log: slog.New(slog.DiscardHandler), Argon2: quick}
	d := newDesk(t.Context(), options{demo: true, data: dir}, cfg)
	screens(d, false)
	code, err := h.IssueCode(t.Context(), hub.CodeOrder{Kind: "laptop", Role: "district-nurse", By: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Enrol(t.Context(), screen.Enrolment{Code: code.Code, Name: "Nia Nurse", Role: identity.DistrictNurse, Passphrase: []byte(secret)}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the people arrive", func() bool { return d.State().Held == held && d.State().Phase == screen.PhaseLocked })
	if err := d.Unlock(t.Context(), d.State().People[0].Slot, []byte(secret)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(d.AcceptDuty(t.Context(), dutyName), d.close()); err != nil {
		t.Fatal(err)
	}
	return dir
}
