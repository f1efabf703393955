//go:build tools

// Package tools pins the program that `make setup` builds from this module.
package tools

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
