package index

import (
	"fmt"
	"slices"
	"strings"

	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/query"
)

// fieldsIn returns the names of the fields that a query asks for.
func (x *Index) fieldsIn(q query.Query) []string {
	set, err := query.ExtractFields(q, x.mapping, nil)
	if err != nil {
		return nil // of a kind of query that has none
	}
	fields := make([]string, 0, len(set))
	for name := range set {
		fields = append(fields, name)
	}
	slices.Sort(fields)
	return fields
}

// notes tell which of the fields that were asked for no line has: a name that is
// misspelt finds nothing, as a value does that is rare.
func (x *Index) notes(asked []string) (notes []string) {
	known := []string{lineField, timeField, formatField, otherField}
	for _, name := range *x.names.snapshot.Load() {
		known = append(known, name)
	}
	slices.Sort(known)
	for _, name := range asked {
		if strings.HasPrefix(name, "_") || slices.Contains(known, name) {
			continue
		}
		notes = append(notes, fmt.Sprintf("no line has a field %s with a value of up to %d bytes; %s", name, maxValue, hint(name, known)))
	}
	return notes
}

// hint says what else a name may mean.
func hint(name string, known []string) string {
	if near := nearest(name, known); near != "" {
		return "did you mean " + near + "?"
	}
	if len(known) >= maxNames {
		return fmt.Sprintf(`there are too many names: try other:"%s=value"`, name)
	}
	const some = 20
	list := strings.Join(known[:min(len(known), some)], ", ")
	if len(known) > some {
		list += fmt.Sprintf(" and %d more", len(known)-some)
	}
	return "there are " + list
}

// nearest is the name that was most likely meant, or "" when none is near.
func nearest(wrong string, names []string) string {
	best, distance := "", 3 // what differs more is something else
	for _, name := range names {
		if strings.EqualFold(wrong, name) {
			return name
		}
		if d := search.LevenshteinDistance(wrong, name); d < distance && d < min(len(wrong), len(name)) {
			best, distance = name, d
		}
	}
	return best
}
