// Package tag reads language tags.
package tag

import "strings"

// Tag is one language with its extensions.
type Tag struct {
	parts []string
}

// Matcher chooses a language.
type Matcher interface {
	Match(header string) Tag
}

type listed struct {
	known []string
}

// NewMatcher matches against a list of languages.
func NewMatcher(known ...string) Matcher {
	return &listed{known: known}
}

// Match gives the first language of a header that is known.
func (l *listed) Match(header string) Tag {
	for _, part := range strings.Split(header, ",") {
		tag := parse(part)
		for _, known := range l.known {
			if tag.Base() == known {
				return tag
			}
		}
	}
	return Tag{}
}

// Base is the language without region and extensions.
func (t Tag) Base() string {
	if len(t.parts) == 0 {
		return ""
	}
	return t.parts[0]
}

// Known languages, as they are written.
func Known() []string {
	return []string{"de", "en", "fr"}
}

// parse takes an extension whose length it does not check: the vulnerable function.
func parse(text string) Tag {
	parts := strings.Split(strings.TrimSpace(text), "-")
	for i, part := range parts {
		if len(part) == 1 {
			parts[i] = part + parts[i+1]
		}
	}
	return Tag{parts: parts}
}
