package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"satchel/store"
	"satchel/store/identity"
	"satchel/store/share"
	"satchel/sync/device"
)

type flags struct {
	data    string
	demo    bool
	verbose bool
	share   string
	tpm     string // demonstrations only
}

func (f *flags) config() (store.Config, error) {
	dir := f.data
	if dir == "" {
		var err error
		if dir, err = device.DefaultFolder(); err != nil {
			return store.Config{}, err
		}
	}
	kind, err := share.ParseKind(f.share)
	if err != nil {
		return store.Config{}, fmt.Errorf("%w --share: %w", errFlag, err)
	}
	if f.tpm != "" && !f.demo {
		return store.Config{}, fmt.Errorf("%w --tpm-socket: it is for demonstrations (--demo)", errFlag)
	}
	return store.Config{Dir: dir, Demo: f.demo, Log: f.logger(), ShareKind: kind, TPMSocket: f.tpm}, nil
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
		return fmt.Errorf("data folder %s: %w", cfg.Dir, err)
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

// minPassphrase is the least number of characters in a new passphrase, as on
// the desktop.
const minPassphrase = 12

var (
	// errFlag says that a flag's value is of no use.
	errFlag = errors.New("reading")
	// errPassphrase says that no passphrase could be had, or not this one.
	errPassphrase = errors.New("reading the passphrase")
	// errOtherKind says that an interrupted enrolment was for another kind of
	// device than this one.
	errOtherKind = errors.New("enrolment was begun there as")
)

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
			_, fresh := os.Stat(filepath.Join(setup.Store.Dir, "keys"))
			v, err := device.Begin(cmd.Context(), setup)
			if v == nil {
				return err
			}
			defer v.Close() // everything it took is durable already
			if v.Kind() != setup.Kind {
				return fmt.Errorf("%w a %s: %s", errOtherKind, v.Kind(), setup.Store.Dir)
			}
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "enrolled %s as %s with %s\n", v.Name(), v.Device(), v.Certificate().Value.Name)
			fmt.Fprintf(cmd.OutOrStdout(), "words: %s\n", identity.Words("device", v.Keys().Public()))
			if people := v.People(); fresh == nil && len(people) > 0 {
				// An enrolment that was cut short is taken up with its keys.
				fmt.Fprintf(cmd.OutOrStdout(), "begun earlier: %s's passphrase is the one given then\n", people[0].Name)
			}
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
		return device.Setup{}, fmt.Errorf("%w --kind: %w", errFlag, err)
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
		return nil, fmt.Errorf("%w the flags: a laptop needs its first person: --person and --passphrase-file", errFlag)
	}
	r, err := identity.ParseRole(role)
	if err != nil {
		return nil, fmt.Errorf("%w --role: %w", errFlag, err)
	}
	pass, err := readPassphrase(passphraseFile)
	if err != nil {
		return nil, err
	}
	if n := utf8.RuneCount(pass); n < minPassphrase {
		clear(pass)
		return nil, fmt.Errorf("%w: it has %s, at least %d are due", errPassphrase, count(n, "character"), minPassphrase)
	}
	return &store.FirstPerson{Name: name, Role: r, Passphrase: pass}, nil
}

// readPassphrase takes the first line of a file, or of standard input for "-".
func readPassphrase(file string) ([]byte, error) {
	in := os.Stdin
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errPassphrase, err)
		}
		defer f.Close() // it was only read
		in = f
	}
	line, err := bufio.NewReader(io.LimitReader(in, longestPassphrase)).ReadBytes('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: %w", errPassphrase, err)
	}
	line = bytes.TrimRight(line, "\r\n")
	if len(line) == 0 {
		return nil, fmt.Errorf("%w: its first line is empty", errPassphrase)
	}
	return line, nil
}

// longestPassphrase bounds what is read: far beyond what anybody types.
const longestPassphrase = 4096

func runCommand(f *flags) *cobra.Command {
	return &cobra.Command{
		Use:   "run",
		Short: "Keep this machine in step with the hub until stopped",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			err := f.open(cmd.Context(), func(v *store.Vault) error {
				d, err := f.device(v)
				if err != nil {
					return err
				}
				d.OnStatus(narrator(cmd.OutOrStdout()))
				return stopped(d.Run(cmd.Context()))
			})
			return stopped(err)
		},
	}
}

// stopped takes it for success that a command which runs until it is stopped
// was stopped.
func stopped(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
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
				fmt.Fprintf(cmd.OutOrStdout(), "received %s, sent %s\n", count(s.Progress.Received, "record"), count(s.Progress.Sent, "entry"))
				printWaiting(cmd.OutOrStdout(), s.Waiting)
				return nil
			})
		},
	}
	c.Flags().DurationVar(&limit, "timeout", 5*time.Minute, "give up after this long")
	return c
}
