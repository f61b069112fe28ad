/** What the claims of an environment are called before its own name, in each layout; that which stands for all first. */
export const CLAIMS = {
  threeClaims: ['workspace', 'bash-history', 'claude-config'],
  oneClaim: ['environment'],
} as const;
