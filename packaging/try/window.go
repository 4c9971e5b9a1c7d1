package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// window is the real desktop on a virtual display, driven by real keys. What
// it did is read from the file it narrates into: which screen, how many rows,
// how many entries wait; never a word about a person.
type window struct {
	display string
	server  *exec.Cmd
	desktop *exec.Cmd
	env     []string
	log     *os.File

	mu    sync.Mutex
	lines []step
	more  chan struct{} // closed and replaced when a line came
	ended chan struct{} // the desktop has ended
}

// step is one line of the narration.
type step struct {
	Did      string `json:"did"`
	Rows     int    `json:"rows"`
	Similar  int    `json:"similar"` // of Rows, those with a similar name only
	Held     int    `json:"held"`
	Unsent   int    `json:"unsent"`
	Written  int    `json:"written"`
	Received int    `json:"received"`
	Code     string `json:"code"`
}

const screenSize = "1366x768x24"

// openWindow starts a virtual display and the desktop on it.
func (a *area) openWindow(ctx context.Context) (*window, error) {
	w := &window{more: make(chan struct{}), ended: make(chan struct{})}
	if err := w.startServer(ctx); err != nil {
		return nil, err
	}
	var err error
	if w.log, err = os.Create(a.path("desktop.log")); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the desktop's log: %w", err), w.close())
	}
	pipe, narrate, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listening to the desktop: %w", err), w.close())
	}
	w.desktop = exec.Command(a.program("satchel"), "--demo", "--data", a.laptopData(), "--narrate", "3")
	w.desktop.Env, w.desktop.Stdout, w.desktop.Stderr = w.env, w.log, w.log
	w.desktop.ExtraFiles = []*os.File{narrate}
	if err := w.desktop.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("starting the desktop: %w", err), w.close())
	}
	go w.read(pipe, a.path("steps.jsonl"))
	if err := narrate.Close(); err != nil {
		return nil, errors.Join(err, w.close())
	}
	if err := w.focus(ctx); err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

// startServer starts Xvfb, which picks a free display and says which.
func (w *window) startServer(ctx context.Context) error {
	pipe, number, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("starting a virtual display: %w", err)
	}
	w.server = exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", screenSize, "+extension", "GLX", "-nolisten", "tcp")
	w.server.ExtraFiles = []*os.File{number}
	if err := w.server.Start(); err != nil {
		return fmt.Errorf("starting a virtual display: %w", err)
	}
	_ = number.Close() // the server has its own copy
	line := make(chan string, 1)
	go func() {
		text, _ := bufio.NewReader(pipe).ReadString('\n')
		line <- strings.TrimSpace(text)
	}()
	select {
	case n := <-line:
		if _, err := strconv.Atoi(n); err != nil {
			return errors.Join(fmt.Errorf("the virtual display did not start: %q", n), w.close())
		}
		w.display = ":" + n
	case <-time.After(20 * time.Second):
		return errors.Join(errors.New("the virtual display did not start in 20 s"), w.close())
	case <-ctx.Done():
		return errors.Join(ctx.Err(), w.close())
	}
	w.env = append(os.Environ(), "DISPLAY="+w.display, "LIBGL_ALWAYS_SOFTWARE=1", "FYNE_PLATFORM=x11", "WAYLAND_DISPLAY=")
	return nil
}

// read follows the narration to its end, and keeps a copy for the account.
func (w *window) read(pipe *os.File, file string) {
	defer close(w.ended)
	copyTo, err := os.Create(file)
	if err != nil {
		fmt.Fprintln(os.Stderr, "try:", err)
		return
	}
	defer copyTo.Close() // a copy for people to read; nothing depends on it
	for lines := bufio.NewScanner(pipe); lines.Scan(); {
		var s step
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			s = step{Did: "unreadable"}
		}
		fmt.Fprintln(copyTo, lines.Text())
		w.mu.Lock()
		w.lines = append(w.lines, s)
		close(w.more)
		w.more = make(chan struct{})
		w.mu.Unlock()
	}
}

// mark is a place in the narration: what comes after it is news.
func (w *window) mark() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.lines)
}

// await waits for a line after the mark for which so holds.
func (w *window) await(ctx context.Context, after int, limit time.Duration, what string, so func(step) bool) (step, error) {
	timeout := time.After(limit)
	for {
		w.mu.Lock()
		lines, more := w.lines[min(after, len(w.lines)):], w.more
		w.mu.Unlock()
		for _, l := range lines {
			if so(l) {
				return l, nil
			}
		}
		after += len(lines)
		select {
		case <-more:
		case <-timeout:
			return step{}, fmt.Errorf("waited %s in vain: %s", limit, what)
		case <-w.ended:
			return step{}, fmt.Errorf("the desktop ended while waiting: %s", what)
		case <-ctx.Done():
			return step{}, ctx.Err()
		}
	}
}

// tool runs a program against the virtual display.
func (w *window) tool(ctx context.Context, name string, args ...string) ([]byte, error) {
	c := exec.CommandContext(ctx, name, args...)
	c.Env = w.env
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w: %s", name, err, strings.TrimSpace(errs.String()))
	}
	return out.Bytes(), nil
}

// focus waits for the window and gives it the keyboard: there is no window
// manager to do so.
func (w *window) focus(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, time.Minute)
	defer stop()
	go func() { // a desktop that has ended shows no window
		select {
		case <-w.ended:
			stop()
		case <-ctx.Done():
		}
	}()
	if _, err := w.tool(ctx, "xdotool", "search", "--sync", "--onlyvisible", "--name", "^Satchel$", "windowfocus", "--sync"); err != nil {
		return fmt.Errorf("looking for the desktop's window (see desktop.log): %w", err)
	}
	return nil
}

func (w *window) key(ctx context.Context, keys ...string) error {
	_, err := w.tool(ctx, "xdotool", append([]string{"key", "--delay", "60"}, keys...)...)
	return err
}

func (w *window) write(ctx context.Context, text string) error {
	_, err := w.tool(ctx, "xdotool", "type", "--delay", "25", text)
	return err
}

// tap presses where a finger would.
func (w *window) tap(ctx context.Context, x, y int) error {
	_, err := w.tool(ctx, "xdotool", "mousemove", strconv.Itoa(x), strconv.Itoa(y), "click", "1")
	return err
}

// picture waits until two looks in a row are the same, so that a half-drawn
// screen is never kept, and saves what is there.
func (w *window) picture(ctx context.Context, file string) error {
	var last []byte
	for range 30 {
		now, err := w.tool(ctx, "xwd", "-root", "-silent")
		if err != nil {
			return err
		}
		if bytes.Equal(now, last) {
			break
		}
		last = now
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	_, err := w.tool(ctx, "import", "-window", "root", file)
	return err
}

// close ends the desktop and the display.
func (w *window) close() error {
	var errs []error
	if w.desktop != nil && w.desktop.Process != nil {
		errs = append(errs, end(w.desktop))
	}
	if w.server != nil && w.server.Process != nil {
		_ = w.server.Process.Signal(syscall.SIGTERM) // Wait says nothing of interest
		_ = w.server.Wait()
	}
	if w.log != nil {
		errs = append(errs, w.log.Close())
	}
	return errors.Join(errs...)
}

// end asks a program to end, and insists after ten seconds.
func end(c *exec.Cmd) error {
	_ = c.Process.Signal(syscall.SIGTERM) // it may have ended by itself
	done := make(chan error, 1)
	go func() { done <- c.Wait() }()
	select {
	case err := <-done:
		if err != nil {
			return fmt.Errorf("the desktop did not end well: %w", err)
		}
		return nil
	case <-time.After(10 * time.Second):
		_ = c.Process.Kill() // it is gone, or about to be
		<-done
		return errors.New("the desktop did not end when asked to")
	}
}
