package hunt

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/trivet-go/trivet/why"
	"github.com/trivet-go/trivet/why/demon"
)

// The part of SARIF 2.1.0 (OASIS, 2020) that is written.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool    sarifTool     `json:"tool"`
		Results []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name  string      `json:"name"`
		URI   string      `json:"informationUri"`
		Rules []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID    string    `json:"id"`
		Short sarifText `json:"shortDescription"`
		Help  sarifText `json:"help"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		Rule         string            `json:"ruleId"`
		Level        string            `json:"level"`
		Message      sarifText         `json:"message"`
		Locations    []sarifLocation   `json:"locations,omitempty"`
		Related      []sarifLocation   `json:"relatedLocations,omitempty"`
		Fingerprints map[string]string `json:"partialFingerprints"`
		Suppressions []sarifSuppressed `json:"suppressions,omitempty"`
	}
	sarifLocation struct {
		ID       int           `json:"id,omitempty"`
		Message  *sarifText    `json:"message,omitempty"`
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		Line int `json:"startLine"`
	}
	sarifSuppressed struct {
		Kind   string `json:"kind"`
		Reason string `json:"justification"`
	}
)

// SARIF writes the findings for code scanners. Places below dir are relative.
func (r *Report) SARIF(w io.Writer, dir string) error {
	out := sarifRun{Results: []sarifResult{}}
	out.Tool.Driver = sarifDriver{Name: "trivet demons", URI: "https://github.com/trivet-go/trivet"}
	var named []string
	for _, f := range r.Findings {
		if !slices.Contains(named, f.Rule) {
			named = append(named, f.Rule)
			rule, _ := why.RuleNamed(f.Rule)
			out.Tool.Driver.Rules = append(out.Tool.Driver.Rules, sarifRule{f.Rule, sarifText{rule.Title}, sarifText{rule.Text}})
		}
		out.Results = append(out.Results, sarifOf(f, dir))
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{out}})
}

func sarifOf(f *demon.Finding, dir string) sarifResult {
	res := sarifResult{
		Rule:         f.Rule,
		Level:        map[demon.Grade]string{demon.Seen: "error", demon.Predicted: "warning", demon.Note: "note"}[f.Grade],
		Message:      sarifText{fmt.Sprintf("%s. %s Try: %s. Again: %s", f.Title, f.Why, f.Try, f.Replay)},
		Fingerprints: map[string]string{"trivetIdentity/v1": fmt.Sprintf("%x", sha256.Sum256([]byte(f.Package+" "+Identity(f))))},
	}
	for i, s := range f.Sides {
		if len(s.Stack) == 0 {
			continue
		}
		at := sarifLocation{ID: i + 1, Message: &sarifText{s.Does}}
		at.Physical.Artifact.URI, at.Physical.Region.Line = relative(s.Stack[0].File, dir), max(1, s.Stack[0].Line)
		if res.Locations == nil {
			at.ID = 0
			res.Locations = append(res.Locations, at)
		} else {
			res.Related = append(res.Related, at)
		}
	}
	if f.Known != "" {
		res.Suppressions = []sarifSuppressed{{"external", f.Known}}
	}
	return res
}

func relative(file, dir string) string {
	if rel, err := filepath.Rel(dir, file); err == nil && filepath.IsLocal(rel) {
		file = rel
	}
	return filepath.ToSlash(file)
}
