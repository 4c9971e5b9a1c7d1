package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"satchel/store/identity"
	"satchel/sync/hub"
)

func deviceCommand(o *operator) *cobra.Command {
	return group("device", "Enrol, list, recover and revoke devices",
		enrolCommand(o), listCommand(o), revokeCommand(o), recoverCommand(o), turnKeysCommand(o))
}

// errFlag says that a flag's value is of no use; nothing was asked of the hub.
var errFlag = errors.New("reading")

// codeFlags are the flags of `device enrol`.
type codeFlags struct{ hub.CodeOrder }

func (q *codeFlags) check() error {
	kind, err := identity.ParseKind(q.Kind)
	if err != nil {
		return fmt.Errorf("%w --kind: %w", errFlag, err)
	}
	if kind == identity.Laptop {
		if _, err := identity.ParseRole(q.Role); err != nil {
			return fmt.Errorf("%w --role: %w", errFlag, err)
		}
	}
	if q.Cohort != "" {
		if _, err := identity.ParseCohortID(q.Cohort); err != nil {
			return fmt.Errorf("%w --cohort: %w", errFlag, err)
		}
	}
	if q.Life <= 0 {
		return fmt.Errorf("%w --life: a code needs some time to live, such as 15m", errFlag)
	}
	return nil
}

func enrolCommand(o *operator) *cobra.Command {
	var (
		q      codeFlags
		asJSON bool
	)
	c := &cobra.Command{
		Use:   "enrol",
		Short: "Issue a one-time enrolment code",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			q.By = o.name()
			if err := q.check(); err != nil {
				return err
			}
			return o.orders(cmd.Context(), func(h hub.Orders) error {
				code, err := h.IssueCode(cmd.Context(), q.CodeOrder)
				if err != nil {
					return err
				}
				if asJSON {
					return json.NewEncoder(cmd.OutOrStdout()).Encode(code)
				}
				fmt.Fprintf(cmd.OutOrStdout(), "code:  %s\nends:  %s\nwords: %s\n", code.Code, code.Ends.Format("02-Jan-2006 15:04"), code.Words)
				return nil
			})
		},
	}
	c.Flags().StringVar(&q.Kind, "kind", "laptop", "laptop or box")
	c.Flags().StringVar(&q.Role, "role", "district-nurse", "the first person's role on a laptop")
	c.Flags().StringVar(&q.Cohort, "cohort", "", "the cohort to join (default: the only one)")
	c.Flags().DurationVar(&q.Life, "life", 15*time.Minute, "how long the code lives")
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}

func listCommand(o *operator) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "list",
		Short: "List every device",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.orders(cmd.Context(), func(h hub.Orders) error {
				lines, err := h.ListDevices(cmd.Context())
				if err != nil {
					return err
				}
				if asJSON {
					return json.NewEncoder(cmd.OutOrStdout()).Encode(lines)
				}
				w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 4, 2, ' ', 0)
				fmt.Fprintln(w, "DEVICE\tNAME\tKIND\tSTATE\tENTRIES\tLAST SEEN\tWORDS")
				for _, d := range lines {
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\t%s\n", d.Device, d.Name, d.Kind, d.State, d.Items, whenOrNever(d.LastSeen), d.Words)
				}
				return w.Flush()
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}

func whenOrNever(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Local().Format("02-Jan-2006 15:04")
}

func revokeCommand(o *operator) *cobra.Command {
	var r hub.RevokeOrder
	c := &cobra.Command{
		Use:   "revoke DEVICE",
		Short: "Put a device out for good",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r.Device, r.By = args[0], o.name()
			return o.orders(cmd.Context(), func(h hub.Orders) error {
				if err := h.RevokeDevice(cmd.Context(), r); err != nil {
					return err
				}
				fmt.Fprintln(cmd.OutOrStdout(), "revoked: it is sent nothing new from now on; what it holds goes when it hears of it, and ends with its lease if it never does")
				return nil
			})
		},
	}
	c.Flags().StringVar(&r.Reason, "reason", "lost", "a short code for the log")
	return c
}
