module example.com/acme/language-api

go 1.21

require example.com/acme/textkit v1.4.0
