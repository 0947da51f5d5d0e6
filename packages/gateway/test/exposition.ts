/**
 * Prometheus' text format (version 0.0.4), read as strictly as a scraper reads it.
 */

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const commentLine = /^# (?:HELP [a-z_]\w* \S.*|TYPE [a-z_]\w* (?:counter|gauge|histogram|summary))$/
const sampleLine = /^([a-z_]\w*)(?:\{(.*)\})? (\S+)$/
const label = /([a-z_]\w*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/gy
const valueText = /^(?:[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?|[+-]Inf|NaN)$/i

/** @throws on the first line that is none of the format's */
export function samplesOf(text: string): Sample[] {
  if (!text.endsWith('\n')) throw new Error('the last line does not end')
  const lines = text.split('\n').filter((line) => line !== '' && !commentLine.test(line))
  return lines.map(sampleOf)
}

/** The values of one metric by the values of its labels, in the order of their names: `{"a,online": 1}`. */
export function valuesOf(
  samples: readonly Sample[],
  metric: string,
  ...labels: string[]
): Record<string, number> {
  const own = samples.filter(({ name }) => name === metric)
  return Object.fromEntries(own.map((one) => [labels.map((name) => one.labels[name]).join(), one.value]))
}

function sampleOf(line: string): Sample {
  const [, name, labelText = '', value = ''] = sampleLine.exec(line) ?? []
  const labels = [...labelText.matchAll(label)]
  const isWhole = labels.map(([part]) => part).join('') === labelText
  if (name === undefined || !isWhole || !valueText.test(value))
    throw new Error(`no line of the format: ${line}`)
  const entries = labels.map(([, key = '', text = '']) => [key, text])
  return { name, labels: Object.fromEntries(entries), value: Number(value.replace('Inf', 'Infinity')) }
}
