package parse

import (
	"strconv"
	"time"
)

// timeNames are the fields that are taken for the time of a line, in small
// letters.
var timeNames = map[string]bool{
	"time": true, "ts": true, "timestamp": true, "@timestamp": true, "date": true, "datetime": true, "t": true,
	"__realtime_timestamp": true, // of systemd's journal
}

var layouts = []string{
	time.RFC3339Nano,
	"2006-01-02 15:04:05.999999999Z07:00",
	"2006-01-02T15:04:05.999999999",
	"2006-01-02 15:04:05.999999999",
	"2006-01-02 15:04:05,999",
	"02/Jan/2006:15:04:05 -0700",
	time.RFC1123Z,
	time.RFC1123,
	time.UnixDate,
	time.ANSIC,
}

// parseTime understands the usual layouts, and seconds, milliseconds,
// microseconds or nanoseconds since 1970. A time without a zone is in UTC.
func parseTime(value []byte) (time.Time, bool) {
	s := string(value)
	if n, err := strconv.ParseFloat(s, 64); err == nil {
		switch {
		case !(n >= 1e8 && n <= 4e18): // before 1973, or no time at all, such as NaN
			return time.Time{}, false
		case n < 1e11:
			return time.UnixMicro(int64(n * 1e6)).UTC(), true
		case n < 1e14:
			return time.UnixMicro(int64(n * 1e3)).UTC(), true
		case n < 1e17:
			return time.UnixMicro(int64(n)).UTC(), true
		default:
			return time.Unix(0, int64(n)).UTC(), true
		}
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
