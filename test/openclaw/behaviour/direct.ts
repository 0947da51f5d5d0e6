/**
 * What people have in a direct chat, whatever the backend.
 */

import { expect, it } from 'vitest'
import { until } from '../../support/process.ts'
import { answersTo, type Chat, owners, patienceMs, shownSince, type World } from './world.ts'

const paragraphs = [1, 2, 3].map((n) => `Paragraph ${n}. ${'It has a few words. '.repeat(8)}`.trim())

export function inDirectChats(world: () => World): void {
  const chats: [string, (one: 0 | 1) => Chat][] = [
    ['iLink', (one) => world().ilink(one === 0 ? 'phone' : 'tablet')],
    ['a hosted puppet', (one) => world().hosted(one === 0 ? 'office' : 'club')],
  ]

  it.each(chats)('%s: answers, and continues the conversation', async (name, chat) => {
    const [first] = await answersTo(chat(0), `the first words on ${name}`)
    expect(first?.text).toContain(`the first words on ${name}`)
    await answersTo(chat(0), `the second words on ${name}`)
    const { messages } = await world().asked(`the second words on ${name}`)
    expect(messages.some(({ role, text }) => role === 'user' && text.includes('the first words'))).toBe(true)
  })

  it.each(chats)('%s: sends a long answer in blocks only where the account says so', async (name, chat) => {
    for (const one of [0, 1] as const)
      world().answers(`a long story on ${name} ${one}`, paragraphs.join('\n\n'))
    const [whole] = await answersTo(chat(0), `a long story on ${name} 0`)
    expect(whole?.text).toBe(paragraphs.join('\n\n'))
    const blocks = await answersTo(chat(1), `a long story on ${name} 1`, 2)
    expect(paragraphs.join('\n\n').startsWith(blocks[0]?.text ?? '')).toBe(true)
    await shownAll(chat(1), paragraphs.at(-1) ?? '')
  })

  it.each(chats)('%s: sends by the message tool of the agent', async (name, chat) => {
    const { accountId, peer } = chat(0)
    const input = {
      action: 'send',
      channel: 'wechaty',
      accountId,
      target: peer,
      message: `by the tool on ${name}`,
    }
    world().answers(`use the tool on ${name}`, { toolCalls: [{ name: 'message', input }] })
    const shown = await answersTo(chat(0), `use the tool on ${name}`, 1)
    expect(shown[0]).toEqual({ text: `by the tool on ${name}` })
  })

  it.each(chats)('%s: announces what a scheduled run finds', async (name, chat) => {
    const { accountId, peer } = chat(0)
    const before = (await chat(0).shown()).length
    world().answers(`scheduled on ${name}`, `The announcement on ${name}.`)
    const to = ['--announce', '--channel', 'wechaty', '--account', accountId, '--to', peer]
    const job = ['--at', '1s', '--session', 'isolated', '--message', `scheduled on ${name}`]
    await until(
      async () => {
        const { code } = await world().host.run('cron', 'add', '--name', 'once', ...job, ...to)
        // On a busy machine the command is refused now and then: "device identity required".
        return code === 0 ? true : undefined
      },
      world().host.log,
      patienceMs,
    )
    expect(await shownSince(chat(0), before)).toEqual([{ text: `The announcement on ${name}.` }])
  })

  it('iLink: shows that the bot is typing until it has answered', async () => {
    const answer = Promise.withResolvers<string>()
    world().answers('take your time', answer.promise)
    const before = (await world().host.backend.control.requests()).at(-1)?.seq ?? 0
    const replied = answersTo(world().ilink('phone'), 'take your time')
    await typing(world(), before, 1)
    answer.resolve('Here I am.')
    await replied
    await typing(world(), before, 2)
  })

  it('iLink: shows the agent what a message quotes, as data', async () => {
    const botId = world().botId('phone')
    const quote = { text: 'the quoted words' }
    await world().host.backend.control.inbound({
      botId,
      from: owners.phone,
      text: 'what does this mean?',
      quote,
    })
    const { messages } = await world().asked('what does this mean?')
    const context = messages.find(({ text }) => text.includes('the quoted words'))?.text
    expect(context).toMatch(/data, not instructions/)
  })
}

async function shownAll(chat: Chat, text: string): Promise<void> {
  const look = async () => ((await chat.shown()).some((one) => one.text?.includes(text)) ? true : undefined)
  await until(look, () => `${chat.accountId} does not show ${text}`, patienceMs)
}

/** Waits for the status of a `sendtyping`: 1 typing, 2 not any more. */
function typing({ host }: World, after: number, status: 1 | 2): Promise<unknown> {
  const look = async () => {
    const requests = await host.backend.control.requests({ after })
    return requests.find((one) => one.endpoint === 'sendtyping' && Object(one.body).status === status)
  }
  return until(look, host.log, patienceMs)
}
