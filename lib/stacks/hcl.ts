import { HelmProvider } from '@cdktf/provider-helm/lib/provider';
import { TerraformElement, type TerraformStack } from 'cdktf';
import { mapTexts } from './literal';

/** Helm's provider with its connection as the map that version 3 asks for: its class writes a block into HCL. */
export class HelmConnection extends HelmProvider {
  protected override synthesizeHclAttributes(): Record<string, unknown> {
    const { kubernetes } = this.synthesizeAttributes();
    return { ...super.synthesizeHclAttributes(), kubernetes };
  }
}

/** CDKTF's HCL keeps backslashes as they are and ends longer texts with a line of its own: texts are escaped before. */
export function escapeForHcl(stack: TerraformStack): void {
  for (const element of stack.node.findAll()) {
    if (!TerraformElement.isTerraformElement(element)) continue;
    const render = element.toHclTerraform.bind(element);
    element.toHclTerraform = () => withBlocks(mapTexts(render(), escaped, escaped));
  }
}

/** What is asked before a resource is made is a block each; CDKTF's HCL has it as an argument, which Terraform refuses. */
// biome-ignore lint/suspicious/noExplicitAny: CDKTF's rendering of any element
function withBlocks(rendered: any): any {
  const blocks = (value: unknown[]) => ({ isBlock: true, type: 'list', value });
  for (const resource of Object.values(rendered.resource ?? {}).flatMap((named) => Object.values(named as object))) {
    const { precondition, ...others } = resource.lifecycle ?? {};
    if (precondition) resource.lifecycle = blocks([{ ...others, precondition: blocks(precondition) }]);
  }
  return rendered;
}

/** What holds an expression is written as it stands. */
const escaped = (text: string): string => (/(?<!\$)\$\{/.test(text) ? text : JSON.stringify(text).slice(1, -1));
