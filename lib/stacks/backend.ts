import { TerraformBackend, type TerraformRemoteState, type TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';

type Attributes = Readonly<Record<string, unknown>>;

/** Arguments that are blocks; every other one with keys of its own is a map. */
const BLOCKS = ['workspaces', 'exec'];

/** Where a stack's state is. CDKTF has no class for `kubernetes`, and its others write no valid HCL for all arguments. */
export class Backend extends TerraformBackend {
  constructor(
    stack: TerraformStack,
    private readonly type: string,
    private readonly attributes: Attributes,
  ) {
    super(stack, 'backend', type);
  }

  override toTerraform(): unknown {
    return { terraform: this.place(this.attributes) };
  }

  override toHclTerraform(): unknown {
    const typed = Object.entries(this.attributes).map(([key, value]) => [key, hclArgument(key, value)]);
    return { terraform: this.place(Object.fromEntries(typed)) };
  }

  override getRemoteStateDataSource(_scope: Construct, _name: string, fromStack: string): TerraformRemoteState {
    throw new Error(`no stack reads the state of another one, got "${fromStack}": hand facts to both`);
  }

  private place(attributes: Attributes): Attributes {
    return this.type === 'cloud' ? { cloud: attributes } : { backend: { [this.type]: attributes } };
  }
}

/** A value with what CDKTF needs to know to write it: it guesses otherwise, and takes `"123"` for a number. */
function hclArgument(key: string, value: unknown): unknown {
  if (typeof value === 'string') return { value, type: 'simple', storageClassType: 'string' };
  if (Array.isArray(value) && value.every((item) => typeof item === 'string'))
    return { value, type: 'list', storageClassType: 'stringList' };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  if (!BLOCKS.includes(key)) return { value, type: 'map', storageClassType: 'anyMap' };
  const inner = Object.entries(value).map(([name, item]) => [name, hclArgument(name, item)]);
  return { value: Object.fromEntries(inner), isBlock: true, type: 'struct' };
}
