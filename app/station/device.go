package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"

	"satchel/store"
	"satchel/store/identity"
	"satchel/sync/device"
)

type flags struct {
	data    string
	demo    bool
	verbose bool
}

func (f *flags) config() (store.Config, error) {
	dir := f.data
	if dir == "" {
		var err error
		if dir, err = device.DefaultFolder(); err != nil {
			return store.Config{}, err
		}
	}
	return store.Config{Dir: dir, Demo: f.demo, Log: f.logger()}, nil
}

func (f *flags) logger() *slog.Logger {
	if !f.verbose {
		return nil
	}
	return slog.New(slog.NewTextHandler(os.Stderr, nil))
}

// open opens the vault and runs what wants it. The vault is closed after.
func (f *flags) open(ctx context.Context, work func(*store.Vault) error) error {
	cfg, err := f.config()
	if err != nil {
		return err
	}
	v, err := store.Open(ctx, cfg)
	if err != nil {
		return err
	}
	return errors.Join(work(v), v.Close())
}

// device makes the device role of an open vault.
func (f *flags) device(v *store.Vault) (*device.Device, error) {
	cfg, err := f.config()
	if err != nil {
		return nil, err
	}
	address, err := device.Address(cfg.Dir)
	if err != nil {
		return nil, err
	}
	return device.New(device.Config{Vault: v, Address: address, Log: cfg.Log})
}

func enrolCommand(f *flags) *cobra.Command {
	var kind, name, person, role, passphrase string
	c := &cobra.Command{
		Use:   "enrol CODE",
		Short: "Enrol this machine under a one-time code from the hub",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			setup, err := f.setup(args[0], kind, name)
			if err != nil {
				return err
			}
			if setup.Kind == identity.Laptop {
				if setup.First, err = firstPerson(person, role, passphrase); err != nil {
					return err
				}
				defer clear(setup.First.Passphrase)
			}
			v, err := device.Begin(cmd.Context(), setup)
			if v == nil {
				return err
			}
			defer v.Close() // everything it took is durable already
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "enrolled %s as %s with %s\n", v.Name(), v.Device(), v.Certificate().Value.Name)
			fmt.Fprintf(cmd.OutOrStdout(), "words: %s\n", identity.Words("device", v.Keys().Public()))
			return nil
		},
	}
	c.Flags().StringVar(&kind, "kind", string(identity.Box), "laptop or box")
	c.Flags().StringVar(&name, "name", "", "the device's name in the admin's list (default: the machine's)")
	c.Flags().StringVar(&person, "person", "", "laptop: the first person's name")
	c.Flags().StringVar(&role, "role", string(identity.DistrictNurse), "laptop: the first person's role")
	c.Flags().StringVar(&passphrase, "passphrase-file", "", "laptop: a file whose first line is the first person's passphrase")
	return c
}

func (f *flags) setup(code, kind, name string) (device.Setup, error) {
	cfg, err := f.config()
	if err != nil {
		return device.Setup{}, err
	}
	parsed, err := identity.ParseEnrolmentCode(code)
	if err != nil {
		return device.Setup{}, err
	}
	k, err := identity.ParseKind(kind)
	if err != nil {
		return device.Setup{}, err
	}
	if name == "" {
		if name, err = os.Hostname(); err != nil {
			return device.Setup{}, fmt.Errorf("naming the device: %w", err)
		}
	}
	return device.Setup{Store: cfg, Code: parsed, Name: name, Kind: k}, nil
}

func firstPerson(name, role, passphraseFile string) (*store.FirstPerson, error) {
	if name == "" || passphraseFile == "" {
		return nil, errors.New("a laptop needs its first person: --person and --passphrase-file")
	}
	r, err := identity.ParseRole(role)
	if err != nil {
		return nil, err
	}
	pass, err := readPassphrase(passphraseFile)
	if err != nil {
		return nil, err
	}
	return &store.FirstPerson{Name: name, Role: r, Passphrase: pass}, nil
}

// readPassphrase takes the first line of a file, or of standard input for "-".
func readPassphrase(file string) ([]byte, error) {
	var (
		b   []byte
		err error
	)
	if file == "-" {
		b = make([]byte, 4096)
		var n int
		n, err = os.Stdin.Read(b)
		b = b[:n]
	} else {
		b, err = os.ReadFile(file)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the passphrase: %w", err)
	}
	line, _, _ := bytes.Cut(b, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	if len(line) == 0 {
		return nil, errors.New("the passphrase file is empty")
	}
	return line, nil
}

func runCommand(f *flags) *cobra.Command {
	return &cobra.Command{
		Use:   "run",
		Short: "Keep this machine in step with the hub until stopped",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.open(cmd.Context(), func(v *store.Vault) error {
				d, err := f.device(v)
				if err != nil {
					return err
				}
				d.OnStatus(narrator(cmd.OutOrStdout()))
				return d.Run(cmd.Context())
			})
		},
	}
}

func syncCommand(f *flags) *cobra.Command {
	var limit time.Duration
	c := &cobra.Command{
		Use:   "sync",
		Short: "Meet the hub once, take what is new, send what is owed",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := context.WithTimeout(cmd.Context(), limit)
			defer stop()
			return f.open(ctx, func(v *store.Vault) error {
				d, err := f.device(v)
				if err != nil {
					return err
				}
				s, err := d.SyncOnce(ctx)
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "received %d records, sent %d entries\n", s.Progress.Received, s.Progress.Sent)
				printWaiting(cmd.OutOrStdout(), s.Waiting)
				return nil
			})
		},
	}
	c.Flags().DurationVar(&limit, "timeout", 5*time.Minute, "give up after this long")
	return c
}
