package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"satchel/store/seal"
	"satchel/sync/hub"
)

var (
	// errRequest says that no request could be read from where it was
	// looked for.
	errRequest = errors.New("reading the recovery request")
	// errUnconfirmed says that nobody answered for who the person is.
	errUnconfirmed = errors.New("the person's identity was not confirmed")
	// errAnswerPlace says that an answer cannot go where it was told.
	errAnswerPlace = errors.New("writing the answer")
)

// recovery is one run of device recover.
type recovery struct {
	file, picture, keyFile, out, qr string
	yes                             bool
	in                              *bufio.Reader
	print, ask                      io.Writer
}

func recoverCommand(o *operator) *cobra.Command {
	var r recovery
	c := &cobra.Command{
		Use:   "recover [--file FILE | --picture FILE]",
		Short: "Answer a person who has lost their way into a laptop",
		Long: "Reads the request that the laptop shows (from a file, from a picture of its QR code, or as it is\n" +
			"typed), shows who asks and on which laptop, and after you have checked that it is that person,\n" +
			"prints the answer to type or scan there. Needs the organisation's recovery key, which belongs\n" +
			"offline: bring it on a stick. The hub may serve meanwhile; the key never reaches it. The answer is\n" +
			"given only once the log holds that it was.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r.in, r.print, r.ask = bufio.NewReader(cmd.InOrStdin()), cmd.OutOrStdout(), cmd.ErrOrStderr()
			if r.keyFile == "" {
				r.keyFile = hub.RecoveryKeyFile(o.data)
			}
			text, err := r.request()
			if err != nil {
				return err
			}
			return o.orders(cmd.Context(), func(h hub.Orders) error { return r.answer(cmd, o, h, text) })
		},
	}
	c.Flags().StringVar(&r.file, "file", "", "a file with the request's text (default: typed, or from standard input)")
	c.Flags().StringVar(&r.picture, "picture", "", "a PNG or JPEG picture of the request's QR code")
	c.Flags().StringVar(&r.keyFile, "recovery-key", "", "the recovery key's file (default: area/recovery.key in the data folder)")
	c.Flags().StringVar(&r.out, "out", "", "write the answer's text to this new file")
	c.Flags().StringVar(&r.qr, "qr", "", "write the answer as a QR code to this new PNG file")
	c.Flags().BoolVar(&r.yes, "yes", false, "you have checked the person's identity; do not ask")
	c.MarkFlagsMutuallyExclusive("file", "picture")
	return c
}

// answer looks, asks, enters, and only then gives the answer.
func (r *recovery) answer(cmd *cobra.Command, o *operator, h hub.Orders, text string) error {
	request, err := seal.ParseRecoveryRequest(text)
	if err != nil {
		return err
	}
	who, err := h.LookAtRecovery(cmd.Context(), hub.RecoveryOrder{Request: text, By: o.name()})
	if err != nil {
		return err
	}
	answer, err := hub.AnswerRecovery(o.data, r.keyFile, request)
	if err != nil {
		return err
	}
	for _, path := range []string{r.out, r.qr} {
		if err := vacant(path); err != nil {
			return err
		}
	}
	if err := r.confirm(who); err != nil {
		return err
	}
	if _, err := h.EnterRecovery(cmd.Context(), hub.RecoveryOrder{Request: text, By: o.name()}); err != nil {
		return err
	}
	return r.give(answer.Text())
}

// maxRequest bounds what is read of a request: a request is a tenth of it.
const maxRequest = 8 << 10

// request reads the request's text: to its end from a file, and as far as it is
// complete from what is typed.
func (r *recovery) request() (string, error) {
	switch {
	case r.picture != "":
		return readQR(r.picture)
	case r.file != "":
		f, err := os.Open(r.file)
		if err != nil {
			return "", fmt.Errorf("%w: %w", errRequest, err)
		}
		defer f.Close() // it was only read
		raw, err := io.ReadAll(io.LimitReader(f, maxRequest))
		if err != nil {
			return "", fmt.Errorf("%w: %w", errRequest, err)
		}
		return string(raw), nil
	}
	fmt.Fprintln(r.ask, "Type the request as the laptop shows it, then an empty line:")
	var text strings.Builder
	for text.Len() < maxRequest {
		line, err := r.in.ReadString('\n')
		text.WriteString(line)
		if _, bad := seal.ParseRecoveryRequest(text.String()); bad == nil {
			break // complete
		}
		if errors.Is(err, io.EOF) || err == nil && strings.TrimSpace(line) == "" && text.Len() > len(line) {
			break
		}
		if err != nil {
			return "", fmt.Errorf("%w: %w", errRequest, err)
		}
	}
	return text.String(), nil
}

// confirm shows who asks, and has the admin answer for it.
func (r *recovery) confirm(who hub.RecoverySubject) error {
	fmt.Fprintf(r.ask, "person:  %s, %s, %s\n", who.Name, who.Role, who.State)
	if who.Staff != "" {
		fmt.Fprintf(r.ask, "staff:   %s\n", who.Staff)
	}
	fmt.Fprintf(r.ask, "laptop:  %s (%s)\nwords:   %s\n", who.DeviceName, who.Device, who.Words)
	if r.yes {
		return nil
	}
	fmt.Fprintf(r.ask, "Have you checked that the person who asks is %s? Type yes: ", who.Name)
	line, err := r.in.ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: %w", errUnconfirmed, err)
	}
	if !strings.EqualFold(strings.TrimSpace(line), "yes") {
		return errUnconfirmed
	}
	return nil
}

// give writes the answer where it was asked for.
func (r *recovery) give(text string) error {
	if r.qr != "" {
		png, err := drawQR(text)
		if err == nil {
			err = writeVacant(r.qr, png)
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(r.print, "QR code written to %s\n", r.qr)
	}
	if r.out != "" {
		if err := writeVacant(r.out, []byte(text)); err != nil {
			return err
		}
		_, err := fmt.Fprintf(r.print, "answer written to %s\n", r.out)
		return err
	}
	_, err := io.WriteString(r.print, text)
	return err
}

// vacant tells whether a new file can be made at path. Empty: none is due.
func vacant(path string) error {
	if path == "" {
		return nil
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %s is there already and was left as it is", errAnswerPlace, path)
	}
	return nil
}

func writeVacant(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("%w: %w", errAnswerPlace, err)
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("%w: %w", errAnswerPlace, err)
	}
	return nil
}

func turnKeysCommand(o *operator) *cobra.Command {
	var t hub.TurnOrder
	c := &cobra.Command{
		Use:   "turn-keys DEVICE",
		Short: "Have a device turn its keys, after a loss report",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			t.Device, t.By = args[0], o.name()
			return o.orders(cmd.Context(), func(h hub.Orders) error {
				if err := h.TurnKeys(cmd.Context(), t); err != nil {
					return err
				}
				fmt.Fprintln(cmd.OutOrStdout(), "ordered: when it hears of it, an older copy of its folder no longer opens its keys; revoke it if it may be in the wrong hands")
				return nil
			})
		},
	}
	c.Flags().StringVar(&t.Reason, "reason", "loss-report", "a short code for the log")
	return c
}
