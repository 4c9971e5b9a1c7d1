// Command satchel-hub is the hub and everything an operator asks of it, in one
// binary: init, serve, inspect, withdraw, device, user, audit, backup, status.
//
// It guarantees that an order given while the hub serves goes to the process
// that serves, that each order is in the log before it is carried out, and
// that what it prints of a patient is printed for `inspect` alone, of files the
// operator named. The organisation's recovery key is read by `device recover`
// in its own process and never given to the hub that serves.
//
// testdata/script/*.txt prove what each command prints and refuses.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"satchel/app/process"
)

func main() {
	if err := process.Guard(); err != nil {
		fmt.Fprintln(os.Stderr, "satchel-hub: going on, less well guarded:", err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx))
}

// run is main without the exit, so that scripts can call it.
func run(ctx context.Context) int {
	understood := false
	root := rootCommand()
	note(root, &understood)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return 0
	}
	if !understood {
		err = fmt.Errorf("%w. See %s --help", err, cmd.CommandPath())
	}
	fmt.Fprintln(os.Stderr, "satchel-hub:", sentence(explain(err)))
	return 1
}

// note makes every command say that its line was understood, before it works:
// what fails earlier is the line's fault.
func note(c *cobra.Command, understood *bool) {
	for _, sub := range c.Commands() {
		note(sub, understood)
	}
	if work := c.RunE; work != nil {
		c.RunE = func(c *cobra.Command, args []string) error {
			*understood = true
			return work(c, args)
		}
	}
}

// group is a command that only holds others: alone it shows its help, and a
// word that it does not know is refused.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs}
	c.Run = func(c *cobra.Command, _ []string) { _ = c.Help() } // nobody reads it if this fails
	c.AddCommand(commands...)
	return c
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "satchel-hub",
		Short:         "The Satchel hub and its orders",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	o := &operator{}
	for _, c := range []*cobra.Command{
		initCommand(o), serveCommand(o), stateCommand(o), withdrawCommand(o), deviceCommand(o), userCommand(o), auditCommand(o), backupCommand(o),
	} {
		o.flags(c)
		root.AddCommand(c)
	}
	root.AddCommand(inspectCommand()) // needs no area
	return root
}
