package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/user"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"satchel/store/files"
	"satchel/sync/hub"
)

// operator holds the flags of every command that acts on an area.
type operator struct {
	data string
	by   string
}

func (o *operator) flags(c *cobra.Command) {
	c.PersistentFlags().StringVar(&o.data, "data", "hub", "the hub's data folder")
	c.PersistentFlags().StringVar(&o.by, "by", "", "who gives the order, for the log (default: the system's user)")
}

func (o *operator) name() string {
	if o.by != "" {
		return o.by
	}
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "unknown"
}

// orders reaches the running hub, or opens the area where none runs.
func (o *operator) orders(ctx context.Context, work func(hub.Orders) error) error {
	remote, err := hub.Reach(ctx, o.data)
	if err == nil {
		return work(remote)
	}
	if !errors.Is(err, hub.ErrNotRunning) {
		return err
	}
	s, err := readSettings(o.data)
	if err != nil {
		return err
	}
	cfg, err := s.config(o.data)
	if err != nil {
		return err
	}
	h, err := hub.Open(ctx, cfg)
	if err != nil {
		return err
	}
	return errors.Join(work(h), h.Close())
}

func initCommand(o *operator) *cobra.Command {
	var (
		demo                                                      bool
		name, listen, advertise, central, team, category, orgName string
	)
	c := &cobra.Command{
		Use:   "init",
		Short: "Make a new area: root key, hub keys, settings",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cert, err := hub.Init(o.data, hub.InitOptions{Name: name, Demo: demo, Now: time.Now()})
			if err != nil {
				return err
			}
			text := fmt.Sprintf(template, listen, advertise, central, team, category, orgName)
			if err := writeNew(o.data, settingsFile, text); err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			fmt.Fprintf(out, "area %s made in %s\n", cert.Area, o.data)
			fmt.Fprintf(out, "Fill in %s. Take area/root.key and area/recovery.key away and keep them offline: whoever has them is the area.\n", filepath.Join(o.data, settingsFile))
			return nil
		},
	}
	c.Flags().BoolVar(&demo, "demo", false, "a demonstration area: marked everywhere, refused by real devices")
	c.Flags().StringVar(&name, "name", "Satchel hub", "the hub's name, for screens")
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:7443", "where devices are answered")
	c.Flags().StringVar(&advertise, "advertise", "", "what an enrolment code tells devices to reach (default: listen)")
	c.Flags().StringVar(&central, "central", "", "folder of the central record")
	c.Flags().StringVar(&team, "team", "Community team", "the first cohort's name")
	c.Flags().StringVar(&category, "category", "nhs-trust", "nhs-trust, gp, ambulance or social-care")
	c.Flags().StringVar(&orgName, "organisation", "", "the organisation's name")
	return c
}

// writeNew writes a file that must not be there yet.
func writeNew(dir, name, text string) error {
	if _, err := os.Stat(filepath.Join(dir, name)); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is there already; it was left as it is", filepath.Join(dir, name))
	}
	disk, err := files.OS(dir)
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return files.WriteAtomic(disk, name, []byte(text))
}

func serveCommand(o *operator) *cobra.Command {
	var json bool
	c := &cobra.Command{
		Use:   "serve",
		Short: "Answer devices and follow the central record until stopped",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := readSettings(o.data)
			if err != nil {
				return err
			}
			cfg, err := s.config(o.data)
			if err != nil {
				return err
			}
			cfg.Log = logger(cmd.ErrOrStderr(), json)
			h, err := hub.Open(cmd.Context(), cfg)
			if err != nil {
				return err
			}
			if err := s.complete(h.Demo()); err != nil {
				return errors.Join(err, h.Close())
			}
			return errors.Join(h.Run(cmd.Context()), h.Close())
		},
	}
	c.Flags().BoolVar(&json, "log-json", false, "log as JSON lines")
	return c
}

func logger(w io.Writer, asJSON bool) *slog.Logger {
	if asJSON {
		return slog.New(slog.NewJSONHandler(w, nil))
	}
	return slog.New(slog.NewTextHandler(w, nil))
}

func withdrawCommand(o *operator) *cobra.Command {
	var w hub.WithdrawOrder
	c := &cobra.Command{
		Use:   "withdraw (--nhs NUMBER | --document NAME)",
		Short: "End one person's records on every device, before anything else is sent",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			w.By = o.name()
			return o.orders(cmd.Context(), func(h hub.Orders) error {
				done, err := h.WithdrawPerson(cmd.Context(), w)
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "withdrawn from %d cohorts; %d devices will be told before anything else is sent to them\n", done.Cohorts, done.Devices)
				return nil
			})
		},
	}
	c.Flags().StringVar(&w.NHS, "nhs", "", "the person's NHS number")
	c.Flags().StringVar(&w.Document, "document", "", "the name of the person's document in the central folder")
	c.Flags().StringVar(&w.Reason, "reason", "withdrawn", "withdrawn, erased, wrong-patient, objection or release-ended")
	c.MarkFlagsOneRequired("nhs", "document")
	c.MarkFlagsMutuallyExclusive("nhs", "document")
	return c
}

func deviceCommand(o *operator) *cobra.Command {
	c := &cobra.Command{Use: "device", Short: "Enrol, list and revoke devices"}
	c.AddCommand(enrolCommand(o), listCommand(o), revokeCommand(o))
	return c
}

func enrolCommand(o *operator) *cobra.Command {
	var (
		q      hub.CodeOrder
		asJSON bool
	)
	c := &cobra.Command{
		Use:   "enrol",
		Short: "Issue a one-time enrolment code",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			q.By = o.name()
			return o.orders(cmd.Context(), func(h hub.Orders) error {
				code, err := h.IssueCode(cmd.Context(), q)
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
				fmt.Fprintln(cmd.OutOrStdout(), "revoked: it is sent nothing new from now on; what it holds ends with its lease")
				return nil
			})
		},
	}
	c.Flags().StringVar(&r.Reason, "reason", "lost", "a short code for the log")
	return c
}

func stateCommand(o *operator) *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Say how the hub stands, as JSON",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.orders(cmd.Context(), func(h hub.Orders) error {
				s, err := h.State(cmd.Context())
				if err != nil {
					return err
				}
				enc := json.NewEncoder(cmd.OutOrStdout())
				enc.SetIndent("", "  ")
				return enc.Encode(s)
			})
		},
	}
}

func auditCommand(o *operator) *cobra.Command {
	c := &cobra.Command{Use: "audit", Short: "Check the log"}
	c.AddCommand(&cobra.Command{
		Use:   "verify",
		Short: "Verify the whole log: every chain, every signature, the tree",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.orders(cmd.Context(), func(h hub.Orders) error {
				r, err := h.VerifyAudit(cmd.Context())
				if err != nil {
					return err
				}
				printAudit(cmd.OutOrStdout(), r)
				return r.Err()
			})
		},
	})
	return c
}

func printAudit(w io.Writer, r hub.AuditReport) {
	fmt.Fprintf(w, "log: %d entries, root %s\n", r.Entries, r.Root)
	for _, d := range r.Devices {
		fmt.Fprintf(w, "%s  %-20s %d entries to number %d, complete\n", d.Device, d.Name, d.Entries, d.UpTo)
	}
	for _, k := range r.Kinds {
		fmt.Fprintf(w, "  %-18s %d\n", k.Kind, k.Count)
	}
	for _, f := range r.Faults {
		fmt.Fprintf(w, "FAULT: %s\n", f)
	}
	if len(r.Faults) == 0 {
		fmt.Fprintf(w, "verified: %d entries, no gap, no fork, no changed byte\n", r.Entries)
	}
}

func backupCommand(o *operator) *cobra.Command {
	return &cobra.Command{
		Use:   "backup FILE",
		Short: "Copy what cannot be rebuilt into one file",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			path, err := filepath.Abs(args[0])
			if err != nil {
				return fmt.Errorf("naming the backup: %w", err)
			}
			return o.orders(cmd.Context(), func(h hub.Orders) error {
				r, err := h.SaveBackup(cmd.Context(), hub.BackupOrder{File: path, By: o.name()})
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "saved %d files, %d bytes, sha256 %s\nIt holds the hub's keys: keep it as you keep them.\n", r.Files, r.Bytes, r.SHA256)
				return nil
			})
		},
	}
}
