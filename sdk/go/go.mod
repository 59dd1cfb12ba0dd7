module github.com/plimsoll-dev/plimsoll/sdk/go

go 1.24
