// The program that Boundary starts for keys in Vault's transit engine.
package main

import (
	"fmt"
	"os"

	plugin "github.com/hashicorp/go-kms-wrapping/plugin/v2"
	"github.com/hashicorp/go-kms-wrapping/wrappers/transit/v2"
)

func main() {
	if err := plugin.ServePlugin(transit.NewWrapper()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
