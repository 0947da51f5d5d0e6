/**
 * `npm run bench:rules`: how long it takes to render and split 10 MB of Markdown, as one JSON line. The text is generated
 * with a fixed seed from typical parts of replies, in English and Chinese. The figures are informative only.
 */

import { availableParallelism } from 'node:os'
import { chunkText } from '../../extensions/wechat/src/outbound/chunk.ts'
import { renderText } from '../../extensions/wechat/src/outbound/format/render.ts'

const totalBytes = 10 * 1024 * 1024
const rounds = 5
const chunkLimit = 2_048

const english =
  'the model reads your file and writes a short report about what it found in each of its parts'.split(' ')
const chinese = [
  '模型',
  '读取',
  '文件',
  '然后',
  '写出',
  '报告',
  '其中',
  '的',
  '每个',
  '部分',
  '，',
  '结果',
  '如下',
  '。',
  '我们',
]
let seed = 1

const markdown = corpus()
console.log(
  JSON.stringify({
    bench: 'markdown',
    cores: availableParallelism(),
    node: process.version,
    bytes: Buffer.byteLength(markdown),
    characters: markdown.length,
    none: measure('none'),
    subset: measure('subset'),
  }),
)

function measure(support: 'none' | 'subset') {
  const figures = Array.from({ length: rounds }, () => {
    const startedMs = performance.now()
    const text = renderText(markdown, support)
    const renderedMs = performance.now()
    const chunks = chunkText(text, chunkLimit, 'length').length
    const endedMs = performance.now()
    return { renderMs: renderedMs - startedMs, chunkMs: endedMs - renderedMs, chunks }
  })
  const total = ({ renderMs, chunkMs }: { renderMs: number; chunkMs: number }) => renderMs + chunkMs
  const [first] = figures
  const median = figures.toSorted((a, b) => total(a) - total(b))[rounds >> 1]
  if (first === undefined || median === undefined) throw new Error('no round was measured')
  return {
    firstMs: Math.round(total(first)),
    medianMs: Math.round(total(median)),
    renderMs: Math.round(median.renderMs),
    chunkMs: Math.round(median.chunkMs),
    chunks: median.chunks,
  }
}

function corpus(): string {
  const parts: string[] = []
  for (let bytes = 0; bytes < totalBytes; ) {
    const reply = `${Array.from({ length: 8 }, block).join('\n\n')}\n\n`
    parts.push(reply)
    bytes += Buffer.byteLength(reply)
  }
  return parts.join('')
}

/** A random block with the weights of typical replies: mostly paragraphs and lists. */
function block(): string {
  const dice = random(20)
  if (dice < 8) return Array.from({ length: 2 + random(4) }, sentence).join(' ')
  if (dice < 13) return list('- ')
  if (dice < 15) return list('1. ')
  if (dice < 17) return `${'#'.repeat(1 + random(4))} ${words(3)}`
  if (dice < 18)
    return `\`\`\`ts\n${`const ${words(1)} = ${random(999)} // ${words(4)}\n`.repeat(3 + random(12))}\`\`\``
  if (dice < 19) return table()
  return `> ${sentence()}\n> ${sentence()}`
}

function list(marker: string): string {
  return Array.from({ length: 3 + random(5) }, (_, index) => {
    const nested = random(4) === 0 ? `\n${' '.repeat(marker.length)}- ${words(6)}` : ''
    const lead = random(2) === 0 ? `**${words(2)}**: ` : ''
    return `${marker.replace('1', String(index + 1))}${lead}${words(8)}${nested}`
  }).join('\n')
}

function table(): string {
  const row = () => `| ${words(1)} | ${words(2)} | ${random(1_000)} |`
  return [row(), '|---|:--|--:|', ...Array.from({ length: 2 + random(5) }, row)].join('\n')
}

function sentence(): string {
  const dice = random(12)
  const start = words(8 + random(8))
  if (dice === 0) return `${start} [${words(2)}](https://example.com/${random(9_999)}/${words(1)}).`
  if (dice < 3) return `${start} **${words(2)}** ${words(4)}.`
  if (dice < 5) return `${start} \`${words(1)}_${random(99)}\` ${words(4)}.`
  if (dice === 5) return `${start} *${words(1)}* ${words(4)}.`
  return `${start}.`
}

function words(count: number): string {
  const isChinese = random(4) === 0
  const source = isChinese ? chinese : english
  return Array.from({ length: count }, () => source[random(source.length)]).join(isChinese ? '' : ' ')
}

/** A linear congruential generator: the same text in every run. */
function random(below: number): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return Math.floor((seed / 2 ** 32) * below)
}
