/**
 * How long ids of people and groups hold.
 */

/** `session`: the backend gives everybody a new id at every login (web WeChat), so no id can be configured. */
export const idStabilities = ['stable', 'session'] as const
export type IdStability = (typeof idStabilities)[number]
