/**
 * Pictures and files, from people to the model and from the agent's workspace to people.
 */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { answersTo, type Chat, type World } from './world.ts'

const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

export function withFiles(world: () => World): void {
  const chats: [string, () => Chat][] = [
    ['iLink', () => world().ilink('phone')],
    ['a hosted puppet', () => world().hosted('office')],
  ]

  it.each(chats)('%s: shows the model a picture and the question after it', async (name, chat) => {
    await chat().send({ kind: 'image', name: 'dot.png', base64: png })
    await answersTo(chat(), `what is in the picture on ${name}?`)
    const { body } = await world().asked(`what is in the picture on ${name}?`)
    expect(JSON.stringify(body)).toContain(`data:image/png;base64,${png}`)
  })

  it.each(chats)('%s: shows the model a text file', async (name, chat) => {
    const base64 = Buffer.from(`The word on ${name} is zebra.`).toString('base64')
    await chat().send({ kind: 'file', name: 'notes.txt', base64 })
    await answersTo(chat(), `what is in the file on ${name}?`)
    const { messages } = await world().asked(`what is in the file on ${name}?`)
    expect(messages.some(({ text }) => text.includes(`The word on ${name} is zebra.`))).toBe(true)
  })

  it.each(chats)('%s: sends a file that a reply names, from the workspace', async (name, chat) => {
    writeFileSync(join(world().host.workspace, 'report.pdf'), '%PDF-1.4 a report')
    world().answers(`the report on ${name}`, 'Here it is.\nMEDIA:./report.pdf')
    const shown = await answersTo(chat(), `the report on ${name}`, 2)
    expect(shown).toEqual([{ text: 'Here it is.' }, { file: 'report.pdf', bytes: 17 }])
  })

  it.each(chats)('%s: sends a picture by the message tool', async (name, chat) => {
    writeFileSync(join(world().host.workspace, 'dot.png'), Buffer.from(png, 'base64'))
    const { accountId, peer: target } = chat()
    const input = {
      action: 'send',
      channel: 'wechaty',
      accountId,
      target,
      message: 'A dot.',
      media: './dot.png',
    }
    world().answers(`the picture on ${name}`, { toolCalls: [{ name: 'message', input }] })
    const shown = await answersTo(chat(), `the picture on ${name}`, 2)
    expect(shown.slice(0, 2)).toEqual([{ text: 'A dot.' }, { file: expect.any(String), bytes: 70 }])
  })
}
