package index

import (
	"maps"

	"github.com/trivet-go/trivet/state/lockfree"
)

// names are the names of fields so far, as they are in logs and in the index.
// They are looked up for every field of every line, and hardly ever change.
type names struct {
	snapshot lockfree.Snapshot[map[string]string]
}

// in returns the name in the index, or "" if there are too many names already.
func (n *names) in(name string) string {
	if known, ok := (*n.snapshot.Load())[name]; ok {
		return known
	}
	all := n.snapshot.Update(func(all map[string]string) map[string]string {
		if _, ok := all[name]; ok || len(all) >= maxNames {
			return all
		}
		grown := make(map[string]string, len(all)+1)
		maps.Copy(grown, all)
		switch name {
		case "", lineField, timeField, formatField, otherField, "_id", "_all":
			grown[name] = name + "_"
		default:
			grown[name] = name
		}
		return grown
	})
	return (*all)[name]
}
