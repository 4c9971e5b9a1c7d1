package hub

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"satchel/store/identity"
	"satchel/store/seal"
)

// ErrNotRunning says that no hub process answers in that data folder.
var ErrNotRunning = errors.New("no hub is running in that data folder")

// socketFile is a socket in the hub's data folder, mode 0600: whoever may read
// the hub's keys may give it orders, and nobody else.
const socketFile = "orders.sock"

// longestOrder bounds an order's body: the largest is a few lines of JSON.
const longestOrder = 64 << 10

// orderNames maps a path to what it does; one table for both ends.
const (
	pathCode     = "/code"
	pathDevices  = "/devices"
	pathRevoke   = "/revoke"
	pathWithdraw = "/withdraw"
	pathVerify   = "/verify"
	pathState    = "/state"
	pathBackup   = "/backup"
)

// wireErrors are the errors that keep their identity over the socket.
var wireErrors = map[string]error{
	"no-person": ErrNoPerson, "already": ErrAlready, "no-device": ErrNoDevice, "config": ErrConfig,
	"not-nhs-number": identity.ErrNotNHSNumber,
	"no-user":        ErrNoUser, "user-ended": ErrUserEnded, "user-order": ErrUserOrder, "not-laptop": ErrNotLaptop, "device-out": ErrDeviceOut,
	"recovery-text": seal.ErrRecoveryText, "recovery-request": seal.ErrRecoveryRequest,
}

type failure struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// answerOrders serves orders on the socket until the context ends.
func (h *Hub) answerOrders(ctx context.Context) error {
	path := filepath.Join(h.cfg.Data, socketFile)
	// The ledger's lock says that no other hub has this folder, so what is
	// here was left behind by one that was killed.
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("opening the orders socket: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return fmt.Errorf("opening the orders socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return errors.Join(fmt.Errorf("opening the orders socket: %w", err), l.Close())
	}
	s := &http.Server{Handler: orderHandler(h), ReadHeaderTimeout: 5 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ended)
		// An order under way hears that the hub ends, and is waited for: the
		// ledger is closed once this has returned.
		if s.Shutdown(context.Background()) != nil {
			_ = s.Close()
		}
	})
	err = s.Serve(l)
	if !stop() {
		<-ended
	}
	if !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving orders: %w", err)
	}
	return nil
}

func orderHandler(o Orders) http.Handler {
	mux := http.NewServeMux()
	on(mux, pathCode, o.IssueCode)
	on(mux, pathDevices, func(ctx context.Context, _ struct{}) ([]DeviceLine, error) { return o.ListDevices(ctx) })
	on(mux, pathRevoke, func(ctx context.Context, r RevokeOrder) (struct{}, error) {
		return struct{}{}, o.RevokeDevice(ctx, r)
	})
	on(mux, pathWithdraw, o.WithdrawPerson)
	on(mux, pathVerify, func(ctx context.Context, _ struct{}) (AuditReport, error) { return o.VerifyAudit(ctx) })
	on(mux, pathState, func(ctx context.Context, _ struct{}) (State, error) { return o.State(ctx) })
	on(mux, pathBackup, o.SaveBackup)
	onPeople(mux, o)
	return mux
}

func on[Q, A any](mux *http.ServeMux, path string, do func(context.Context, Q) (A, error)) {
	mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
		var q Q
		dec := json.NewDecoder(io.LimitReader(r.Body, longestOrder))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&q); err != nil {
			refuse(w, http.StatusBadRequest, failure{Code: "config", Text: "the order could not be read"})
			return
		}
		a, err := do(r.Context(), q)
		if err != nil {
			refuse(w, http.StatusConflict, failure{Code: codeOf(err), Text: err.Error()})
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(a) // the other side is gone if this fails
	})
}

func refuse(w http.ResponseWriter, status int, f failure) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(f) // the other side is gone if this fails
}

func codeOf(err error) string {
	for code, known := range wireErrors {
		if errors.Is(err, known) {
			return code
		}
	}
	return "other"
}

// Remote gives orders to the hub that runs in a data folder.
type Remote struct{ client *http.Client }

var _ Orders = (*Remote)(nil)

// Reach connects to the hub that runs in dir; ErrNotRunning where none does.
func Reach(ctx context.Context, dir string) (*Remote, error) {
	path := filepath.Join(dir, socketFile)
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}
	c, err := dial(ctx, "", "")
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrNotRunning, dir)
	}
	if err := c.Close(); err != nil {
		return nil, fmt.Errorf("reaching the hub: %w", err)
	}
	return &Remote{client: &http.Client{Transport: &http.Transport{DialContext: dial}}}, nil
}

func call[A, Q any](ctx context.Context, r *Remote, path string, q Q) (A, error) {
	var a A
	body, err := json.Marshal(q)
	if err != nil {
		return a, fmt.Errorf("giving an order: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://hub"+path, bytes.NewReader(body))
	if err != nil {
		return a, fmt.Errorf("giving an order: %w", err)
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return a, fmt.Errorf("giving an order: %w", err)
	}
	defer resp.Body.Close() // read to its end or not needed any more
	if resp.StatusCode != http.StatusOK {
		var f failure
		if err := json.NewDecoder(io.LimitReader(resp.Body, longestOrder)).Decode(&f); err != nil {
			return a, fmt.Errorf("giving an order: the hub answered %s", resp.Status)
		}
		return a, remoteError(f)
	}
	if err := json.NewDecoder(resp.Body).Decode(&a); err != nil {
		return a, fmt.Errorf("reading the hub's answer: %w", err)
	}
	return a, nil
}

// refusedError is an error of the other process that keeps its words and, for
// the known ones, its identity.
type refusedError struct {
	text string
	is   error
}

func (e *refusedError) Error() string { return e.text }
func (e *refusedError) Unwrap() error { return e.is }

func remoteError(f failure) error { return &refusedError{text: f.Text, is: wireErrors[f.Code]} }

// IssueCode asks for an enrolment code.
func (r *Remote) IssueCode(ctx context.Context, o CodeOrder) (IssuedCode, error) {
	return call[IssuedCode](ctx, r, pathCode, o)
}

// ListDevices lists the devices.
func (r *Remote) ListDevices(ctx context.Context) ([]DeviceLine, error) {
	return call[[]DeviceLine](ctx, r, pathDevices, struct{}{})
}

// RevokeDevice puts a device out.
func (r *Remote) RevokeDevice(ctx context.Context, o RevokeOrder) error {
	_, err := call[struct{}](ctx, r, pathRevoke, o)
	return err
}

// WithdrawPerson ends a person's records.
func (r *Remote) WithdrawPerson(ctx context.Context, o WithdrawOrder) (Withdrawal, error) {
	return call[Withdrawal](ctx, r, pathWithdraw, o)
}

// VerifyAudit checks the whole log.
func (r *Remote) VerifyAudit(ctx context.Context) (AuditReport, error) {
	return call[AuditReport](ctx, r, pathVerify, struct{}{})
}

// State asks how the hub stands.
func (r *Remote) State(ctx context.Context) (State, error) {
	return call[State](ctx, r, pathState, struct{}{})
}

// SaveBackup asks for a copy of what cannot be rebuilt.
func (r *Remote) SaveBackup(ctx context.Context, o BackupOrder) (BackupReport, error) {
	return call[BackupReport](ctx, r, pathBackup, o)
}
