import { Failure } from '../failure';
import type { Selection } from './selection';

export interface DownArguments {
  /** Folder with the platform. */
  readonly folder: string;
  /** Names of parts; none means all. */
  readonly only: readonly string[];
  /** Whether the files in the environments go as well. */
  readonly deleteWorkspaces: boolean;
  readonly json?: boolean;
}

/** The namespace of the environments that are meant; nothing where none are. */
export const workspacesOf = ({ environments }: Selection): string => environments[0]?.metadata.namespace ?? '';

/** Namespaces of the platform that go with all that is in them. */
export const namespacesOf = ({ deleteWorkspaces }: DownArguments, selection: Selection): string[] =>
  selection.isWhole ? selection.namespaces.filter((name) => deleteWorkspaces || name !== workspacesOf(selection)) : [];

/** @throws Failure - where files are to go with parts that hold none */
export function expectWorkspaces({ deleteWorkspaces, only }: DownArguments, selection: Selection): void {
  if (!deleteWorkspaces || selection.isWhole || workspacesOf(selection)) return;
  throw new Failure(
    `--delete-workspaces means the files in the environments, and ${only.join(', ')} holds none: leave it out, or name environments as well`,
  );
}

/** What environments leave in their namespace, besides the claims with their files. */
export const LEFT =
  'statefulsets,controllerrevisions,services,networkpolicies,configmaps,secrets,serviceaccounts,roles,rolebindings,poddisruptionbudgets,resourcequotas,limitranges';
