/** Claims as Boundary's filters find them: slashes in a name are no levels. */
const claimAt = (claim: string): string => `"/token/${claim.replace(/~/g, '~0').replace(/\//g, '~1')}"`;

/** A text as filters take it. In quotes it may hold none, and with a slash first it is taken for a place. */
const textOf = (value: string): string => (/^\/|"/.test(value) ? `\`${value}\`` : JSON.stringify(value));

/** The filter for people whose claim is this. */
export const isCalled = (name: string, claim: string): string => `${claimAt(claim)} == ${textOf(name)}`;

/** The filter for people whose claim lists this. */
export const isListed = (name: string, claim: string): string => `${textOf(name)} in ${claimAt(claim)}`;
