import { terraform } from './stacks';

/** Types of which nothing can be made twice, by the stacks that have them. */
const ONCE: Readonly<Record<string, readonly string[]>> = {
  vault: ['vault_mount'],
  boundary: [
    'boundary_alias_target',
    'boundary_credential_library_vault',
    'boundary_managed_group',
    'boundary_role',
    'boundary_target',
  ],
};

interface Resource {
  readonly mode: string;
  readonly type: string;
  readonly name: string;
  readonly instances: readonly { readonly attributes: { readonly id: string } }[];
}

async function resourcesOf(stack: string): Promise<Resource[]> {
  const { resources }: { resources: Resource[] } = JSON.parse(await terraform(stack, 'state', 'pull'));
  return resources.filter(({ mode, type }) => mode === 'managed' && ONCE[stack].includes(type));
}

const addressOf = ({ type, name }: Resource): string => `${type}.${name}`;

/** What Terraform knows of these types: ids by addresses. */
export async function known(): Promise<Record<string, string>> {
  const resources = (await Promise.all(Object.keys(ONCE).map(resourcesOf))).flat();
  return Object.fromEntries(resources.map((one) => [addressOf(one), one.instances[0].attributes.id]));
}

/** Has Terraform forget one of each type, as if it had been killed before it noted them. @returns their addresses */
export async function forgetOneOfEach(): Promise<string[]> {
  const forgotten: string[] = [];
  for (const [stack, types] of Object.entries(ONCE)) {
    const resources = await resourcesOf(stack);
    const chosen = types.map((type) => {
      const one = resources.find((resource) => resource.type === type);
      if (!one) throw new Error(`the stack ${stack} has no ${type}`);
      return addressOf(one);
    });
    await terraform(stack, 'state', 'rm', ...chosen);
    forgotten.push(...chosen);
  }
  return forgotten;
}
