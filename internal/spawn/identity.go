package spawn

import "context"

// groupContext is the context of a group's tasks: it knows the group, so that
// a nested call can tell where it runs.
type groupContext struct {
	context.Context
	group *Group
}

type groupKey struct{}

func (c *groupContext) Value(key any) any {
	if key == (groupKey{}) {
		return c.group
	}
	return c.Context.Value(key)
}

// From returns the innermost group whose task ctx belongs to, or nil.
func From(ctx context.Context) *Group {
	g, _ := ctx.Value(groupKey{}).(*Group)
	return g
}

// Detach returns a context with the values of ctx that is never done and
// belongs to no group.
func Detach(ctx context.Context) context.Context {
	if From(ctx) == nil {
		return context.WithoutCancel(ctx)
	}
	return &groupContext{Context: context.WithoutCancel(ctx)}
}

// Inside reports whether ctx belongs to a task of g, or to a task of a group
// inside one. Such a task must not wait for g: it would wait for itself.
func (g *Group) Inside(ctx context.Context) bool {
	inner := From(ctx)
	for inner != nil && inner != g {
		inner = inner.parent
	}
	return inner != nil
}
