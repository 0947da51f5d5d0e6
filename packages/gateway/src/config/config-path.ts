/**
 * Where something stands in a configuration, from its root: `channels.wechat.groups["r@1"].tools[0]`.
 */

export type ConfigPath = readonly (string | number)[]

/** Keys that need no quotes; ids with a dot or a space in them do. */
const plainKey = /^[\w$*-]+$/
const step = /\.?([\w$*-]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/y

/** The path as people write it; empty for the root. */
export function formatPath(path: ConfigPath): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`
    if (!plainKey.test(key)) return `${text}[${JSON.stringify(key)}]`
    return text === '' ? key : `${text}.${key}`
  }, '')
}

/** The inverse of `formatPath`; `undefined` for a text that is no path. */
export function parsePath(text: string): ConfigPath | undefined {
  const path: (string | number)[] = []
  step.lastIndex = 0
  while (step.lastIndex < text.length) {
    const found = step.exec(text)
    if (!found) return undefined
    const [, key, index, quoted] = found
    path.push(key ?? (index === undefined ? unquote(quoted ?? '') : Number(index)))
  }
  return path
}

function unquote(text: string): string {
  try {
    return String(JSON.parse(text))
  } catch {
    return text
  }
}
