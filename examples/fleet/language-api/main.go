// The service answers with a greeting in the caller's language.
package main

import (
	"log"
	"net/http"

	"example.com/acme/language-api/greet"
)

func main() {
	http.Handle("/hello", greet.New())
	log.Fatal(http.ListenAndServe(":8080", nil))
}
