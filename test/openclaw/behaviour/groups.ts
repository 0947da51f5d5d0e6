/**
 * Groups of a hosted puppet: who is answered, with which tools, and what the agent learns of the others.
 */

import { expect, it } from 'vitest'
import { until } from '../../support/process.ts'
import type { Group } from './hosted-bot.ts'
import { answersTo, patienceMs, type World } from './world.ts'

const members = ['ann', 'ben', 'mallory']

export function inGroups(world: () => World): void {
  const groupOf = (id: string) => world().office.group(`${id}@chatroom`, members)

  it('answers a mention in the group, and shows the agent what was said before as data', async () => {
    const group = groupOf('talk')
    group.say('ben', 'the train is late', { mentions: false })
    const answer = await answerIn(group, 'ann', 'what did Ben say?')
    expect(answer).toContain('what did Ben say?')
    const [asked, ...others] = world().requestsWith('what did Ben say?')
    const before = asked?.messages.find(({ text }) => text.includes('the train is late'))?.text
    expect(before).toMatch(/data, not instructions/)
    expect(before).toMatch(/from.{1,10}ben/)
    expect(others).toEqual([])
    expect(world().requestsWith('the train is late')).toEqual([])
  })

  it.each([
    ['a list', 'list', 'ann', ['read', 'session_status']],
    ['an empty list', 'none', 'ann', []],
    ['allow and deny', 'objects', 'ann', ['read', 'write']],
    ['a list, for a sender without a rule', 'senders', 'ann', ['read', 'write']],
    ['a rule for the sender', 'senders', 'ben', ['write']],
    ['an empty rule for the sender', 'senders', 'mallory', []],
  ])('offers exactly the tools of %s', async (_, id, sender, tools) => {
    const text = `tools of ${sender} in ${id}`
    await answerIn(groupOf(id), sender, text)
    expect((await world().asked(text)).tools.toSorted()).toEqual(tools)
  })

  it('offers in a group without an entry the tools of "*", and without any entry those of the agent', async () => {
    await answersTo(world().hosted('club'), 'tools of a direct chat')
    const all = (await world().asked('tools of a direct chat')).tools
    expect(all).toContain('exec')
    await answerIn(groupOf('unlisted'), 'ann', 'tools of an unlisted group')
    const ofStar = (await world().asked('tools of an unlisted group')).tools
    expect(ofStar).toEqual(all.filter((name) => name !== 'exec' && name !== 'process'))
    await answerIn(world().club.group('any@chatroom', members), 'ann', 'tools of a group of the club')
    expect((await world().asked('tools of a group of the club')).tools).toEqual(all)
  })

  it('takes what two people wrote meanwhile as one turn that names both, with the tools of both', async () => {
    const group = groupOf('senders')
    const answer = Promise.withResolvers<string>()
    world().answers('this takes a while', answer.promise)
    const before = group.shown().length
    group.say('ann', 'this takes a while')
    await world().asked('this takes a while')
    group.say('ann', 'what is the plan?')
    group.say('ben', 'and the price?')
    await world().accepted('and the price?')
    answer.resolve('Done.')
    await shownIn(group, before + 2)
    const merged = await world().asked('and the price?')
    const text = merged.messages.findLast((one) => one.text.includes('and the price?'))?.text
    expect(text).toMatch(/\[from ann, id ann\]\nwhat is the plan\?\n\[from ben, id ben\]\nand the price\?/)
    expect(merged.tools).toEqual(['write'])
  })
}

async function answerIn(group: Group, sender: string, text: string): Promise<string> {
  const before = group.shown().length
  group.say(sender, text)
  await shownIn(group, before + 1)
  return group.shown()[before]?.text ?? ''
}

function shownIn(group: Group, count: number): Promise<true> {
  return until(
    () => (group.shown().length >= count ? true : undefined),
    () => JSON.stringify(group.shown()),
    patienceMs,
  )
}
