import {
  DEFAULT_SCALAR_STYLE_RULES,
  type DumpOptions,
  dump,
  SCALAR_STYLE,
  type ScalarStyleRule,
  strTag,
} from 'js-yaml';

/** What Kubernetes' reader (go-yaml v2) takes for a number or a date, underscores left out, and a few others. */
const NUMBER = /^[-+]?(?:0[xob][\da-f]*|(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)$/i;
const DATE = /^\d{4}-\d\d?-\d\d?(?:$|[t ])/i;

/** js-yaml itself knows the words and the numbers of the specifications; that reader's are more: 0X1F, +0o17, 1e_3. */
const quoteNumbers: ScalarStyleRule = (layout) => {
  const { tag, value } = layout.node;
  if (tag !== strTag.tagName || !/^[-+.\d]/.test(value)) return;
  if (NUMBER.test(value.replaceAll('_', '')) || DATE.test(value)) layout.style = SCALAR_STYLE.DOUBLE_QUOTED;
};

/** In a block, readers disagree about a last line of blanks. */
const quoteLastBlanks: ScalarStyleRule = (layout) => {
  if (/\n +$/.test(layout.node.value)) layout.style = SCALAR_STYLE.DOUBLE_QUOTED;
};

/** As cdk8s writes them; objects are trees, so nothing in them is worth an anchor. */
const OPTIONS: DumpOptions = {
  lineWidth: -1,
  noRefs: true,
  quoteStyle: 'double',
  scalarStyleRules: [quoteNumbers, quoteLastBlanks, ...Object.values(DEFAULT_SCALAR_STYLE_RULES)],
};

/** Objects as a stream of YAML documents that Kubernetes' reader and those of YAML 1.1 and 1.2 read alike. */
export const toYaml = (objects: readonly object[]): string =>
  objects.map((object) => dump(object, OPTIONS)).join('---\n');
