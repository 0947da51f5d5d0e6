/**
 * The levels of the log, apart from the logger: the command line names them without loading it.
 */

export const logLevels = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const
export type LogLevel = (typeof logLevels)[number]
