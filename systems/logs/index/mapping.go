package index

import (
	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/keyword"
	blevedoc "github.com/blevesearch/bleve/v2/document"
	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/numeric"
	"github.com/blevesearch/bleve/v2/registry"
	bleveindex "github.com/blevesearch/bleve_index_api"

	"github.com/trivet-go/trivet/systems/logs/event"
)

// Names of fields that are ours. A field of a log with such a name gets an
// underscore after it.
const (
	lineField   = "line"   // the words of the whole line
	timeField   = "at"     // microseconds since 1970, to sort and count by
	formatField = "format" // of the line
	otherField  = "other"  // name=value of fields with too rare a name
)

const (
	// maxNames is how many names of fields an index knows: each costs memory in
	// every part of it, and logs that use data as names have any number.
	maxNames = 1000

	// maxValue is how long a value may be, in bytes, to be found as a whole, and
	// its name. The words of longer ones are found, as are those of all others.
	maxValue = 80
)

const (
	lineOptions    = bleveindex.IndexField | bleveindex.StoreField
	keywordOptions = bleveindex.IndexField | bleveindex.SkipFreqNorm
)

const wordAnalyzer = "words of a log line"

func init() {
	registry.RegisterAnalyzer(wordAnalyzer, func(map[string]any, *registry.Cache) (analysis.Analyzer, error) {
		return &analysis.DefaultAnalyzer{Tokenizer: words{}}, nil
	})
}

// newMapping tells how queries are understood. Documents are made without it,
// see document.
func newMapping() (*mapping.IndexMappingImpl, error) {
	m := bleve.NewIndexMapping()
	m.DefaultField = lineField
	m.DefaultAnalyzer = keyword.Name
	m.ScoringModel = bleveindex.BM25Scoring
	line := bleve.NewTextFieldMapping()
	line.Analyzer = wordAnalyzer
	m.DefaultMapping.AddFieldMappingsAt(lineField, line)
	return m, m.Validate()
}

// whole makes one term of a value.
type whole struct{}

func (whole) Analyze(value []byte) analysis.TokenStream {
	return analysis.TokenStream{{Term: value, End: len(value), Position: 1, Type: analysis.AlphaNumeric}}
}

// document makes what the library indexes of an event.
func (x *Index) document(s *shard, e *event.Event) *blevedoc.Document {
	d := blevedoc.NewDocument(e.ID.String())
	d.AddField(blevedoc.NewTextFieldCustom(lineField, nil, e.Line, lineOptions, &analysis.DefaultAnalyzer{Tokenizer: words{&s.words}}))
	d.AddField(keywordField(formatField, []byte(e.Format)))
	if !e.Time.IsZero() {
		// A numeric field would be sixteen terms, for ranges. One is enough here.
		// (Values that are not compressed, an option of the library, come out wrong.)
		coded := numeric.MustNewPrefixCodedInt64(e.Time.UnixMicro(), 0)
		d.AddField(blevedoc.NewTextFieldCustom(timeField, nil, coded, keywordOptions|bleveindex.DocValues, whole{}))
	}
	for _, f := range e.Fields {
		if len(f.Value) == 0 || len(f.Value) > maxValue || len(f.Name) > maxValue {
			continue
		}
		if name := x.names.in(f.Name); name != "" {
			d.AddField(keywordField(name, f.Value))
		} else {
			d.AddField(keywordField(otherField, append([]byte(f.Name+"="), f.Value...)))
		}
	}
	return d
}

func keywordField(name string, value []byte) *blevedoc.TextField {
	return blevedoc.NewTextFieldCustom(name, nil, value, keywordOptions, whole{})
}
