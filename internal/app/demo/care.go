package demo

import "context"

func (m *maker) counsels(ctx context.Context, s *story) error {
	return m.move(ctx, s, s.owner, "SCREENING")
}

func (m *maker) screens(ctx context.Context, s *story) error {
	return m.move(ctx, s, s.owner, "ELIGIBILITY")
}

func (m *maker) examines(ctx context.Context, s *story) error {
	return m.move(ctx, s, s.owner, "MOVEMENT")
}

func (m *maker) sleeps(ctx context.Context, s *story) error { return nil }
func (m *maker) leaves(ctx context.Context, s *story) error { return nil }
func (m *maker) centre(ctx context.Context) error           { return nil }
