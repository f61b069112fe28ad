/** Bytes that the API server takes for the annotations of one object, keys and values in all. */
export const MOST_ANNOTATION_BYTES = 256 * 1024;

/** How many there are; what is known at the end of a synthesis alone is short, and left out. */
export const annotationBytes = (annotations: Readonly<Record<string, unknown>>): number =>
  Object.entries(annotations)
    .flat()
    .reduce((sum: number, text) => sum + (typeof text === 'string' ? Buffer.byteLength(text) : 0), 0);

/** What is wrong with the annotations of an object; nothing where the API server takes so many. */
export function annotationFault(annotations: Readonly<Record<string, unknown>>): string | undefined {
  const bytes = annotationBytes(annotations);
  if (bytes <= MOST_ANNOTATION_BYTES) return undefined;
  return `must be at most ${MOST_ANNOTATION_BYTES} bytes, keys and values in all, not ${bytes}: leave some out`;
}
