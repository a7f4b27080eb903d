package generate

import "fmt"

var methods = []string{"POST", "POST", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"}

var users = []string{"alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy"}

var agents = []string{
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
	"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
	"Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
	"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
	"Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
	"Mozilla/5.0 (compatible; ExampleBot/2.1; +https://bot.example/about)",
	"curl/8.11.0",
	"Go-http-client/2.0",
	"kube-probe/1.31",
}

var (
	places = []string{"shop", "blog", "help", "account", "api", "static", "images", "search"}
	things = []string{
		"anchor", "basket", "candle", "door", "engine", "feather", "garden", "hammer", "island", "jacket",
		"kettle", "ladder", "mirror", "needle", "orange", "pencil", "quilt", "rocket", "saddle", "table",
		"umbrella", "violin", "window", "yarn", "zipper",
	}
	kinds = []string{"red", "blue", "small", "large", "wooden", "steel", "old", "new", "cheap", "fine"}
)

// path is where page number n is.
func path(n uint64) string {
	if n == 0 {
		return "/"
	}
	place := places[n%uint64(len(places))]
	thing := things[n/8%uint64(len(things))]
	kind := kinds[n/200%uint64(len(kinds))]
	if n < 2000 {
		return fmt.Sprintf("/%s/%s-%s", place, kind, thing)
	}
	return fmt.Sprintf("/%s/%s-%s/%d", place, kind, thing, n/2000)
}

// address is where visitor number n comes from.
func address(n uint64) string {
	h := (n + 1) * 0x9e3779b97f4a7c15
	return fmt.Sprintf("%d.%d.%d.%d", 1+h>>56%223, h>>48&0xff, h>>40&0xff, h>>32&0xff)
}
