// Bench measures Satchel against the targets of its design, and prints one JSON
// line for each figure:
//
//	go run ./packaging/bench
//	go run ./packaging/bench -sections search,audit -people 10000 -json
//
// It guarantees that a figure with a target says whether it met it, that the
// targets are one table (targets.go), and that those which no section measured
// in this run are named at the end: nothing is passed over in silence. It runs
// the real packages on the demonstration population, on the disk it is started
// on, and leaves nothing there.
//
// It does not decide: a target missed is a figure, not a failure. The exit code
// is 1 when a section could not be run, 2 when it was asked for what it has not.
// Figures of a busy machine say how busy it was, not how fast the program is;
// the load before and after is among them where the system tells it, and so is
// the processor time of what matters most. A target that this run cannot
// measure is a line with no value that says why.
//
// A section is one file: a value of type section in the list below.
// TestEverySectionRuns proves that each gives its figures on a small population.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"
)

// sections in the order in which they run. Syncing is the last: it withdraws
// people from the area that the ones before it measure.
var sections = []section{recordSection, sealSection, searchSection, auditSection, vaultSection, storesSection, memorySection, startSection, hubSection, syncSection}

// section measures one part of the product.
type section struct {
	name string
	what string // for the list of sections
	run  func(ctx context.Context, b *bench) error
}

// errUsage says that the command line asks for what there is not.
var errUsage = errors.New("not a section of this program")

func main() {
	var o options
	flag.IntVar(&o.people, "people", 10_000, "how many people a hub releases to a team")
	flag.IntVar(&o.few, "few", 2000, "how many people a small vault holds")
	flag.IntVar(&o.some, "some", 20_000, "how many people a middling vault holds")
	flag.IntVar(&o.many, "many", 200_000, "how many people the vault of a whole region holds: a minute or two to fill, and 1 GB of disk")
	only := flag.String("sections", "", "run only these sections, by name, separated by commas: "+strings.Join(names(), ", "))
	flag.BoolVar(&o.jsonOnly, "json", false, "print the JSON lines alone")
	flag.StringVar(&o.dir, "dir", "", "measure the disk of this folder; the default is the temporary folder's")
	flag.BoolVar(&o.large, "large", false, "also sync -many people from a hub: some minutes, and 4 GB of disk")
	flag.DurationVar(&o.idle, "idle", 10*time.Second, "how long a program is left alone before its memory is read")
	flag.IntVar(&o.devices, "devices", 200, "how many devices sync with the hub at once")
	flag.StringVar(&o.stores, "stores", "packaging/bench/stores", "the module of the databases that the vault is measured beside")
	flag.StringVar(&o.desktop, "desktop", "out/try/bin/satchel", "the desktop whose start is measured, as packaging/try builds it")
	flag.StringVar(&o.examples, "examples", "../shared/data", "the folder of public examples that sizes are measured on")
	flag.StringVar(&o.profile, "profile", "", "write processor profiles of syncing into this folder")
	flag.Parse()
	if dir := os.Getenv(holdFolder); dir != "" {
		if err := hold(context.Background(), dir, o.idle, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	chosen, err := choose(*only)
	if err == nil {
		err = run(ctx, o, chosen, os.Stdout, os.Stderr)
	}
	switch {
	case errors.Is(err, errUsage):
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type options struct {
	people   int
	few      int
	some     int
	many     int
	jsonOnly bool
	dir      string
	large    bool          // many people from a hub too
	idle     time.Duration // before memory is read
	devices  int
	stores   string
	desktop  string
	profile  string
	examples string
}

func names() []string {
	out := make([]string, len(sections))
	for i, s := range sections {
		out[i] = s.name
	}
	return out
}

// choose picks the sections that are named, or all, in their order.
func choose(only string) ([]section, error) {
	if only == "" {
		return sections, nil
	}
	wanted := strings.Split(only, ",")
	for _, w := range wanted {
		if !slices.Contains(names(), w) {
			return nil, fmt.Errorf("%w: %q; there are %s", errUsage, w, strings.Join(names(), ", "))
		}
	}
	var out []section
	for _, s := range sections {
		if slices.Contains(wanted, s.name) {
			out = append(out, s)
		}
	}
	return out, nil
}

// run measures the chosen sections. One that cannot be run does not keep the
// others from theirs.
func run(ctx context.Context, o options, chosen []section, figures, progress io.Writer) error {
	if min(o.people, o.few, o.some, o.many) < 1 {
		return fmt.Errorf("%w: a population needs somebody", errUsage)
	}
	if o.jsonOnly {
		progress = io.Discard
	}
	b := newBench(o, figures, progress)
	var failed []error
	if err := b.machine("machine.load.before"); err != nil {
		return err
	}
	for _, s := range chosen {
		b.say("%s: %s", s.name, s.what)
		if err := s.run(ctx, b); err != nil {
			failed = append(failed, fmt.Errorf("measuring %s: %w", s.name, err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	failed = append(failed, b.closeAreas(), b.closeCrowds(), b.machine("machine.load.after"))
	b.table()
	if missing := b.unmeasured(); len(missing) > 0 {
		b.say("no section measured these targets: %s", strings.Join(missing, ", "))
	}
	return errors.Join(failed...)
}
