/**
 * Disables the log of Wechaty, which would appear between the JSON lines of a benchmark. Imported before Wechaty.
 */

process.env.WECHATY_LOG ??= 'silent'
