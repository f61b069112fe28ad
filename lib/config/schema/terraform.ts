import { z } from 'zod';
import * as f from '../formats';

const scalar = z.union([z.string(), z.number(), z.boolean()], { error: 'must be text, a number, true or false' });
const block = z.union([scalar, z.array(scalar), z.record(f.backendKey, scalar)], {
  error: 'must be text, a number, true or false, a list or a map of them',
});

export const terraform = z.strictObject({
  backend: z
    .strictObject({
      type: z
        .enum(['local', 'kubernetes', 's3', 'remote', 'cloud'])
        .default('local')
        .describe('Where Terraform keeps its state'),
      config: z
        .record(f.backendKey, block)
        .default({})
        .describe("The backend's arguments, as Terraform names them; secrets are refused"),
    })
    .prefault({})
    .describe("Terraform's state"),
  kubeContext: f.nonEmpty.optional().describe('Context of the kubeconfig (absent: the current one)'),
  providerSource: f.providerSource
    .default('registry.terraform.io/hashicorp')
    .describe('Registry and namespace of the providers'),
});
