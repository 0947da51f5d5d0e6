/**
 * The text of a PDF, through PDFium.
 */

import { PDFiumLibrary } from '@hyzyla/pdfium'
import { NotReadable } from './job.ts'
import { type TakenText, TextTaker } from './text-taker.ts'

const maxPages = 300

export async function pdfText(bytes: Uint8Array, maxLength: number): Promise<TakenText> {
  const library = await PDFiumLibrary.init()
  const document = await library.loadDocument(bytes).catch((error: unknown) => {
    const isLocked = error instanceof Error && /password|security/i.test(error.message)
    throw new NotReadable(isLocked ? 'it is a PDF with a password' : 'it is a damaged PDF')
  })
  const pages = document.getPageCount()
  const taken = await new TextTaker(maxLength).result((add) => {
    for (let page = 0; page < Math.min(pages, maxPages); page++)
      add(`${document.getPage(page).getText()}\n\n`)
  })
  if (taken.text !== '') return { ...taken, cut: taken.cut || pages > maxPages }
  throw new NotReadable('it is a PDF without text, such as a scan; pictures of its pages could be read')
}
