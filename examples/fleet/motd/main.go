// Prints the message of the day. It lists languages, and reads none.
package main

import (
	"fmt"
	"os"
	"strings"

	"example.com/acme/textkit"
	"example.com/acme/textkit/tag"
)

func main() {
	message := textkit.Title(strings.Join(os.Args[1:], " "))
	fmt.Println(message, tag.Known())
}
