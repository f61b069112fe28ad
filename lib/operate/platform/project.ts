import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { platformFiles } from '../../config/files';
import type { KubeObject } from '../cluster/kubectl';
import { Failure } from '../failure';
import { lastLines, run } from '../run';

/** Objects of a platform that belong together: a chart, or several of one name. */
export interface Part {
  readonly name: string;
  readonly files: readonly string[];
  readonly objects: readonly KubeObject[];
  /** Whether its objects are of kinds that an operator brings. */
  readonly needsOperator: boolean;
}

/** What Terraform carries out by itself. */
export interface Stack {
  readonly name: string;
  readonly folder: string;
  /** Stacks that have to stand before, all of them. */
  readonly dependencies: readonly string[];
}

const FILE = /^\d+-(?<name>.+?)(-\d{3})?\.k8s\.yaml$/;

/** The part that a file of manifests is of. */
export const partOf = (path: string): string => FILE.exec(path.split('/').at(-1) ?? '')?.groups?.name ?? path;

/** Names of the charts that carry a part's files, which are also those of their releases in Terraform. */
export const chartsOf = ({ files }: Part): string[] =>
  files.flatMap((file) => /\d+-(.*)\.k8s\.yaml$/.exec(file)?.[1] ?? []);

export interface ProjectOptions {
  /** File with the settings, in the place of the last one that would be read. */
  readonly settings?: string;
  /** Folder that both outputs are written to. @default - the platform's own */
  readonly out?: string;
}

/** A folder with a platform's program, and what that wrote. */
export class Project {
  constructor(
    private readonly folder: string,
    private readonly options: ProjectOptions = {},
  ) {}

  /** Objects that the program of a folder makes now. What it wrote stays as it is: a deploy may be reading that. */
  static async objectsOf(folder: string): Promise<KubeObject[]> {
    const out = mkdtempSync(join(tmpdir(), 'project-'));
    try {
      const project = new Project(folder, { out });
      await project.synth();
      return project.parts().flatMap(({ objects }) => objects);
    } finally {
      rmSync(out, { recursive: true });
    }
  }

  /** Writes both outputs anew. @returns its notes @throws Failure - with its errors, a line each */
  async synth(): Promise<string[]> {
    const file = join(this.folder, 'cdktf.json');
    if (!existsSync(file)) throw new Failure(`${this.folder} holds no cdktf.json: run this where platform.yaml is`);
    const { app } = JSON.parse(readFileSync(file, 'utf8'));
    const { settings, out } = this.options;
    const { exitCode, stderr } = await run('sh', ['-c', app], {
      cwd: this.folder,
      env: {
        CDK8S_OUTDIR: out && join(out, 'dist'),
        CDKTF_OUTDIR: out && join(out, 'cdktf.out'),
        ...(settings && {
          PLATFORM_FILE: [...platformFiles({ cwd: this.folder, env: process.env }).slice(0, -1), settings].join(','),
        }),
      },
    });
    if (exitCode !== 0)
      throw new Failure(
        stderr
          .split('\n')
          .filter((line) => line.startsWith('error: '))
          .join('\n') || lastLines(stderr, 10),
      );
    return stderr.split('\n').filter((line) => line.startsWith('note: '));
  }

  /** The manifests, in the order of their files. */
  parts(): Part[] {
    const dist = join(this.options.out ?? this.folder, 'dist');
    const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.k8s.yaml'));
    const byName = new Map<string, Part>();
    for (const path of files.sort()) {
      const name = partOf(path);
      const before = byName.get(name);
      const objects = parseAllDocuments(readFileSync(join(dist, path), 'utf8')).map((document) => document.toJS());
      byName.set(name, {
        name,
        files: [...(before?.files ?? []), join(dist, path)],
        objects: [...(before?.objects ?? []), ...objects],
        needsOperator: path.includes('/'),
      });
    }
    return [...byName.values()];
  }

  /** The stacks, each after those that it depends on. */
  stacks(): Stack[] {
    const out = join(this.options.out ?? this.folder, 'cdktf.out');
    const { stacks } = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'));
    const all = Object.values<{ name: string; dependencies: string[]; workingDirectory: string }>(stacks).map(
      ({ name, dependencies, workingDirectory }) => ({ name, dependencies, folder: join(out, workingDirectory) }),
    );
    // What comes between two stacks may be left out, and the one still has to stand before the other.
    const before = (name: string): string[] => [
      ...new Set(
        (all.find((stack) => stack.name === name)?.dependencies ?? []).flatMap((other) => [...before(other), other]),
      ),
    ];
    return all
      .map((stack) => ({ ...stack, dependencies: before(stack.name) }))
      .sort((a, b) => a.dependencies.length - b.dependencies.length);
  }
}
