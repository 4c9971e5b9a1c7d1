package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"satchel/store/identity"
	"satchel/store/record"
	"satchel/sync/hub"
)

func userCommand(o *operator) *cobra.Command {
	return group("user", "Add, train, end and list the people who sign in on laptops",
		addUserCommand(o), trainUserCommand(o), endUserCommand(o), listUsersCommand(o))
}

func addUserCommand(o *operator) *cobra.Command {
	var (
		q             hub.UserOrder
		trained, ends dayFlag
		asJSON        bool
	)
	c := &cobra.Command{
		Use:   "add (--name NAME --role ROLE --trained DATE --ends DATE | --user ID) --device DEVICE...",
		Short: "Give a person a place on laptops, each with a one-time joining code",
		Long: "Makes a person known to the hub, or finds the one with that id, and gives them a place on each\n" +
			"laptop named. Prints a one-time joining code for each place, once: it is kept nowhere. The same\n" +
			"order again makes a new code. Dates are written like 31-Mar-2027 or 2027-03-31, and the day counts.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			q.By, q.Trained, q.Ends = o.name(), trained.end, ends.end
			if q.User == "" {
				if _, err := identity.ParseRole(q.Role); err != nil {
					return fmt.Errorf("%w --role: %w", errFlag, err)
				}
			}
			return o.orders(cmd.Context(), func(h hub.Orders) error {
				added, err := h.AddUser(cmd.Context(), q)
				if err != nil {
					return err
				}
				if asJSON {
					return json.NewEncoder(cmd.OutOrStdout()).Encode(added)
				}
				return printPlaces(cmd.OutOrStdout(), added)
			})
		},
	}
	c.Flags().StringVar(&q.User, "user", "", "a known person's id, or its beginning")
	c.Flags().StringVar(&q.Name, "name", "", "a new person's name, as colleagues will see it")
	c.Flags().StringVar(&q.Role, "role", "", "paramedic, district-nurse, social-worker, call-handler, ...")
	c.Flags().StringVar(&q.Staff, "staff", "", "their staff directory id, if there is one")
	c.Flags().Var(&trained, "trained", "the last day on which their training counts")
	c.Flags().Var(&ends, "ends", "the last day of their work here")
	c.Flags().StringArrayVar(&q.Devices, "device", nil, "a laptop's id; may be given several times")
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	c.MarkFlagsOneRequired("user", "name")
	for _, flag := range []string{"name", "role", "staff", "trained", "ends"} {
		c.MarkFlagsMutuallyExclusive("user", flag)
	}
	c.MarkFlagsRequiredTogether("name", "role", "trained", "ends")
	c.MarkFlagsOneRequired("device")
	return c
}

func printPlaces(w io.Writer, a hub.AddedUser) error {
	fmt.Fprintf(w, "person: %s (%s)\n", a.User, a.Name)
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(t, "DEVICE\tNAME\tJOINING CODE")
	for _, p := range a.Places {
		fmt.Fprintf(t, "%s\t%s\t%s\n", p.Device, p.Name, p.Code)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, "Hand each code to that person alone: it works once, at that laptop, and is shown once. They choose a\npassphrase there; the next colleague who unlocks the laptop lets them in.")
	return err
}

func trainUserCommand(o *operator) *cobra.Command {
	var (
		q           hub.TrainOrder
		until, ends dayFlag
	)
	c := &cobra.Command{
		Use:   "train USER (--until DATE | --ends DATE)",
		Short: "Say until when a person's training, or their work here, lasts",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			q.User, q.By, q.Until, q.Ends = args[0], o.name(), until.end, ends.end
			return o.orders(cmd.Context(), func(h hub.Orders) error {
				done, err := h.TrainUser(cmd.Context(), q)
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "renewed: %s; %s will hear of it, locked or not\n", done.Name, count(done.Devices, "device"))
				return nil
			})
		},
	}
	c.Flags().Var(&until, "until", "the last day on which their training counts")
	c.Flags().Var(&ends, "ends", "the last day of their work here")
	c.MarkFlagsOneRequired("until", "ends")
	return c
}

func endUserCommand(o *operator) *cobra.Command {
	var q hub.EndOrder
	c := &cobra.Command{
		Use:   "end USER",
		Short: "End a person's places on every laptop, for good",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			q.User, q.By = args[0], o.name()
			return o.orders(cmd.Context(), func(h hub.Orders) error {
				done, err := h.EndUser(cmd.Context(), q)
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "ended: %s; the place goes from %s when it hears of it, locked or not\n", done.Name, count(done.Devices, "device"))
				return nil
			})
		},
	}
	c.Flags().StringVar(&q.Reason, "reason", "left", "a short code for the log")
	return c
}

func listUsersCommand(o *operator) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "list",
		Short: "List every person and where they have a place",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.orders(cmd.Context(), func(h hub.Orders) error {
				lines, err := h.ListUsers(cmd.Context())
				if err != nil {
					return err
				}
				if asJSON {
					return json.NewEncoder(cmd.OutOrStdout()).Encode(lines)
				}
				w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 4, 2, ' ', 0)
				fmt.Fprintln(w, "PERSON\tNAME\tROLE\tSTATE\tTRAINED UNTIL\tENDS\tDEVICES")
				for _, u := range lines {
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", u.User, u.Name, u.Role, u.State,
						record.DateOf(u.Trained).FormatDay(), record.DateOf(u.Ends).FormatDay(), spots(u.Places))
				}
				return w.Flush()
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}

// spots names the devices of some places.
func spots(places []hub.UserSpot) string {
	names := make([]string, len(places))
	for i, p := range places {
		names[i] = p.Name
		if p.Out {
			names[i] += " (revoked)"
		}
	}
	return strings.Join(names, ", ")
}
