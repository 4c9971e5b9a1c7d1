package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"satchel/store"
	"satchel/store/share"
)

// rebindCommand moves the device share. --share says where to; it is not what
// the folder is opened with.
func rebindCommand(f *flags) *cobra.Command {
	return &cobra.Command{
		Use:   "rebind",
		Short: "Move this machine's device share to where --share says",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			to, err := share.ParseKind(f.share)
			if err != nil {
				return fmt.Errorf("%w --share: %w", errFlag, err)
			}
			f.share = string(share.Best)
			return f.open(cmd.Context(), func(v *store.Vault) error {
				from := v.Binding()
				if err := v.Rebind(cmd.Context(), to); err != nil {
					return err
				}
				if v.Binding() == from {
					fmt.Fprintf(cmd.OutOrStdout(), "binding: %s, as before\n", from)
					return nil
				}
				fmt.Fprintf(cmd.OutOrStdout(), "binding: %s, before that %s\n", v.Binding(), from)
				return nil
			})
		},
	}
}
