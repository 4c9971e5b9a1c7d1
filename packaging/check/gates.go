package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"satchel/packaging/setup"
)

// A gate is one thing that must hold before a change goes in.
type gate struct {
	name string

	// run returns nil when the gate holds, a notRun when it cannot be tried here,
	// and otherwise what is wrong. Lines worth seeing in any case go to out.
	run func(ctx context.Context, out io.Writer) error
}

// notRun says why a gate could not be tried on this machine. It does not fail the
// check, and it is printed, so that nobody takes it for a pass.
type notRun string

func (n notRun) Error() string { return string(n) }

// runGates runs every gate, prints a verdict for each, and returns an error that
// lists those that failed.
func runGates(ctx context.Context, out io.Writer, gates []gate) error {
	var failed []string
	began := time.Now()
	for _, g := range gates {
		start := time.Now()
		err := g.run(ctx, out)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		verdict := "ok"
		if reason, skipped := errors.AsType[notRun](err); skipped {
			verdict = "NOT RUN: " + string(reason)
		} else if err != nil {
			verdict = "FAILED"
			failed = append(failed, g.name)
			fmt.Fprintf(out, "%s\n", indent(err.Error()))
		}
		fmt.Fprintf(out, "%-12s %7.1fs  %s\n", g.name, time.Since(start).Seconds(), verdict)
	}
	if len(failed) > 0 {
		return fmt.Errorf("%d of %d gates failed: %s", len(failed), len(gates), strings.Join(failed, ", "))
	}
	fmt.Fprintf(out, "all %d gates passed in %s\n", len(gates), time.Since(began).Round(time.Second))
	return nil
}

func indent(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n    ")
}

// house is the source tree that the gates look at.
type house struct {
	root string
	fuzz time.Duration // for each target; 0 = not at all
}

// gates are all the gates, in the order of style.md, after the set-up they need.
func (h house) gates() []gate {
	return []gate{
		{"setup", h.setup},
		{"gofumpt", h.gofumpt},
		{"vet", h.quiet("go", "vet", "-tags", buildTags, "./...")},
		{"floors", h.floors},
		{"staticcheck", h.quiet(tool("staticcheck", "-tags", buildTags, "./...")...)},
		{"tidy", h.quiet("go", "mod", "tidy", "-diff")},
		{"test", h.test},
		{"cgo-free", h.cgoFree},
		{"desktop", h.quiet("go", "build", "-trimpath", "-tags", releaseTags, "-o", os.DevNull, "./app")},
		{"fuzz", h.fuzzTargets},
		{"deadcode", h.silent(tool("deadcode", "-test", "-tags", buildTags, "./...")...)},
		{"govulncheck", h.vulnerabilities},
	}
}

// tool is the command line of a tool pinned in packaging/tools.
func tool(name string, args ...string) []string {
	return append([]string{"go", "tool", "-modfile=packaging/tools/go.mod", name}, args...)
}

func (h house) setup(ctx context.Context, out io.Writer) error {
	return setup.Here().Ensure(ctx, out, setup.Build, setup.Display, setup.Faults)
}

// gofumpt names the files that are not formatted.
func (h house) gofumpt(ctx context.Context, out io.Writer) error {
	return h.silent(tool("gofumpt", "-l", ".")...)(ctx, out)
}

// floors runs the house rules by themselves, so that a broken one is seen before
// the long gates. They run again among all tests.
func (h house) floors(ctx context.Context, out io.Writer) error {
	return h.quiet("go", "test", "-count=1", "-run", "^TestHouse$", "./packaging/check")(ctx, out)
}

// cgoFree builds everything but the desktop without a C compiler.
func (h house) cgoFree(ctx context.Context, _ io.Writer) error {
	cmd := h.command(ctx, "go", "build", "./store/...", "./sync/...", "./app/hub", "./app/station")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	return explain(cmd)
}

// quiet is a gate that holds when the command succeeds.
func (h house) quiet(line ...string) func(context.Context, io.Writer) error {
	return func(ctx context.Context, _ io.Writer) error {
		return explain(h.command(ctx, line...))
	}
}

// silent is a gate that holds when the command succeeds and prints nothing: some
// tools list what is wrong and still exit with 0.
func (h house) silent(line ...string) func(context.Context, io.Writer) error {
	return func(ctx context.Context, _ io.Writer) error {
		cmd := h.command(ctx, line...)
		var said, warned bytes.Buffer
		cmd.Stdout, cmd.Stderr = &said, &warned
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%s%s%w", said.String(), warned.String(), err)
		}
		if said.Len() > 0 {
			return errors.New(said.String())
		}
		return nil
	}
}

func (h house) command(ctx context.Context, line ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, line[0], line[1:]...)
	cmd.Dir = h.root
	return cmd
}

// explain runs a command and turns its failure into what it said.
func explain(cmd *exec.Cmd) error {
	said, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s%w", said, err)
	}
	return nil
}
