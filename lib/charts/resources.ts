import type { Resources } from '../../constructs';

/** Adds ephemeral storage, which the configuration leaves to the platform. */
export function withDisk({ requests, limits }: Resources, request: string, limit: string): Resources {
  return {
    requests: { ...requests, 'ephemeral-storage': request },
    limits: { ...limits, 'ephemeral-storage': limit },
  };
}
