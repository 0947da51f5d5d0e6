/**
 * Which language the command line speaks: `--lang`, else what the environment asks for. The log is always English.
 */

export const languages = ['en', 'zh'] as const
export type Language = (typeof languages)[number]

/**
 * The language that a text asks for, such as `zh`, `zh-CN`, `zh_TW.UTF-8`, `en_GB` or `C`.
 * @returns undefined where it is none of ours
 */
export function parseLanguage(text: string): Language | undefined {
  const [name = ''] = text.toLowerCase().split(/[-_.@]/)
  return languages.find((one) => one === name)
}

/** The value of `--lang` as it was typed, wherever it is in the arguments; undefined where there is none. */
export function langOption(args: readonly string[]): string | undefined {
  const end = args.indexOf('--')
  const options = end === -1 ? args : args.slice(0, end)
  const index = options.findIndex((arg) => arg === '--lang' || arg.startsWith('--lang='))
  const found = options[index]
  return found?.startsWith('--lang=') ? found.slice('--lang='.length) : found && options[index + 1]
}

/**
 * `LC_ALL`, else `LC_MESSAGES`, else `LANG`, the first that is set; the system's own where none is, as on Windows.
 * A language that is not among ours becomes English.
 */
export function languageOf(
  env: NodeJS.ProcessEnv,
  systemLocale = Intl.DateTimeFormat().resolvedOptions().locale,
): Language {
  return parseLanguage(env.LC_ALL || env.LC_MESSAGES || env.LANG || systemLocale) ?? 'en'
}
