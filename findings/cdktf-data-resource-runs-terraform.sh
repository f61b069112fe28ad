#!/usr/bin/env bash
# CDKTF's class for terraform_data starts the program `terraform` while it synthesizes; without one there is no output.
#
# Versions: cdktf 0.21.0 (the last) and its continuation cdktn 0.24.0, both with constructs 10.7.2.
# Seen:     2026-11-29, Node.js 20.20.
# Expected: a synth is a computation of Node.js alone, as with every other class; Terraform comes at plan and apply.
# Behaviour: each DataResource has a validation that runs `terraform version`, once for every one of them in a synth.
#   Where there is no such program, `app.synth()` throws "Validation failed"; the very same block by TerraformResource is
#   written. On a machine that has Terraform nobody notices, save by the time that it takes.
# Output seen:
#| cdktf, TerraformResource: written
#| cdktf, DataResource without terraform: not written
#| cdktf, DataResource with terraform: written, it was asked for: version
#| cdktn, TerraformResource: written
#| cdktn, DataResource without terraform: not written
#| cdktn, DataResource with terraform: written, it was asked for: version
# Instead:  a class of your own on TerraformResource with `terraformResourceType: 'terraform_data'`, or synthesize with
#   `skipValidation`, which leaves out all other checks, too.
#
# Needs Node.js 20 with npm, and the network for npm only.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
sed -n 's/^#| //p' "$0" > "$folder/expected" # the output above is what a run is compared with
cd "$folder"
echo '{ "private": true }' > package.json
npm install --loglevel=error --no-audit --no-fund --ignore-scripts cdktf@0.21.0 cdktn@0.24.0 constructs@10.7.2 > npm.log

cat > synth.js <<'JS'
const [library, kind, outdir] = process.argv.slice(2);
const { App, DataResource, LocalBackend, TerraformResource, TerraformStack } = require(library);
const app = new App({ outdir });
const stack = new TerraformStack(app, 'one');
new LocalBackend(stack, { path: 'terraform.tfstate' });
if (kind === 'DataResource') new DataResource(stack, 'data', {});
else new TerraformResource(stack, 'data', { terraformResourceType: 'terraform_data' });
app.synth();
JS

# A folder of programs with Node.js and sh alone, and one where `terraform` notes what it is asked.
mkdir bare noting
for name in node sh; do ln -s "$(command -v "$name")" "bare/$name"; done
cat > noting/terraform <<SH
#!$(command -v sh)
echo "\$*" >> "$folder/asked"
echo 'Terraform v1.11.4'
SH
chmod +x noting/terraform

# Prints whether a synth under a PATH writes its stack.
try() {
  local library=$1 kind=$2 path=$3 name=$4
  rm -rf out asked
  env -i HOME="$folder" PATH="$path" CHECKPOINT_DISABLE=1 node synth.js "$library" "$kind" out > log 2>&1 || true
  printf '%s, %s: ' "$library" "$name"
  if [ -s out/stacks/one/cdk.tf.json ]; then printf 'written'; else printf 'not written'; fi
  if [ -s asked ]; then printf ', it was asked for: %s' "$(sort -u asked | paste -sd' ')"; fi
  echo
}

for library in cdktf cdktn; do
  try "$library" TerraformResource "$folder/bare" TerraformResource
  try "$library" DataResource "$folder/bare" 'DataResource without terraform'
  try "$library" DataResource "$folder/noting:$folder/bare" 'DataResource with terraform'
done > seen

if diff expected seen; then echo 'same as seen'; else echo 'not what was seen'; exit 1; fi
