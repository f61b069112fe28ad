/** Annotation of a set of environments: its working hours, as JSON. */
export const WORKING_HOURS = 'agent-sandbox.dev/working-hours';
/** Annotation of a set without a number of its own: how many environments run in its hours. */
export const REPLICAS = 'agent-sandbox.dev/replicas';

/** The ConfigMap by which who works in a set's environments is told that they stop. */
export const noticeConfigMap = (set: string): string => `${set}-notice`;
/** Its key for people, in words. */
export const NOTICE = 'stop';
/** Its key for programs, in ISO 8601. */
export const STOPS_AT = 'stops-at';
