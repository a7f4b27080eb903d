package main

// A suite is the tests of some packages: of the standard library, or of a
// module at a version.
type suite struct {
	name     string
	module   string // module@version; "" for the standard library
	packages []string
}

func std(path string) suite { return suite{name: path, packages: []string{path}} }

func module(path, version string, packages ...string) suite {
	if len(packages) == 0 {
		packages = []string{"./..."}
	}
	return suite{name: path, module: path + "@" + version, packages: packages}
}

var suites = []suite{
	std("sync"), std("sync/atomic"), std("internal/sync"), std("context"), std("time"), std("testing/synctest"),
	std("container/list"), std("io"), std("bufio"), std("bytes"), std("strings"), std("sort"), std("slices"),
	std("errors"), std("log"), std("log/slog"), std("regexp"), std("math/rand"), std("unique"), std("iter"),
	std("encoding/json"), std("encoding/gob"), std("text/template"), std("compress/gzip"), std("archive/zip"),
	std("database/sql"), std("expvar"), std("os/signal"), std("os/exec"), std("net"), std("net/http"),
	std("net/rpc"), std("net/textproto"), std("image/png"), std("go/parser"), std("mime/multipart"),

	module("golang.org/x/sync", "v0.22.0"),
	module("golang.org/x/time", "v0.15.0"),
	module("github.com/hashicorp/golang-lru/v2", "v2.0.7"),
	module("github.com/sourcegraph/conc", "v0.3.0"),
	module("github.com/puzpuzpuz/xsync/v4", "v4.2.0"),
	module("go.uber.org/atomic", "v1.11.0"),
	module("go.uber.org/goleak", "v1.3.0"),
	module("github.com/jackc/puddle/v2", "v2.2.2"),
	module("github.com/cenkalti/backoff/v4", "v4.3.0"),
	module("github.com/patrickmn/go-cache", "v2.1.0+incompatible"),
	module("github.com/google/uuid", "v1.6.0"),
	module("github.com/gorilla/websocket", "v1.5.3"),
}

// expected are the tests that must come out differently, and why.
var expected = map[string]string{
	"os/signal TestSignalTrace (recording)": "starts a trace of its own while one is on",
}
