#!/usr/bin/env bash
# CDKTF's HCL output leaves out what a stack's escape hatch says, without a word; its JSON output has it all.
#
# Versions: cdktf 0.21.0 (the last) and its continuation cdktn 0.24.0 (newest on the day), both with constructs 10.7.2.
# Seen:     2026-11-29, Node.js 20.20. Both libraries give the same.
# Expected: `cdktf synth --hcl` (that is SYNTH_HCL_OUTPUT=true) writes the stack that `cdktf synth` writes as JSON.
# Behaviour: of eight overrides by `TerraformStack.addOverride`, JSON has eight. In HCL seven are missing: whole blocks
#   (`moved`, `removed`, `import`, `check`, `locals`, an output) and the changed value of an output that a construct
#   made. The eighth, `terraform.required_version`, becomes an attribute `0` that holds the argument's name, which
#   Terraform refuses. Exit status 0, no warning; the overrides stay listed in metadata.json. Without its `moved` block
#   a plan replaces the resource, and without `removed` one destroys what was only to be forgotten.
# Output seen:
#| == JSON
#| check {"one":{"assert":{"condition":"${true}","error_message":"no"}}}
#| import [{"id":"known","to":"terraform_data.new"}]
#| locals {"colour":"green"}
#| moved [{"from":"terraform_data.old","to":"terraform_data.new"}]
#| output {"added":{"value":"by the override"},"made":{"value":"by the override"}}
#| removed [{"from":"terraform_data.left","lifecycle":{"destroy":false}}]
#| terraform {"backend":{"local":{"path":"terraform.tfstate"}},"required_version":">= 1.7"}
#| == HCL
#| terraform {
#| required_providers {
#| }
#| backend "local" {
#| path = "terraform.tfstate"
#| }
#|   0 = "required_version"
#| }
#| resource "terraform_data" "new" {
#| }
#| output "made" {
#| value = "by the construct"
#| }
# Instead:  methods of constructs reach HCL (`importFrom`, `moveFromId`, `TerraformLocal`, `TerraformOutput`); write any
#   other block to a `.tf.json` file of your own beside cdk.tf, and compare JSON and HCL block by block.
#
# Needs Node.js 20 with npm, and the network.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
sed -n 's/^#| //p' "$0" > "$folder/expected" # the output above is what a run is compared with
cd "$folder"
echo '{ "private": true }' > package.json
npm install --loglevel=error --no-audit --no-fund --ignore-scripts cdktf@0.21.0 cdktn@0.24.0 constructs@10.7.2 > npm.log

cat > stack.js <<'JS'
const [library, outdir] = process.argv.slice(2);
const { App, LocalBackend, TerraformOutput, TerraformResource, TerraformStack } = require(library);
const app = new App({ outdir });
const stack = new TerraformStack(app, 'demo');
new LocalBackend(stack, { path: 'terraform.tfstate' });
new TerraformResource(stack, 'new', { terraformResourceType: 'terraform_data' });
new TerraformOutput(stack, 'made', { value: 'by the construct' });
stack.addOverride('output.made.value', 'by the override');
stack.addOverride('output.added', { value: 'by the override' });
stack.addOverride('moved', [{ from: 'terraform_data.old', to: 'terraform_data.new' }]);
stack.addOverride('removed', [{ from: 'terraform_data.left', lifecycle: { destroy: false } }]);
stack.addOverride('import', [{ to: 'terraform_data.new', id: 'known' }]);
stack.addOverride('check.one', { assert: { condition: '${true}', error_message: 'no' } });
stack.addOverride('locals.colour', 'green');
stack.addOverride('terraform.required_version', '>= 1.7');
app.synth();
JS

# Prints the JSON's blocks but for resources and metadata, then the HCL without empty lines.
synthesise() {
  SYNTH_HCL_OUTPUT=false node stack.js "$1" "$1-json"
  SYNTH_HCL_OUTPUT=true node stack.js "$1" "$1-hcl"
  echo '== JSON'
  node -p "Object.entries(require('./$1-json/stacks/demo/cdk.tf.json'))
    .filter(([block]) => !['//', 'resource'].includes(block))
    .map(([block, content]) => block + ' ' + JSON.stringify(content)).join('\n')"
  echo '== HCL'
  grep -v '^ *$' "$1-hcl/stacks/demo/cdk.tf"
}

for library in cdktf cdktn; do
  synthesise "$library" > seen
  diff expected seen || { echo "$library: not what was seen on 2026-11-29"; exit 1; }
done
echo 'same as seen'
