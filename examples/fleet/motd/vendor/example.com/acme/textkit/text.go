// Package textkit formats short texts for people.
package textkit

import "strings"

// Title gives each word a capital.
func Title(text string) string {
	words := strings.Fields(text)
	for i, word := range words {
		words[i] = strings.ToUpper(word[:1]) + word[1:]
	}
	return strings.Join(words, " ")
}
