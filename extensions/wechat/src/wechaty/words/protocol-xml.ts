/**
 * The XML of WeChat's protocol, which web, hooked and hosted clients hand over as the text of a message: links, files,
 * transfers, voice messages, recalls. It is input of strangers: parsed by a library that resolves no entities of its
 * document, up to a cap, and as far as it is well-formed.
 */

import { SaxesParser } from 'saxes'

export interface ProtocolXml {
  readonly root: string
  /** Name of the first element in the root; empty where there is none. */
  readonly first: string
  /**
   * The text of the first element with this path below the root, or of its attribute: `appmsg/title`, `location@label`,
   * `@nickname` for the root's own. Empty where there is none.
   */
  value(path: string): string
}

/** In UTF-16 units. What follows is not read: what describes a message stands at its beginning. */
const maxLength = 64 * 1024
const maxValueLength = 8_192
const maxValues = 512
const maxDepth = 16

/** Web clients break lines with a tag. */
const lineBreaks = /<br\s?\/?>/gu
/** The roots that the protocol uses. Any other XML is something that a person wrote. */
const roots = '(?:msg|sysmsg|op|voipmsg|voipinvitemsg|voiplocalinfo)'
/** Some clients leave the id of the sender before the content of a group's message. */
const sender = String.raw`(?:[\w@.-]{1,80}:\s*)?`
const declaration = String.raw`(?:<\?xml[^>]{0,200}\?>\s*)?`
const beginning = new RegExp(`^\\s*${sender}(${declaration}<${roots}[\\s/>][\\s\\S]*)$`, 'u')
const escapedBeginning = new RegExp(`^\\s*${sender}&lt;(?:\\?xml|${roots}\\b)`, 'u')

/** Undefined: this is no XML of the protocol, but somebody's text. */
export function protocolXml(text: string): ProtocolXml | undefined {
  const whole = text.length > maxLength || text.trimEnd().endsWith('>') || text.trimEnd().endsWith('&gt;')
  if (!whole) return undefined
  const head = text.slice(0, maxLength).replaceAll(lineBreaks, '\n')
  const xml = beginning.exec(escapedBeginning.test(head) ? unescaped(head) : head)?.[1]
  return xml === undefined ? undefined : parsed(xml)
}

const entities: ReadonlyMap<string, string> = new Map([
  ['&lt;', '<'],
  ['&gt;', '>'],
  ['&quot;', '"'],
  ['&apos;', "'"],
  ['&#39;', "'"],
  ['&amp;', '&'],
])
const entity = /&(?:lt|gt|quot|apos|#39|amp);/gu

/** The text with the entities of HTML resolved once. */
export function unescaped(text: string): string {
  return text.replaceAll(entity, (found) => entities.get(found) ?? found)
}

/** Some clients resolve `&amp;` once too often. */
const bareAmpersand = /&(?!(?:lt|gt|quot|apos|amp|#\d{1,7}|#x[\da-f]{1,6});)/giu

function parsed(xml: string): ProtocolXml {
  const values = new Map<string, string>()
  const path: string[] = []
  const here = () => path.slice(1).join('/')
  const keep = (name: string, value: string) => {
    if (values.has(name) || values.size < maxValues) values.set(name, value.slice(0, maxValueLength))
  }
  let first = ''
  readTags(xml.replaceAll(bareAmpersand, '&amp;'), {
    open(name, attributes) {
      if (path.length === 1 && first === '') first = name
      path.push(name)
      // The first element with a path has it for itself.
      if (values.has(here())) path.splice(-1, 1, `${name}+`)
      keep(here(), '')
      for (const [attribute, value] of Object.entries(attributes)) keep(`${here()}@${attribute}`, value)
    },
    text: (text) => keep(here(), `${values.get(here()) ?? ''}${text}`),
    close: () => void path.pop(),
  })
  const [, root = ''] = new RegExp(`<(${roots})`, 'u').exec(xml) ?? []
  return { root, first, value: (name) => values.get(name)?.trim() ?? '' }
}

interface Tags {
  open(name: string, attributes: Readonly<Record<string, string>>): void
  text(text: string): void
  close(): void
}

/** Reads up to the first thing that is not well-formed, or too deep. */
function readTags(xml: string, tags: Tags): void {
  const parser = new SaxesParser()
  let depth = 0
  let isOver = false
  const whileWellFormed =
    <Found>(take: (found: Found) => void) =>
    (found: Found) => {
      if (!isOver) take(found)
    }
  parser.on('error', () => {
    isOver = true
  })
  parser.on(
    'opentag',
    whileWellFormed(({ name, attributes }) => {
      depth += 1
      if (depth > maxDepth) isOver = true
      else tags.open(name, attributes)
    }),
  )
  parser.on(
    'text',
    whileWellFormed((text: string) => tags.text(text)),
  )
  // Here, too, every bare ampersand was escaped before.
  parser.on(
    'cdata',
    whileWellFormed((text: string) => tags.text(text.replaceAll('&amp;', '&'))),
  )
  parser.on(
    'closetag',
    whileWellFormed(() => {
      depth -= 1
      tags.close()
    }),
  )
  parser.write(xml).close()
}
