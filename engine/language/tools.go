//go:build tools

// Package tools pins the program that `make setup` builds from this module.
package tools

import _ "github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python"
