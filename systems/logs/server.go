package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/trivet-go/trivet/task/scoped"
)

// server is the page on a socket.
type server struct {
	addr   net.Addr
	listen net.Listener
	http   *http.Server
}

func listen(ctx context.Context, addr string, h http.Handler) (*server, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("%w: -addr 127.0.0.1:0 takes any port that is free", err)
	}
	return &server{l.Addr(), l, &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		WriteTimeout:      time.Minute,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    1 << 16,
	}}, nil
}

// run serves until ctx is done, and then lets the requests under way end.
func (s *server) run(ctx context.Context) error {
	s.http.BaseContext = func(net.Listener) context.Context { return ctx }
	return scoped.Run(context.WithoutCancel(ctx), func(g *scoped.Group) error {
		g.Go(func(context.Context) error {
			if err := s.http.Serve(s.listen); !errors.Is(err, http.ErrServerClosed) {
				return err
			}
			return nil
		})
		g.Go(func(group context.Context) error {
			select {
			case <-ctx.Done():
			case <-group.Done():
			}
			grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
			defer cancel()
			return s.http.Shutdown(grace)
		})
		return nil
	})
}
