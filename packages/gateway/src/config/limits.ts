/** How large a configuration may be; generous for people, tight enough for a damaged or hostile file. */

export const maxFileBytes = 1024 * 1024
/** Files of one configuration, includes counted as often as they are included. */
export const maxFiles = 64
export const maxIncludeDepth = 10
/** Objects and lists inside each other. */
export const maxNesting = 64
