#!/usr/bin/env bash
# What `kubectl apply --server-side` sends is JSON, and the API server reads it as YAML: not every text gets through.
#
# Versions: sigs.k8s.io/yaml 1.6.0, with Go's encoding/json of 1.26; seen at a Kubernetes 1.34 API server, too.
# Seen:     2026-11-29.
# Expected: JSON is read as JSON: the patch has the type application/apply-patch+yaml, and YAML 1.2 takes any JSON.
# Behaviour: Go's encoder escapes control characters below U+0020 only, and this reader is of YAML 1.1. It takes U+0085 in
#   a quoted text for a line end, and folds it to a space: another text is stored, without an error. U+007F, U+0080 and
#   the other C1 control characters, U+FFFE and U+FFFF are refused ("control characters are not allowed"). The same
#   object goes through a plain `kubectl create`, which the server reads as JSON.
# Output seen:
#| U+0009: the same text
#| U+0085: "a b"
#| U+2028: the same text
#| U+007F: yaml: control characters are not allowed
#| U+0080: yaml: control characters are not allowed
#| U+FEFF: the same text
#| U+FFFE: yaml: control characters are not allowed
# Instead:  keep such signs out of names, annotations, variables and data; in `binaryData` and Secrets' `data` they are
#   base64 and arrive.
#
# Needs Go 1.24 or later and the network.
set -euo pipefail
command -v go > /dev/null || { echo 'needs go'; exit 1; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
sed -n 's/^#| //p' "$0" > "$folder/expected" # the output above is what a run is compared with
cd "$folder"

cat > main.go <<'GO'
package main

import (
	"encoding/json"
	"fmt"

	"sigs.k8s.io/yaml"
)

func main() {
	for _, sign := range []rune{0x09, 0x85, 0x2028, 0x7f, 0x80, 0xfeff, 0xfffe} {
		text := "a" + string(sign) + "b"
		sent, _ := json.Marshal(map[string]string{"key": text})
		var read map[string]string
		err := yaml.Unmarshal(sent, &read)
		switch {
		case err != nil:
			message := err.Error()
			fmt.Printf("U+%04X: %s\n", sign, message[len(message)-len("yaml: control characters are not allowed"):])
		case read["key"] == text:
			fmt.Printf("U+%04X: the same text\n", sign)
		default:
			fmt.Printf("U+%04X: %q\n", sign, read["key"])
		}
	}
}
GO
go mod init finding > log 2>&1
go get sigs.k8s.io/yaml@v1.6.0 >> log 2>&1 || { cat log; exit 1; }
go run . > seen

if diff expected seen; then echo 'same as seen'; else echo 'not what was seen'; exit 1; fi
