package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

var startSection = section{"start", "the desktop's start, to its unlock screen", measureStart}

// startLimit is how long a desktop may take before the run is given up.
const startLimit = time.Minute

// measureStart starts the real desktop on a virtual display, with an enrolled
// laptop's folder, and waits until it is drawn. The disk's pages are in memory:
// dropping them would take root, and everybody else's too.
func measureStart(ctx context.Context, b *bench) (err error) {
	program, err := filepath.Abs(b.desktop)
	if err != nil {
		return err
	}
	if _, err := os.Stat(program); err != nil {
		return b.notRun("start.cold", "there is no "+b.desktop+"; packaging/try builds one")
	}
	for _, tool := range []string{"Xvfb", "xwd"} {
		if _, err := exec.LookPath(tool); err != nil {
			return b.notRun("start.cold", tool+" is not installed")
		}
	}
	a, err := b.area(ctx, b.people)
	if err != nil {
		return err
	}
	l, err := a.laptop(ctx)
	if err != nil {
		return err
	}
	if err := l.close(); err != nil { // one process has a folder at a time
		return err
	}
	d, err := openDisplay(ctx)
	if err != nil {
		return err
	}
	defer d.close()
	const starts = 5
	var started, shown []time.Duration
	for range starts {
		one, two, err := d.start(ctx, program, l.cfg.Dir)
		if err != nil {
			return err
		}
		started, shown = append(started, one), append(shown, two)
	}
	note := fmt.Sprintf("%d held, until letters are on the screen, on a virtual display, the program in the page cache; median", a.held)
	if err := b.add("start.cold", in(percentile(shown, 0.5), seconds), seconds, starts, note); err != nil {
		return err
	}
	return b.add("start.ready", in(percentile(started, 0.5), seconds), seconds, starts, "until the program says that it has started, before its window")
}

// display is a virtual display of this run's own.
type display struct {
	server *exec.Cmd
	env    []string
}

// openDisplay starts Xvfb, which picks a free display and says which.
func openDisplay(ctx context.Context) (*display, error) {
	pipe, number, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("starting a virtual display: %w", err)
	}
	defer pipe.Close() // only read
	d := &display{server: exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1366x768x24", "+extension", "GLX", "-nolisten", "tcp")}
	d.server.ExtraFiles = []*os.File{number}
	if err := d.server.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("starting a virtual display: %w", err), number.Close())
	}
	_ = number.Close() // the server has its own copy
	line, err := firstLine(ctx, pipe)
	if err == nil {
		_, err = strconv.Atoi(line)
	}
	if err != nil {
		d.close()
		return nil, fmt.Errorf("starting a virtual display: %w", err)
	}
	d.env = append(os.Environ(), "DISPLAY=:"+line, "LIBGL_ALWAYS_SOFTWARE=1", "FYNE_PLATFORM=x11", "WAYLAND_DISPLAY=")
	return d, nil
}

// firstLine reads one line, for as long as a start may take.
func firstLine(ctx context.Context, from *os.File) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	type read struct {
		line string
		err  error
	}
	got := make(chan read, 1)
	go func() { // ends with the line, or when the caller closes the pipe
		line, err := bufio.NewReader(from).ReadString('\n')
		got <- read{strings.TrimSpace(line), err}
	}()
	select {
	case r := <-got:
		return r.line, r.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func (d *display) close() {
	_ = d.server.Process.Signal(syscall.SIGTERM) // Wait says nothing of interest
	_ = d.server.Wait()
}

// start starts the desktop and ends it again: when it said that it had started,
// and when something was drawn.
func (d *display) start(ctx context.Context, program, data string) (started, shown time.Duration, err error) {
	pipe, narrate, err := os.Pipe()
	if err != nil {
		return 0, 0, fmt.Errorf("listening to the desktop: %w", err)
	}
	defer pipe.Close() // only read
	c := exec.Command(program, "--demo", "--data", data, "--narrate", "3")
	c.Env, c.ExtraFiles = d.env, []*os.File{narrate}
	begin := time.Now()
	if err := c.Start(); err != nil {
		return 0, 0, errors.Join(fmt.Errorf("starting the desktop: %w", err), narrate.Close())
	}
	defer func() { err = errors.Join(err, endDesktop(c)) }()
	_ = narrate.Close() // the desktop has its own copy
	line, err := firstLine(ctx, pipe)
	if err != nil {
		return 0, 0, fmt.Errorf("waiting for the desktop: %w", err)
	}
	if !strings.Contains(line, `"started"`) {
		return 0, 0, errors.New("the desktop said something else first")
	}
	started = time.Since(begin)
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	for ctx.Err() == nil {
		look := exec.CommandContext(ctx, "xwd", "-root", "-silent")
		look.Env = d.env
		picture, err := look.Output()
		if err != nil {
			return 0, 0, fmt.Errorf("looking at the virtual display: %w", err)
		}
		if drawn(picture) {
			return started, time.Since(begin), nil
		}
	}
	return 0, 0, fmt.Errorf("waiting for the desktop's window: %w", ctx.Err())
}

// drawn tells whether there is more on the display than plain areas: letters
// have edges of many shades.
func drawn(picture []byte) bool {
	const header, shades = 4096, 24 // xwd's header and colour table are shorter
	seen := map[[4]byte]bool{}
	for at := header; at+4 <= len(picture) && len(seen) < shades; at += 4 {
		seen[[4]byte(picture[at:])] = true
	}
	return len(seen) >= shades
}

// endDesktop asks the desktop to end, and insists after ten seconds.
func endDesktop(c *exec.Cmd) error {
	_ = c.Process.Signal(syscall.SIGTERM) // it may have ended by itself
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	select {
	case err := <-ended:
		return err
	case <-time.After(10 * time.Second):
		_ = c.Process.Kill() // it is gone, or about to be
		<-ended
		return errors.New("the desktop did not end when asked to")
	}
}
