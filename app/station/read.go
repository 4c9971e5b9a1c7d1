package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"satchel/store"
	"satchel/store/identity"
	"satchel/store/record"
	"satchel/store/search"
	"satchel/sync/device"
)

// dutyVersion is the confidentiality duty that --accept-duty accepts (R25).
const dutyVersion = 1

// errDuty says that nobody accepted the confidentiality duty (R25).
var errDuty = errors.New("the duty of confidentiality is not accepted")

// errBox says that a command needs a person, and a box has none.
var errBox = errors.New("a box has no person: find and show need a laptop")

// reader holds the flags of the commands that need somebody unlocked.
type reader struct {
	*flags
	passphrase string
}

func (r *reader) flag(c *cobra.Command) {
	c.Flags().StringVar(&r.passphrase, "passphrase-file", "", `a file whose first line is the passphrase; "-" for standard input`)
	_ = c.MarkFlagRequired("passphrase-file") // it was defined a line above
}

// unlocked opens the vault and unlocks it for its first person, for as long as
// work takes.
func (r *reader) unlocked(ctx context.Context, work func(*store.Session) error) error {
	return r.open(ctx, func(v *store.Vault) error {
		if v.Kind() == identity.Box {
			return errBox
		}
		pass, err := readPassphrase(r.passphrase)
		if err != nil {
			return err
		}
		defer clear(pass)
		s, err := v.Unlock(ctx, v.People()[0].Slot, pass)
		if err != nil {
			return err
		}
		defer s.Lock()
		return work(s)
	})
}

func findCommand(f *flags) *cobra.Command {
	r := &reader{flags: f}
	var limit int
	c := &cobra.Command{
		Use:   "find WORDS...",
		Short: "Find people by number, name, date of birth or postcode, in any order",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if limit < 1 {
				return fmt.Errorf("%w --limit: at least 1 row is due", errFlag)
			}
			return r.unlocked(cmd.Context(), func(s *store.Session) error {
				got, err := s.Find(cmd.Context(), strings.Join(args, " "), limit)
				if err != nil {
					return err
				}
				printFound(cmd.OutOrStdout(), s.Count(), got)
				return nil
			})
		},
	}
	r.flag(c)
	c.Flags().IntVar(&limit, "limit", 20, "how many rows at most")
	return c
}

func printFound(w io.Writer, held int, got store.Results) {
	if got.Understood.ImpossibleNumber {
		fmt.Fprintln(w, "This cannot be an NHS number: check digit.")
	}
	if len(got.Rows) == 0 {
		fmt.Fprintf(w, "No one matches on this laptop, which holds %s. This is not a search of the whole record.\n", count(held, "summary"))
		return
	}
	for _, r := range got.Rows {
		note := ""
		switch {
		case r.State.Missing:
			note = "  being fetched again"
		case !r.State.Readable:
			note = "  ended"
		case r.Match == search.Similar:
			note = "  similar: check"
		}
		fmt.Fprintf(w, "%s  %s  born %s  NHS No. %s%s\n", r.Handle, name(r), born(r), orNotKnown(r.Number.Spaced()), note)
	}
	if got.Total > len(got.Rows) {
		fmt.Fprintf(w, "and %d more\n", got.Total-len(got.Rows))
	}
}

func name(r store.Row) string {
	n := record.Name{Family: r.Family, Given: r.Given}
	if r.Title != "" {
		n.Prefix = []string{r.Title}
	}
	return n.Banner()
}

func born(r store.Row) string {
	switch {
	case r.Born.Year == 0:
		return "Not known"
	case r.Born.Month == 0:
		return fmt.Sprintf("%04d", r.Born.Year)
	case r.Born.Day == 0:
		return time.Date(r.Born.Year, time.Month(r.Born.Month), 1, 0, 0, 0, 0, time.UTC).Format("Jan-2006")
	}
	return time.Date(r.Born.Year, time.Month(r.Born.Month), r.Born.Day, 0, 0, 0, 0, time.UTC).Format("02-Jan-2006")
}

func orNotKnown(s string) string {
	if s == "" {
		return "Not known"
	}
	return s
}

func showCommand(f *flags) *cobra.Command {
	r := &reader{flags: f}
	var (
		raw, accept                bool
		purpose, because, refersTo string
	)
	c := &cobra.Command{
		Use:   "show HANDLE",
		Short: "Open one record, after the decision and its entry, and print its emergency card",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			handle, err := identity.ParseHandle(args[0])
			if err != nil {
				return err
			}
			if !accept {
				return errDuty
			}
			return r.unlocked(cmd.Context(), func(s *store.Session) error {
				if err := s.AcceptDuty(dutyVersion); err != nil {
					return err
				}
				o, err := s.Read(cmd.Context(), store.Request{
					Handle: handle, Purpose: store.Purpose(purpose), Relationship: store.Relationship(because), Reference: refersTo,
				})
				if err != nil {
					return err
				}
				if raw {
					_, err := cmd.OutOrStdout().Write(o.Raw)
					return err
				}
				printCard(cmd.OutOrStdout(), o, time.Now())
				return nil
			})
		},
	}
	r.flag(c)
	c.Flags().BoolVar(&raw, "raw", false, "print the FHIR bytes as they were released")
	c.Flags().BoolVar(&accept, "accept-duty", false, "I accept the duty of confidentiality for this look")
	c.Flags().StringVar(&purpose, "purpose", string(store.DirectCare), "direct-care, preventive-or-occupational-medicine, diagnosis or public-interest-task")
	c.Flags().StringVar(&because, "because", string(store.OnCaseload), "caseload, incident, referral or caring-now")
	c.Flags().StringVar(&refersTo, "reference", "", "an incident's number, or who referred the person")
	return c
}

func statusCommand(f *flags) *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Say how this machine stands, as JSON, without anything about a person",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.open(cmd.Context(), func(v *store.Vault) error {
				enc := json.NewEncoder(cmd.OutOrStdout())
				enc.SetIndent("", "  ")
				return enc.Encode(statusOf(v))
			})
		},
	}
}

// status is what `status` prints.
type status struct {
	Device        string         `json:"device"`
	Name          string         `json:"name"`
	Words         string         `json:"words"`
	Kind          string         `json:"kind"`
	Hub           string         `json:"hub"`
	Demonstration bool           `json:"demonstration"`
	Binding       string         `json:"binding"` // where the device share lies, in words
	Member        bool           `json:"member"`
	Held          int            `json:"held"`
	Cohorts       []cohortStatus `json:"cohorts"`
	Unsent        int            `json:"unsent"`
	Received      uint64         `json:"received"`
	Total         uint64         `json:"total"`
	Notices       []string       `json:"notices,omitempty"`
}

type cohortStatus struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Rev         uint64    `json:"rev"`
	Governance  uint64    `json:"governance"`
	KeyEpoch    uint64    `json:"keyEpoch"`
	Checked     time.Time `json:"checked,omitzero"`
	LeaseEnds   time.Time `json:"leaseEnds,omitzero"`
	Incarnation uint64    `json:"incarnation"`
}

func statusOf(v *store.Vault) status {
	_, member := v.Member()
	w := v.Waiting()
	s := status{
		Device: v.Device().String(), Name: v.Name(), Words: identity.Words("device", v.Keys().Public()), Kind: string(v.Kind()),
		Hub: v.Certificate().Value.Name, Demonstration: v.Demo(), Binding: v.Binding(), Member: member, Held: v.Count(),
		Unsent: w.Unsent, Received: w.Received, Total: w.Total,
	}
	for _, c := range v.Cohorts() {
		inc, rev := v.Cursor(c)
		s.Cohorts = append(s.Cohorts, cohortStatus{
			ID: c.String(), Name: v.Policy(c).Cohort, Rev: rev, Governance: v.GovernancePoint(c).N, KeyEpoch: v.KeyEpoch(c),
			Checked: v.Checked(c), LeaseEnds: v.LeaseEnds(c), Incarnation: inc,
		})
	}
	for _, n := range v.Notices() {
		s.Notices = append(s.Notices, fmt.Sprintf("%s %s", n.Code, n.File))
	}
	return s
}

func outboxCommand(f *flags) *cobra.Command {
	return &cobra.Command{
		Use:   "outbox",
		Short: "Say what the hub has received and what waits",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.open(cmd.Context(), func(v *store.Vault) error {
				printWaiting(cmd.OutOrStdout(), v.Waiting())
				return nil
			})
		},
	}
}

func printWaiting(w io.Writer, x store.Waiting) {
	if x.Unsent == 0 {
		fmt.Fprintf(w, "%d of %d received by the hub", x.Received, x.Total)
		if !x.LastReceiptAt.IsZero() {
			fmt.Fprintf(w, " at %s", x.LastReceiptAt.Local().Format("15:04"))
		}
		fmt.Fprintln(w)
		return
	}
	fmt.Fprintf(w, "%d of %d received by the hub; %d waiting, the oldest since %s\n", x.Received, x.Total, x.Unsent, x.Oldest.Local().Format("02-Jan-2006 15:04"))
}

// narrator prints a line when how the machine stands to its hub changes.
func narrator(w io.Writer) func(device.Status) {
	var last device.Reach
	var done time.Time
	return func(s device.Status) {
		switch {
		case s.Reach != last:
			fmt.Fprintf(w, "%s %s\n", time.Now().Format("15:04:05"), s.Reach)
		case s.LastRound.After(done) && (s.Progress.Received > 0 || s.Progress.Sent > 0):
			fmt.Fprintf(w, "%s received %s, sent %s\n", time.Now().Format("15:04:05"), count(s.Progress.Received, "record"), count(s.Progress.Sent, "entry"))
		}
		last, done = s.Reach, s.LastRound
	}
}
