// Command satchel-hub is the hub and everything an operator asks of it, in one
// binary: init, serve, inspect, withdraw, device, audit, backup, status.
//
// It guarantees that an order given while the hub serves goes to the process
// that serves, that each order is in the log before it is carried out, and
// that what it prints of a person is printed for `inspect` alone, of files the
// operator named.
//
// testdata/script/*.txt prove what each command prints and refuses.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx))
}

// run is main without the exit, so that scripts can call it.
func run(ctx context.Context) int {
	if err := rootCommand().ExecuteContext(ctx); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "satchel-hub:", explain(err))
		return 1
	}
	return 0
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
		initCommand(o), serveCommand(o), stateCommand(o), withdrawCommand(o), deviceCommand(o), auditCommand(o), backupCommand(o),
	} {
		o.flags(c)
		root.AddCommand(c)
	}
	root.AddCommand(inspectCommand()) // needs no area
	return root
}
