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
    element.toHclTerraform = () => mapTexts(render(), escaped, escaped);
  }
}

/** What holds an expression is written as it stands. */
const escaped = (text: string): string => (/(?<!\$)\$\{/.test(text) ? text : JSON.stringify(text).slice(1, -1));
