import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zipSync } from 'fflate'
import iconv from 'iconv-lite'
import { beforeAll, describe, expect, it } from 'vitest'
import { docx, officeFile, paragraph, pdf, shownText } from '../../test/documents.ts'
import { scratch } from '../../test/scratch.ts'
import { openInChild, sandboxFlags } from './file-child.ts'
import { FileReader, maxTextBytes } from './read-files.ts'

const never = new AbortController().signal
let folder: string
let files = 0
beforeAll(() => {
  folder = scratch()
})

function saved(bytes: Uint8Array): string {
  const path = join(folder, String(files++))
  writeFileSync(path, bytes)
  return path
}

async function read(bytes: Uint8Array) {
  const reader = new FileReader({
    takesImages: true,
    takesVoices: true,
    signal: never,
    onUnreadable: (_, error) => {
      throw error
    },
  })
  const media = { kind: 'file', path: saved(bytes), name: 'x', mimeType: 'x/y', sizeBytes: 1 } as const
  return reader.read(media)
}

const hexOf = (text: string, encoding: string) => iconv.encode(text, encoding).toString('hex')

describe('the text of a document is read', () => {
  it('from a PDF, in Chinese also where the font is not embedded', async () => {
    const content =
      shownText(1, hexOf('Invoice 4711', 'latin1'), 700) +
      shownText(2, hexOf('金额壹佰元', 'utf16-be'), 600) +
      shownText(3, hexOf('合同编号', 'gbk'), 500)
    expect(await read(pdf(content))).toEqual({
      kind: 'text',
      text: 'Invoice 4711\n金额壹佰元\n合同编号',
      cut: false,
    })
  })

  it('from a Word file: paragraphs, breaks, tabs and tables, without deleted text and field codes', async () => {
    const deleted =
      '<w:p><w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:r><w:instrText>PAGE</w:instrText></w:r></w:p>'
    const cell = (text: string) => `<w:tc>${paragraph(text)}</w:tc>`
    const body =
      paragraph('会议 &amp; 纪要') +
      deleted +
      '<w:p><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t xml:space="preserve"> c</w:t></w:r></w:p>' +
      `<w:tbl><w:tr>${cell('姓名')}${cell('张三')}</w:tr></w:tbl>`
    const content = await read(docx(body))
    expect(content).toMatchObject({ kind: 'text', cut: false })
    expect('text' in content && content.text).toBe('会议 & 纪要\n\na\tb\n c\n姓名\n\t张三')
  })

  it('from an Excel file: rows of each sheet, with shared, inline and computed values', async () => {
    const content = await read(
      officeFile({
        'xl/workbook.xml': '<workbook/>',
        'xl/sharedStrings.xml': '<sst><si><t>姓名</t></si><si><r><t>数</t></r><r><t>量</t></r></si></sst>',
        'xl/worksheets/sheet2.xml':
          '<worksheet><row><c t="inlineStr"><is><t>second</t></is></c></row></worksheet>',
        'xl/worksheets/sheet1.xml':
          '<worksheet><row><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row><row><c t="str"><f>A1</f><v>张三</v></c><c><v>12</v></c></row></worksheet>',
      }),
    )
    expect('text' in content && content.text).toBe('[sheet 1]\n姓名\t数量\t\n张三\t12\t\n\n[sheet 2]\nsecond')
  })

  it('from a PowerPoint file, slide by slide in order', async () => {
    const slide = (text: string) =>
      `<p:sld xmlns:p="p" xmlns:a="a"><a:p><a:r><a:t>${text}</a:t></a:r></a:p></p:sld>`
    const content = await read(
      officeFile({
        'ppt/presentation.xml': '<p/>',
        'ppt/slides/slide10.xml': slide('last'),
        'ppt/slides/slide2.xml': slide('first'),
      }),
    )
    expect('text' in content && content.text).toBe('[slide 2]\nfirst\n\n[slide 10]\nlast')
  })

  it('from an OpenDocument file', async () => {
    const xml =
      '<office:document-content xmlns:office="o" xmlns:text="t"><office:body><text:h>Title</text:h><text:p>one <text:span>two</text:span></text:p></office:body></office:document-content>'
    expect(await read(officeFile({ 'content.xml': xml }))).toMatchObject({ text: 'Title\none two' })
  })

  it('up to the cap of a text', async () => {
    const content = await read(docx(paragraph('字'.repeat(1_000)).repeat(100)))
    expect(content).toMatchObject({ kind: 'text', cut: true })
    expect('text' in content && content.text.length).toBeLessThanOrEqual(maxTextBytes)
  })
})

const bomb = (length: number) => new Uint8Array(length).fill(0x20)
const entities = Array.from({ length: 20 }, (_, n) => `<!ENTITY e${n + 1} "&e${n};&e${n};">`).join('')
const encrypted =
  '/Encrypt<</Filter/Standard/V 1/R 2/O<28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A>/U<28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A>/P -44>>/ID[<00><00>]'

describe('a document that cannot be read says why', () => {
  it.each([
    ['a PDF with a password', pdf(shownText(1, '41'), { trailer: encrypted }), 'it is a PDF with a password'],
    ['a scanned PDF', pdf('1 0 0 RG 0 0 10 10 re S'), /^it is a PDF without text, such as a scan/],
    ['a damaged PDF', Buffer.from('%PDF-1.7 and then nothing of it'), 'it is a damaged PDF'],
    ['a PDF whose pages are a loop', pdf(shownText(1, '41'), { pages: '[2 0 R 2 0 R]' }), 'it is damaged'],
    [
      'an old Office file',
      Buffer.from('d0cf11e0a1b11ae1'.padEnd(600, '0'), 'hex'),
      /password or in a format before 2007/,
    ],
    ['a ZIP of something else', zipSync({ 'a.txt': bomb(3) }), 'it is no document that can be read'],
    ['a damaged ZIP', Buffer.from('504b0304ffffffffffff', 'hex'), 'it is damaged'],
    ['damaged XML', docx('<w:p><w:r></w:p>'), 'it is a damaged document'],
    ['an empty document', docx('<w:p/>'), 'it is a document without text'],
    [
      'entities that multiply',
      officeFile({ 'word/document.xml': `<!DOCTYPE d [<!ENTITY e0 "x">${entities}]><d><p>&e20;</p></d>` }),
      'it is a damaged document',
    ],
    [
      'an entity that names a file',
      officeFile({
        'word/document.xml': '<!DOCTYPE d [<!ENTITY f SYSTEM "file:///etc/passwd">]><d><p>&f;</p></d>',
      }),
      'it is a damaged document',
    ],
    [
      'a part that unpacks to too much',
      zipSync({ 'word/document.xml': bomb(65 * 1024 * 1024) }, { level: 9 }),
      'it unpacks to too many bytes',
    ],
    [
      'very many parts',
      zipSync(Object.fromEntries(Array.from({ length: 10_001 }, (_, n) => [`p${n}`, bomb(0)]))),
      'it has too many parts',
    ],
  ])('%s', async (_what, bytes, why) => {
    const expected = typeof why === 'string' ? why : expect.stringMatching(why)
    expect(await read(bytes)).toEqual({ kind: 'named', why: expected })
  })

  it('a part that unpacks to more than it declares', async () => {
    const bytes = Buffer.from(zipSync({ 'word/document.xml': bomb(10_000_000) }, { level: 9 }))
    const size = Buffer.alloc(4)
    size.writeUInt32LE(10_000_000)
    for (let at = bytes.indexOf(size); at >= 0; at = bytes.indexOf(size)) bytes.writeUInt32LE(100, at)
    expect(await read(bytes)).toMatchObject({ kind: 'named' })
  })

  it('XML that is nested very deeply costs no more than itself', async () => {
    const depth = 200_000
    expect(await read(docx(`${'<w:p>'.repeat(depth)}${'</w:p>'.repeat(depth)}`))).toMatchObject({
      kind: 'named',
    })
  })
})

describe('the process that opens files', () => {
  it.each([
    ['read another file', `readFileSync('/etc/hosts')`],
    ['write a file', `writeFileSync('${join(tmpdir(), 'left-by-a-child')}', 'x')`],
    ['start a program', `process.getBuiltinModule('child_process').execFileSync('true')`],
  ])('cannot %s', (_what, code) => {
    const script = `const { readFileSync, writeFileSync } = require('node:fs'); ${code}`
    const { stderr } = spawnSync(process.execPath, [...sandboxFlags('/nowhere'), '-e', script])
    expect(stderr.toString()).toContain('ERR_ACCESS_DENIED')
  })

  it('is killed when it takes too long', async () => {
    const pipe = join(folder, 'pipe')
    execFileSync('mkfifo', [pipe])
    const job = { kind: 'office', path: pipe, maxLength: 10 } as const
    const limits = { timeoutMs: 500, memoryBytes: 1e9 }
    expect(await openInChild(job, never, limits)).toEqual({ why: 'reading it takes too much time or memory' })
  })

  it('ends with its turn', async () => {
    const pipe = join(folder, 'pipe-of-a-turn')
    execFileSync('mkfifo', [pipe])
    const stop = new AbortController()
    const opened = openInChild({ kind: 'office', path: pipe, maxLength: 10 }, stop.signal)
    stop.abort()
    expect(await opened).toEqual({ why: 'it could not be read' })
  })

  it('is killed when it holds too much memory', async () => {
    const job = { kind: 'office', path: saved(docx(paragraph('words'))), maxLength: 10 } as const
    const limits = { timeoutMs: 20_000, memoryBytes: 1_000_000 }
    expect(await openInChild(job, never, limits)).toEqual({ why: 'reading it takes too much time or memory' })
  })
})
