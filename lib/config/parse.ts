import { type Env, readDotenv } from './dotenv';
import { dotenvLayer, dotenvNotes, environmentLayer, SECRET_KEYS } from './environment';
import { validate } from './issues';
import { type Layer, merge, overlay, type Tree, valueAt, whereIs } from './layers';
import { notesOn } from './notes';
import { resolveParts, TOKENS } from './parts';
import { ConfigError, type Problem } from './problems';
import { PROFILE_DEFAULTS, type Profile } from './profiles';
import { contradictions } from './rules';
import type { PlatformConfig } from './schema';
import type { Path } from './words';
import { readYaml, type TextSource } from './yaml';

export interface LoadedPlatform {
  readonly config: PlatformConfig;
  /** What the user should know and nothing stops, each in a line. */
  readonly notes: readonly string[];
  /** Where a setting got its value, as problems say it; undefined where that is its default. */
  readonly whereOf: (path: Path) => string | undefined;
}

const profileDefaults = ({ profile }: Tree): Tree =>
  typeof profile === 'string' && Object.hasOwn(PROFILE_DEFAULTS, profile) ? PROFILE_DEFAULTS[profile as Profile] : {};

/** Made when there is something to sort: it takes as long as reading a small platform. */
let collator: Intl.Collator | undefined;

/** The first problem of each place and key, in the order of the text. */
const inOrder = (problems: readonly Problem[]) => {
  const first = new Map<string, Problem>();
  for (const problem of problems) {
    const place = `${problem.where} ${problem.key}`;
    if (!first.has(place)) first.set(place, problem);
  }
  collator ??= new Intl.Collator('en', { numeric: true });
  const { compare } = collator;
  return [...first.values()].sort((a, b) => compare(a.where, b.where));
};

const touches = (a: Path, b: Path) => {
  const shared = Math.min(a.length, b.length);
  return a.slice(0, shared).every((part, index) => part === b[index]);
};

/** What came of tokens that are wanted of nobody. */
const tokensNotes = ({ vault }: PlatformConfig, all: Tree, layers: readonly Layer[]) =>
  vault.enabled && !vault.engines.terraform.enabled && valueAt(all, TOKENS) === true
    ? [`${whereIs(layers, TOKENS)}: no token of HCP Terraform is made until TFE_ORG or TFE_TEAM_ID says whose`]
    : [];

/**
 * The platform that these texts describe: environment over .env over files (later over earlier) over the
 * profile's defaults.
 * @throws ConfigError with everything that is wrong
 */
export function parsePlatform(files: readonly TextSource[], env: Env = {}, dotenv?: TextSource): LoadedPlatform {
  const problems: Problem[] = [];
  const report = (problem: Problem) => void problems.push(problem);
  const fileLayers = files.flatMap((file) => readYaml(file, report) ?? []);
  const assignments = readDotenv(dotenv?.text ?? '', env, SECRET_KEYS);
  const keyLayers = [dotenvLayer(assignments, dotenv?.name ?? '.env', report), environmentLayer(env, report)];
  const layers = [...fileLayers, ...keyLayers];
  if (fileLayers.length < files.length) throw new ConfigError(inOrder(problems));

  const inFiles = fileLayers.reduce((tree, layer) => overlay(tree, layer.tree), {});
  // A key of the environment displaces nothing: it would take people's environments away unseen.
  const all = keyLayers.reduce((tree, layer) => merge(tree, layer.tree), inFiles);
  const written = { files: inFiles, all };
  const validated = validate(merge(profileDefaults(written.all), written.all), layers);
  problems.push(...validated.problems);
  const config = validated.config && resolveParts(validated.config, written.files);
  if (config) {
    const judged = contradictions(config, written, layers);
    const untouched = judged.filter(
      ({ about }) => !about.some((path) => validated.pruned.some((gone) => touches(path, gone))),
    );
    problems.push(...untouched.map(({ problem }) => problem));
  }
  if (!config || problems.length > 0) throw new ConfigError(inOrder(problems));
  return {
    config,
    notes: [
      ...dotenvNotes(assignments, dotenv?.name ?? '.env'),
      ...tokensNotes(config, written.all, layers),
      ...notesOn(config),
    ],
    whereOf: (path) => ((valueAt(written.all, path) ?? undefined) === undefined ? undefined : whereIs(layers, path)),
  };
}
