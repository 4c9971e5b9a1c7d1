package hub

import (
	"context"
	"net/http"
)

// The paths of the orders about people; one table for both ends.
const (
	pathUserAdd       = "/user/add"
	pathUserTrain     = "/user/train"
	pathUserEnd       = "/user/end"
	pathUsers         = "/users"
	pathRecoveryLook  = "/recovery/look"
	pathRecoveryEnter = "/recovery/enter"
	pathTurn          = "/turn-keys"
)

func onPeople(mux *http.ServeMux, o PeopleOrders) {
	on(mux, pathUserAdd, o.AddUser)
	on(mux, pathUserTrain, o.TrainUser)
	on(mux, pathUserEnd, o.EndUser)
	on(mux, pathUsers, func(ctx context.Context, _ struct{}) ([]UserLine, error) { return o.ListUsers(ctx) })
	on(mux, pathRecoveryLook, o.LookAtRecovery)
	on(mux, pathRecoveryEnter, o.EnterRecovery)
	on(mux, pathTurn, func(ctx context.Context, t TurnOrder) (struct{}, error) { return struct{}{}, o.TurnKeys(ctx, t) })
}

// AddUser makes a person known, or gives a known one further places.
func (r *Remote) AddUser(ctx context.Context, o UserOrder) (AddedUser, error) {
	return call[AddedUser](ctx, r, pathUserAdd, o)
}

// TrainUser renews a person's credential.
func (r *Remote) TrainUser(ctx context.Context, o TrainOrder) (ChangedUser, error) {
	return call[ChangedUser](ctx, r, pathUserTrain, o)
}

// EndUser ends a person's places.
func (r *Remote) EndUser(ctx context.Context, o EndOrder) (ChangedUser, error) {
	return call[ChangedUser](ctx, r, pathUserEnd, o)
}

// ListUsers lists everybody the hub knows.
func (r *Remote) ListUsers(ctx context.Context) ([]UserLine, error) {
	return call[[]UserLine](ctx, r, pathUsers, struct{}{})
}

// LookAtRecovery tells who a request is from.
func (r *Remote) LookAtRecovery(ctx context.Context, o RecoveryOrder) (RecoverySubject, error) {
	return call[RecoverySubject](ctx, r, pathRecoveryLook, o)
}

// EnterRecovery enters in the log that a request is answered.
func (r *Remote) EnterRecovery(ctx context.Context, o RecoveryOrder) (RecoverySubject, error) {
	return call[RecoverySubject](ctx, r, pathRecoveryEnter, o)
}

// TurnKeys orders a device to turn its keys.
func (r *Remote) TurnKeys(ctx context.Context, o TurnOrder) error {
	_, err := call[struct{}](ctx, r, pathTurn, o)
	return err
}
