// Command satchel-station is a device without a screen: an always-on box at a
// station or clinic, and the command line of a laptop for tests and diagnosis.
//
// It guarantees the same as the desktop, because it reads through the same
// decision, entry and vault: a look is entered in the log before a word of it
// is printed, and a refusal is entered too. It prints clinical content only
// for `show`, and only to standard output.
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
	"satchel/store/share"
)

func main() {
	if err := process.Guard(); err != nil {
		fmt.Fprintln(os.Stderr, "satchel-station: going on, less well guarded:", err)
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
	fmt.Fprintln(os.Stderr, "satchel-station:", sentence(explain(err)))
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

func rootCommand() *cobra.Command {
	f := &flags{}
	root := &cobra.Command{
		Use:           "satchel-station",
		Short:         "A Satchel device without a screen",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.PersistentFlags().StringVar(&f.data, "data", "", "data folder (default: the system's own place)")
	root.PersistentFlags().BoolVar(&f.demo, "demo", false, "this is a demonstration: its data never mixes with real data")
	root.PersistentFlags().BoolVarP(&f.verbose, "verbose", "v", false, "log to standard error, without clinical content")
	root.PersistentFlags().StringVar(&f.share, "share", string(share.Best),
		"where a new folder's device share lies: tpm, keyring, file, or the best that works (a file in a demonstration)")
	root.PersistentFlags().StringVar(&f.tpm, "tpm-socket", "", "demonstrations only: the socket of a TPM emulator")
	_ = root.PersistentFlags().MarkHidden("tpm-socket") // it is defined above
	root.AddCommand(rebindCommand(f), enrolCommand(f), runCommand(f), syncCommand(f), statusCommand(f), findCommand(f), showCommand(f), outboxCommand(f))
	return root
}
