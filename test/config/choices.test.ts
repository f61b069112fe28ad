import { platformSchema } from '../../lib/config/schema';
import { choices, saying } from '../helpers/choices';

/** Kinds of maps, with examples of what each needs: tests with a cluster make platforms of them. */
const kinds = choices().flatMap(({ path, values }) =>
  values.flatMap((value) =>
    value instanceof Object ? [[JSON.stringify(saying(path, value)), path, value] as const] : [],
  ),
);

test.each(kinds)('a platform may say %s', (_title, path, value) => {
  expect(platformSchema.safeParse(saying(path, value)).error).toBeUndefined();
});
