/**
 * The version of this package, as Wechaty and the backend's logs show it.
 */

export const packageVersion = '0.1.0'
