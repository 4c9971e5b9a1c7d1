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
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"satchel/store/audit"
	"satchel/store/fact"
	"satchel/store/files"
	"satchel/store/identity"
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
	h, err := o.open(ctx, nil, false)
	if err != nil {
		return err
	}
	return errors.Join(work(h), h.Close())
}

// open opens the area here. A real area whose people are not named does not
// serve (R3), and its first team, which carries their names, is not made.
func (o *operator) open(ctx context.Context, log *slog.Logger, serve bool) (*hub.Hub, error) {
	s, err := readSettings(o.data)
	if err != nil {
		return nil, err
	}
	cfg, err := s.config(o.data)
	if err != nil {
		return nil, err
	}
	area, err := hub.OpenArea(o.data, time.Now())
	if err != nil {
		return nil, err
	}
	if err := s.complete(o.data, area.Certificate.Value.Demo); err != nil {
		if serve {
			return nil, err
		}
		cfg.Cohort = hub.CohortSpec{}
	}
	cfg.Log = log
	return hub.Open(ctx, cfg)
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
			if _, err := identity.ParseCategory(category); err != nil {
				return fmt.Errorf("%w --category: %w", errFlag, err)
			}
			if err := absent(o.data, settingsFile); err != nil {
				return err
			}
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

// absent refuses a file that is there, so that init leaves all or nothing. A
// folder that holds an area is refused by its keys.
func absent(dir, name string) error {
	path := filepath.Join(dir, name)
	switch _, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("making an area: %w", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "area")); err == nil {
		return fmt.Errorf("making an area in %s: %w", dir, hub.ErrAreaExists)
	}
	return fmt.Errorf("making an area: %s is there already. Nothing was changed; move it away, or name another folder with --data", path)
}

// writeNew writes a file of the data folder.
func writeNew(dir, name, text string) error {
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
			h, err := o.open(cmd.Context(), logger(cmd.ErrOrStderr(), json), true)
			if err != nil {
				return err
			}
			if err = h.Run(cmd.Context()); errors.Is(err, context.Canceled) {
				err = nil // stopped, as it was asked to
			}
			return errors.Join(err, h.Close())
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

// reasons are what --reason may say.
var reasons = []string{
	string(fact.Withdrawn), string(fact.Erased), string(fact.WrongPatient), string(fact.Objection), string(fact.ReleaseEnded),
}

func withdrawCommand(o *operator) *cobra.Command {
	var w hub.WithdrawOrder
	c := &cobra.Command{
		Use:   "withdraw (--nhs NUMBER | --document NAME)",
		Short: "End one person's records on every device, before anything else is sent",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			w.By = o.name()
			if !slices.Contains(reasons, w.Reason) {
				return fmt.Errorf("%w --reason: it is not one of %s", errFlag, strings.Join(reasons, ", "))
			}
			return o.orders(cmd.Context(), func(h hub.Orders) error {
				done, err := h.WithdrawPerson(cmd.Context(), w)
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "withdrawn from %s; %s will be told before anything else is sent\n", count(done.Cohorts, "team"), count(done.Devices, "device"))
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

// count writes a number of things: 1 team, 2 teams.
func count[N int | int64 | uint64](n N, thing string) string {
	switch {
	case n == 1:
		return "1 " + thing
	case strings.HasSuffix(thing, "y"):
		return fmt.Sprintf("%d %sies", n, strings.TrimSuffix(thing, "y"))
	}
	return fmt.Sprintf("%d %ss", n, thing)
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
	return group("audit", "Check the log", &cobra.Command{
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
}

func printAudit(w io.Writer, r hub.AuditReport) {
	fmt.Fprintf(w, "log: %s, root %s\n", count(r.Entries, "entry"), r.Root)
	for _, d := range r.Devices {
		fmt.Fprintf(w, "%s  %-20s %s to number %d, complete\n", d.Device, d.Name, count(d.Entries, "entry"), d.UpTo)
	}
	for _, k := range r.Kinds {
		fmt.Fprintf(w, "  %-18s %d\n", k.Kind, k.Count)
		if k.Kind != string(audit.KindOrder) {
			continue
		}
		for _, o := range r.Orders {
			fmt.Fprintf(w, "    %-31s %d\n", o.Words, o.Count)
		}
	}
	for _, f := range r.Faults {
		fmt.Fprintf(w, "FAULT: %s\n", f)
	}
	if len(r.Faults) == 0 {
		fmt.Fprintf(w, "verified: %s, no gap, no fork, no changed byte\n", count(r.Entries, "entry"))
	}
}

// errBackupPlace says that a backup cannot go where it was told.
var errBackupPlace = errors.New("saving a backup")

// free tells whether a backup can go to path: in a folder that is there, over
// no file. The hub that writes it refuses to overwrite too.
func free(path string) error {
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return fmt.Errorf("%w: there is no folder %s", errBackupPlace, filepath.Dir(path))
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %s is there already and was left as it is", errBackupPlace, path)
	}
	return nil
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
			if err := free(path); err != nil {
				return err
			}
			return o.orders(cmd.Context(), func(h hub.Orders) error {
				r, err := h.SaveBackup(cmd.Context(), hub.BackupOrder{File: path, By: o.name()})
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "saved %s, %s, sha256 %s\nIt holds the hub's keys: keep it as you keep them.\n", count(r.Files, "file"), count(r.Bytes, "byte"), r.SHA256)
				return nil
			})
		},
	}
}
