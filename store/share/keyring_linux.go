package share

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	ss "github.com/zalando/go-keyring/secret_service"
)

// propertyLocked is of the Secret Service's interface, version 0.2.
const propertyLocked = "org.freedesktop.Secret.Collection.Locked"

var errNoBus = errors.New("there is no D-Bus session")

// mayAsk looks whether go-keyring can work without showing a dialogue: it would
// start a bus of its own where there is none, and ask a person for the password
// of a collection that is locked. It takes the collection that go-keyring takes.
func mayAsk() error {
	if !haveBus() {
		return errNoBus
	}
	svc, err := ss.NewSecretService()
	if err != nil {
		return err
	}
	locked, err := svc.GetLoginCollection().GetProperty(propertyLocked)
	if err != nil {
		return fmt.Errorf("looking for the default collection: %w", err)
	}
	if is, ok := locked.Value().(bool); !ok || is {
		return errLocked
	}
	return nil
}

func haveBus() bool {
	switch os.Getenv("DBUS_SESSION_BUS_ADDRESS") {
	case "", "autolaunch:":
		_, err := os.Stat("/run/user/" + strconv.Itoa(os.Getuid()) + "/bus")
		return err == nil
	}
	return true
}
