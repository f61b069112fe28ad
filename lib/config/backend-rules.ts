import { type Arguments, BACKENDS, type Shape } from './backends';
import { type Contradiction, clash, path, type Rule, when } from './contradiction';
import { looksSecret } from './formats/secrets';
import { stateAdvice } from './formats/state';
import { didYouMean, formatPath, type Path, show } from './words';

const CONFIG = path('terraform.backend.config');
const TYPE = 'terraform.backend.type';
const IS_SECRET = 'is a secret and has no place here: leave it to the environment that Terraform runs in';

/** Arguments that would leave open which state is meant, with what to give instead. */
const CHOOSES_SEVERAL: Readonly<Record<string, string>> = {
  prefix: 'workspaces.name',
  tags: 'workspaces.name, and tags in Terraform Cloud itself',
};

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown) => typeof value === 'string' && value !== '';

/** What each shape accepts, and its name. */
const ACCEPTS: Readonly<Record<Exclude<Shape, 'secret' | Arguments>, [(value: unknown) => boolean, string]>> = {
  text: [isText, 'text that is not empty'],
  number: [(value) => typeof value === 'number', 'a number'],
  flag: [(value) => typeof value === 'boolean', 'true or false'],
  texts: [(value) => Array.isArray(value) && value.every(isText), 'a list of texts'],
  map: [(value) => isMap(value) && Object.values(value).every((item) => typeof item === 'string'), 'a map of texts'],
};

function judgeValue(at: Path, value: unknown, shape: Shape, type: string): Contradiction[] {
  if (shape === 'secret') return [clash(IS_SECRET, at)];
  if (typeof shape === 'object') {
    if (!isMap(value)) return [clash(`given ${show(at, value)}, must be a map`, at)];
    return judge(at, value, shape, type);
  }
  const [accepts, name] = ACCEPTS[shape];
  const quotes = ['text', 'texts', 'map'].includes(shape) && typeof value === 'number' ? ': put it in quotes' : '';
  const advice = accepts(value)
    ? stateAdvice(type, at.slice(CONFIG.length).join('.'), value)
    : `must be ${name}${quotes}`;
  return [
    ...when(advice, () => clash(`given ${show(at, value)}, ${advice}`, at)),
    ...when(looksSecret(JSON.stringify(value)), () => clash(IS_SECRET, at)),
  ];
}

function unknown(at: Path, name: string, { known }: Arguments, type: string): Contradiction {
  if (at[at.length - 1] === 'workspaces' && Object.hasOwn(CHOOSES_SEVERAL, name)) {
    const message = `chooses among several workspaces, and each stack has one of its own: give ${CHOOSES_SEVERAL[name]}`;
    return clash(message, [...at, name]);
  }
  const names = Object.keys(known).filter((one) => known[one] !== 'secret');
  const mend = didYouMean(name, names) || `: it knows ${names.join(', ')}`;
  return clash(`unknown argument of the backend ${type}${mend}`, [...at, name], TYPE);
}

function judge(at: Path, given: Readonly<Record<string, unknown>>, args: Arguments, type: string): Contradiction[] {
  const { known, required } = args;
  return [
    ...Object.entries(given).flatMap(([name, value]) =>
      Object.hasOwn(known, name)
        ? judgeValue([...at, name], value, known[name], type)
        : [unknown(at, name, args, type)],
    ),
    ...required
      .filter((name) => !Object.hasOwn(given, name))
      .map((name) => clash(`is missing: the backend ${type} needs it`, [...at, name], TYPE)),
  ];
}

/** Terraform's backend, by what Terraform knows of it. */
export const backendRules: Rule[] = [
  ({ terraform: { backend } }) => judge(CONFIG, backend.config, BACKENDS[backend.type], backend.type),
  ({ terraform: { backend } }) => {
    const { workspace, workspaces } = backend.config;
    const named = isMap(workspaces) && workspaces.name !== undefined;
    return when(workspace !== undefined && named, () =>
      clash(
        `says the same as ${formatPath([...CONFIG, 'workspaces', 'name'])}: keep one of them`,
        [...CONFIG, 'workspace'],
        [...CONFIG, 'workspaces', 'name'],
      ),
    );
  },
];
