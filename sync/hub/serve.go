package hub

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"

	"satchel/store/identity"
	"satchel/sync/link"
	"satchel/sync/replica"
	"satchel/sync/wire"
)

// serve answers devices and orders until the context ends.
func (h *Hub) serve(ctx context.Context) error {
	l, err := net.Listen("tcp", h.cfg.Listen)
	if err != nil {
		return fmt.Errorf("listening for devices on %s: %w", h.cfg.Listen, err)
	}
	h.mu.Lock()
	h.address = l.Addr().String()
	h.mu.Unlock()
	h.log.Info("answering devices", "address", l.Addr().String(), "demonstration", h.Demo())
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var (
		work sync.WaitGroup
		errs [2]error
	)
	work.Go(func() {
		defer stop()
		errs[0] = link.Serve(ctx, l, link.ServerConfig{
			Key: h.area.sign, Member: h.knows, Enrol: true, Log: h.log,
		}, h.converse)
	})
	work.Go(func() {
		defer stop()
		errs[1] = h.answerOrders(ctx)
	})
	work.Wait()
	return errors.Join(errs[:]...)
}

// knows admits a device that was ever enlisted: a revoked one may still send
// what it owes, and learns that it is revoked.
func (h *Hub) knows(peer ed25519.PublicKey) error {
	members, err := h.ledger.Members(context.Background())
	if err != nil {
		return wire.ErrFault
	}
	if _, ok := members.Ever(identity.DeviceIDOf(peer)); !ok {
		return wire.ErrNotMember
	}
	return nil
}

// converse is the whole of one connection.
func (h *Hub) converse(ctx context.Context, c *link.Conn) {
	if c.Enrolling() {
		h.admit(ctx, c)
		return
	}
	session := &replica.Hub{
		Ledger: h.ledger, Device: c.PeerDevice(), Incarnation: h.area.Certificate.Value.Incarnation,
		Rewrap: h.rewrap, Now: h.cfg.Now, Log: h.log, Seen: h.sawDevice,
	}
	err := session.Serve(ctx, c)
	if err != nil && ctx.Err() == nil && !errors.Is(err, io.EOF) {
		h.log.Info("a session ended", "device", c.PeerDevice(), "why", err)
	}
}

func (h *Hub) sawDevice(s replica.Seen) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.seen[s.Device] = s
}

// admit answers one newcomer: who the hub is, then the request under a code.
func (h *Hub) admit(ctx context.Context, c *link.Conn) {
	if err := h.introduce(ctx, c); err != nil && !errors.Is(err, io.EOF) {
		h.log.Info("an enrolment came to nothing", "from", c.RemoteAddr(), "why", err)
		if m, ok := wire.ErrorFor(err); ok && c.Send(m) == nil {
			_ = c.Flush() // the newcomer may be gone
		}
	}
}

func (h *Hub) introduce(ctx context.Context, c *link.Conn) error {
	hello := &wire.HubHello{Version: wire.Version, Certificate: h.area.Certificate.Raw()}
	if err := errors.Join(c.Send(hello), c.Flush()); err != nil {
		return err
	}
	msg, err := c.Recv(ctx)
	if err != nil {
		return err
	}
	r, ok := msg.(*wire.EnrolRequest)
	if !ok || !ed25519.PublicKey(r.Sign).Equal(c.Peer()) {
		return fmt.Errorf("%w: a request for another key than the connection's", wire.ErrProtocol)
	}
	answer, err := h.enrol(ctx, r)
	if err != nil {
		return err
	}
	h.log.Info("a device was enrolled", "device", c.PeerDevice(), "kind", r.Kind)
	if err := errors.Join(c.Send(answer), c.Flush()); err != nil {
		return err
	}
	// The newcomer closes when it has its answer.
	if _, err := c.Recv(ctx); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}
