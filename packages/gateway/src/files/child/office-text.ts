/**
 * The text of Word, Excel, PowerPoint and OpenDocument files: they are ZIPs of XML, of which a few elements hold what
 * people read. No entity but XML's own is expanded, and nothing is fetched.
 */

import { SaxesParser } from 'saxes'
import { NotReadable } from './job.ts'
import { type TakenText, TextTaker } from './text-taker.ts'
import { ZipReader } from './zip.ts'

type Add = (text: string) => void

const maxSheets = 50
const maxSlides = 500
const maxSharedStrings = 500_000

export async function officeText(bytes: Uint8Array, maxLength: number): Promise<TakenText> {
  const zip = new ZipReader(bytes)
  const { give } = formats.find(({ has }) => zip.names.includes(has)) ?? {}
  if (give === undefined) throw new NotReadable('it is no document that can be read')
  const taken = await new TextTaker(maxLength).result((add) => give(zip, add))
  if (taken.text === '') throw new NotReadable('it is a document without text')
  return taken
}

/** By the part that tells the format. */
const formats = [
  { has: 'word/document.xml', give: (zip: ZipReader, add: Add) => paragraphs(zip, 'word/document.xml', add) },
  { has: 'xl/workbook.xml', give: sheets },
  { has: 'ppt/presentation.xml', give: slides },
  { has: 'content.xml', give: (zip: ZipReader, add: Add) => paragraphs(zip, 'content.xml', add) },
]

/** What an element means for the text, by its name without prefix. OpenDocument writes its text straight into `p` and `h`. */
const lineEnds: ReadonlySet<string> = new Set(['p', 'h', 'br', 'cr', 'line-break', 'tr', 'table-row'])
const cellEnds: ReadonlySet<string> = new Set(['tc', 'table-cell', 'tab'])
/** Deleted text and instructions of fields are in elements of other names. */
const textElements: ReadonlySet<string> = new Set(['t', 'p', 'h', 'span', 'a'])

function paragraphs(zip: ZipReader, name: string, add: Add): void {
  const inside: string[] = []
  parse(zip, name, {
    open: (element) => inside.push(element),
    text: (text) => {
      if (textElements.has(inside.at(-1) ?? '')) add(text)
    },
    close: (element) => {
      inside.pop()
      if (lineEnds.has(element)) add('\n')
      else if (cellEnds.has(element)) add('\t')
    },
  })
}

/** Each slide after its number, its notes left out. */
function slides(zip: ZipReader, add: Add): void {
  for (const { name, number } of numbered(zip, /^ppt\/slides\/slide(\d+)\.xml$/).slice(0, maxSlides)) {
    add(`[slide ${number}]\n`)
    paragraphs(zip, name, add)
    add('\n')
  }
}

/** Each sheet after its number, rows as lines with a tab between cells. */
function sheets(zip: ZipReader, add: Add): void {
  const shared = sharedStrings(zip)
  for (const { name, number } of numbered(zip, /^xl\/worksheets\/sheet(\d+)\.xml$/).slice(0, maxSheets)) {
    add(`[sheet ${number}]\n`)
    cells(zip, name, shared, add)
    add('\n')
  }
}

function cells(zip: ZipReader, name: string, shared: readonly string[], add: Add): void {
  let type: string | undefined
  let value: string | undefined
  let element = ''
  parse(zip, name, {
    open: (opened, attributes) => {
      element = opened
      if (opened !== 'c') return
      type = attributes.t
      value = ''
    },
    text: (text) => {
      if (value !== undefined && (element === 'v' || element === 't')) value += text
    },
    close: (closed) => {
      element = ''
      if (closed === 'c') add(`${(type === 's' ? shared[Number(value)] : value) ?? ''}\t`)
      if (closed === 'c') value = undefined
      if (closed === 'row') add('\n')
    },
  })
}

function sharedStrings(zip: ZipReader): string[] {
  const strings: string[] = []
  let current = ''
  let isText = false
  parse(zip, 'xl/sharedStrings.xml', {
    open: (element) => {
      if (element === 'si') current = ''
      isText = element === 't'
    },
    text: (text) => {
      if (isText) current += text
    },
    close: (element) => {
      isText = false
      if (element === 'si' && strings.push(current) > maxSharedStrings)
        throw new NotReadable('it has too many cells')
    },
  })
  return strings
}

interface Handlers {
  /** Names come without their prefix. */
  open(element: string, attributes: Readonly<Record<string, string>>): void
  text(text: string): void
  close(element: string): void
}

/** Does nothing where there is no such part. @throws NotReadable for XML that is not well-formed */
function parse(zip: ZipReader, name: string, { open, text, close }: Handlers): void {
  const bytes = zip.read(name)
  if (bytes === undefined) return
  const parser = new SaxesParser({ xmlns: false })
  parser.on('error', () => {
    throw new NotReadable('it is a damaged document')
  })
  parser.on('opentag', ({ name, attributes }) => open(local(name), attributes))
  parser.on('text', text)
  parser.on('cdata', text)
  parser.on('closetag', ({ name }) => close(local(name)))
  parser.write(new TextDecoder().decode(bytes)).close()
}

function local(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}

function numbered(zip: ZipReader, pattern: RegExp): { name: string; number: number }[] {
  return zip.names
    .flatMap((name) => {
      const number = pattern.exec(name)?.[1]
      return number === undefined ? [] : [{ name, number: Number(number) }]
    })
    .toSorted((one, other) => one.number - other.number)
}
