module acme.example/labels

go 1.24

require github.com/plimsoll-dev/plimsoll/sdk/go v0.0.0

// In a repository of its own, the package lies in a folder of it: `plimsoll plugin new --language go` puts it there.
replace github.com/plimsoll-dev/plimsoll/sdk/go => ../../../sdk/go
