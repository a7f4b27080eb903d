package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/trivet-go/trivet/systems/logs/page"
)

func TestAsk(t *testing.T) {
	queries := map[string]int{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		queries[r.FormValue("q")]++
		json.NewEncoder(w).Encode(page.Found{Total: 1, Hits: []page.Hit{{Text: "10.0.0.1 - -"}}})
	}))
	defer s.Close()
	if err := (&server{s.URL, "time"}).measure(t.Context(), 3, 1); err != nil {
		t.Fatal(err)
	}
	if queries["ip:10.0.0.1"] != 3 || queries["status:500"] != 3 {
		t.Errorf("asked %v", queries)
	}
}

func TestAskTellsWhatIsWrong(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()
	for want, n := range map[string]int{"must be positive": 0, "404": 1} {
		if err := (&server{s.URL, "time"}).measure(t.Context(), n, 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("n %d: %v", n, err)
		}
	}
}
