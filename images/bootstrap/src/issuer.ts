import { readFileSync } from 'node:fs';
import type { IssuerAuthority } from '../../../constructs/services/identity-provider';

export type { IssuerAuthority };

/** The only authorities that an issuer's certificate may be of, in PEM; undefined for the public ones. */
export const authorityOf = ({ caFile, ca }: IssuerAuthority): string | undefined =>
  caFile ? readFileSync(caFile, 'utf8') : ca;
