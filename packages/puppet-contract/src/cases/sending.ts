/** What goes out: ids that lead to messages, own messages among the events, and no text that vanishes. */
import assert from 'node:assert/strict'
import { uniqueText } from '../bench.ts'
import { assertClearRefusal } from '../refusals.ts'
import { assertMessage } from '../shapes.ts'
import type { CaseDefinition } from './case.ts'

export const sendingCases: readonly CaseDefinition[] = [
  {
    name: 'a sent text returns nothing or the id of a message that is found at once',
    async run(bench) {
      const contactId = await bench.online()
      await bench.receive()
      const text = uniqueText()
      const sent = bench.puppet.messageSendText(bench.subject.peerId, text)
      const id = await bench.answer(sent, 'messageSendText()')
      if (id === undefined) return
      const payload = await bench.answer(bench.puppet.messagePayload(id), 'messagePayload()')
      assertMessage(payload, id)
      assert.equal(payload.text, text)
      assert.equal(payload.talkerId, contactId)
    },
  },
  {
    name: 'an own message is emitted like any other',
    async run(bench) {
      const contactId = await bench.online()
      await bench.receive()
      const text = uniqueText()
      const id = await bench.answer(
        bench.puppet.messageSendText(bench.subject.peerId, text),
        'messageSendText()',
      )
      const own = await bench.messageWithText(text)
      assertMessage(own.payload, id ?? own.id)
      assert.equal(own.payload.talkerId, contactId)
      assert.equal(own.payload.listenerId, bench.subject.peerId)
    },
  },
  {
    name: 'a sent text reaches the backend once and unchanged',
    needs: ['sentTexts'],
    async run(bench) {
      await bench.online()
      await bench.receive()
      const mark = uniqueText()
      const text = `${mark}\n你好 <b> & 👋\u2005end `
      const { peerId: to } = bench.subject
      await bench.answer(bench.puppet.messageSendText(to, text), 'messageSendText()')
      const sent = (await bench.subject.sentTexts?.()) ?? []
      assert.deepEqual(
        sent.filter((message) => message.text.includes(mark)).map((message) => ({ ...message })),
        [{ to, text }],
      )
    },
  },
  {
    name: 'a text sent while no user is logged in is clearly refused',
    async run(bench) {
      await bench.start()
      const sent = bench.answer(
        bench.puppet.messageSendText(bench.subject.peerId, uniqueText()),
        'messageSendText()',
      )
      await sent.then(() => assert.fail('the text was taken'), assertClearRefusal)
    },
  },
]
