module example.com/acme/motd

go 1.21

require example.com/acme/textkit v1.4.0
