import * as z from 'zod';
import { BACKEND_TYPES } from '../backends';
import * as f from '../formats';

const scalar = z.union([z.string(), z.number(), z.boolean()], { error: 'must be text, a number, true or false' });
const flat = z.union([scalar, z.array(scalar), z.record(z.string(), scalar)]);
// What is right for which backend, its rules say.
const argument = z.union([scalar, z.array(scalar), z.record(z.string(), flat)], {
  error: 'must be text, a number, true or false, a list or a map of them',
});

export const terraform = z.strictObject({
  backend: z
    .strictObject({
      type: z.enum(BACKEND_TYPES).default('local').describe('Where Terraform keeps its state'),
      config: z
        .record(z.string(), argument)
        .default({})
        .describe(
          "The backend's arguments, as Terraform names them, without secrets; each stack's name goes into the place of its state",
        ),
    })
    .prefault({})
    .describe("Terraform's state"),
  kubeContext: f.nonEmpty
    .optional()
    .describe('Context of the kubeconfig, for Terraform and sandboxctl (absent: the current one)'),
  releasePrefix: f.releasePrefix
    .default('agent-sandbox')
    .describe("What names of Helm releases begin with, each platform's in a cluster its own; a deployed one keeps it"),
  releaseNamespace: f.dnsLabel
    .default('kube-system')
    .describe(
      "Namespace of Helm's records, not one of the platform's, made where it is missing; a deployed platform keeps it",
    ),
  providerSource: f.providerSource
    .default('registry.terraform.io/hashicorp')
    .describe('Registry and namespace of the providers'),
});
