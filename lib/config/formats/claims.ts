import { CLAIMS } from '../../../constructs/core/rules/claims';

export type Layout = keyof typeof CLAIMS;
export const LAYOUTS = Object.keys(CLAIMS) as Layout[];

/** All claims of an environment, by what ends their names. */
export const claimsOf = (layout: Layout, rest: string): string[] => CLAIMS[layout].map((name) => `${name}-${rest}`);

const IS_FIRST = new RegExp(`^(${LAYOUTS.map((layout) => CLAIMS[layout][0]).join('|')})-`);

/** What ends the names of claims that belong together. */
export const restOf = (claim: string): string => claim.replace(IS_FIRST, '');
