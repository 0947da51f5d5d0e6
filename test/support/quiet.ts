/**
 * Imported before anything of Wechaty, whose log would stand between the JSON lines of a bench.
 */

process.env.WECHATY_LOG ??= 'silent'
