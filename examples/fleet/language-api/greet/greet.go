package greet

import (
	"fmt"
	"net/http"

	"example.com/acme/textkit/tag"
)

var words = map[string]string{"de": "Hallo", "en": "Hello", "fr": "Bonjour"}

// Greeter greets in the language that a request asks for.
type Greeter struct {
	matcher tag.Matcher
}

// New knows three languages.
func New() *Greeter {
	return &Greeter{matcher: tag.NewMatcher(tag.Known()...)}
}

func (g *Greeter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	language := g.matcher.Match(r.Header.Get("Accept-Language"))
	fmt.Fprintln(w, words[language.Base()])
}
