/** Faults of receiving, sending, and of keeping on. */
import type { Puppet } from 'wechaty-puppet'
import { type Fault, never, rewriteEvents } from './fault.ts'

/** Changes the message payloads that the parser makes. */
function rewriteMessages(puppet: Puppet, change: (payload: object) => object): void {
  const parse = puppet.messageRawPayloadParser.bind(puppet)
  puppet.messageRawPayloadParser = async (raw) => Object.assign(await parse(raw), change(await parse(raw)))
}

export const messageFaults: readonly Fault[] = [
  {
    fault: 'says more than the id in a message event',
    fails: ['a received text is announced by its id and has a complete payload'],
    spreads: true,
    breakIt: ({ puppet }) =>
      rewriteEvents(puppet, (event, payload) => [
        [event, event === 'message' ? Object.assign({ text: '' }, payload) : payload],
      ]),
  },
  {
    fault: 'gives a message no type',
    fails: [
      'a received text is announced by its id and has a complete payload',
      'a sent text returns nothing or the id of a message that is found at once',
      'an own message is emitted like any other',
    ],
    breakIt: ({ puppet }) => rewriteMessages(puppet, () => ({ type: undefined })),
  },
  {
    fault: 'puts direct messages in a room',
    fails: ['the text of a direct message is addressed to the user and to no room'],
    breakIt: ({ puppet }) => rewriteMessages(puppet, () => ({ roomId: 'room' })),
  },
  {
    fault: 'mixes up the order of messages',
    fails: [
      'received texts keep their order and come once each',
      'a listener that throws ends neither the puppet nor the process',
    ],
    breakIt: ({ puppet }) => {
      const emit = puppet.emit.bind(puppet)
      const held: unknown[] = []
      puppet.emit = (event: string, payload: unknown) => {
        if (event !== 'message') return emit(event, payload)
        held.push(payload)
        setTimeout(() => held.length > 0 && emit('message', held.pop()), 5)
        return true
      }
    },
  },
  {
    fault: 'answers with another contact than it was asked for',
    fails: [
      'the sender of a message is a contact',
      'the self contact is answered inside the login event',
      'the self contact is answered inside the logout event of a stop',
      'the self contact is answered after stop',
      'an unknown contact is made up or clearly refused',
    ],
    breakIt: ({ puppet }) => {
      const parse = puppet.contactRawPayloadParser.bind(puppet)
      puppet.contactRawPayloadParser = async () => parse({ id: 'somebody else' })
    },
  },
  {
    fault: 'fetches a message each time it is asked',
    fails: ['a message payload is fetched once, and again after it is dirty'],
    breakIt: ({ puppet }) => {
      puppet.messagePayloadCache = () => undefined
    },
  },
  {
    fault: 'fetches a contact each time it is asked',
    fails: ['a contact payload is fetched once, and again after it is dirty'],
    breakIt: ({ puppet }) => {
      puppet.contactPayloadCache = () => undefined
    },
  },
  {
    fault: 'keeps what is dirty',
    fails: [
      'a message payload is fetched once, and again after it is dirty',
      'a contact payload is fetched once, and again after it is dirty',
    ],
    breakIt: ({ puppet }) => {
      puppet.onDirty = () => undefined
    },
  },
  {
    fault: 'parses the same message differently each time',
    fails: [
      'a message payload is fetched once, and again after it is dirty',
      'the parser makes the same payload of the same raw payload',
    ],
    breakIt: ({ puppet }) => {
      let parsed = 0
      rewriteMessages(puppet, () => {
        parsed += 1
        return { timestamp: Date.now() - parsed }
      })
    },
  },
  {
    fault: 'never answers for an unknown contact',
    fails: ['an unknown contact is made up or clearly refused'],
    breakIt: ({ puppet, unknownContactId }) => {
      const contactRawPayload = puppet.contactRawPayload.bind(puppet)
      puppet.contactRawPayload = async (id) => (id === unknownContactId ? never() : contactRawPayload(id))
    },
  },
  {
    fault: 'stumbles over an unknown message',
    fails: ['an unknown message is clearly refused'],
    breakIt: ({ puppet }, { messages }) => {
      puppet.messageRawPayload = async (id) => messages.get(id)
    },
  },
  {
    fault: 'stumbles over an unknown room',
    fails: ['an unknown room is made up or clearly refused'],
    breakIt: ({ puppet }) => {
      puppet.roomPayload = async (id) => Reflect.get(Object(Reflect.get(puppet, id)), 'payload').id
    },
  },
  {
    fault: 'returns the id of no message when it sends',
    fails: [
      'a sent text returns nothing or the id of a message that is found at once',
      'an own message is emitted like any other',
    ],
    breakIt: ({ puppet }) => {
      const send = puppet.messageSendText.bind(puppet)
      puppet.messageSendText = async (...args) => send(...args).then(() => 'made up')
    },
  },
  {
    fault: 'keeps own messages to itself',
    fails: ['an own message is emitted like any other'],
    breakIt: ({ puppet }, { messages, userId }) =>
      rewriteEvents(puppet, (event, payload) =>
        event === 'message' && messages.get(Reflect.get(Object(payload), 'messageId'))?.from === userId
          ? []
          : [[event, payload]],
      ),
  },
  {
    fault: 'trims what it sends',
    fails: ['a sent text reaches the backend once and unchanged'],
    breakIt: ({ puppet }) => {
      const send = puppet.messageSendText.bind(puppet)
      puppet.messageSendText = (to, text) => send(to, text.trim())
    },
  },
  {
    fault: 'swallows a text while no user is logged in',
    fails: ['a text sent while no user is logged in is clearly refused'],
    breakIt: ({ puppet }) => {
      const send = puppet.messageSendText.bind(puppet)
      puppet.messageSendText = async (to, text) => (puppet.isLoggedIn ? send(to, text) : undefined)
    },
  },
  {
    fault: 'emits messages where an exception of a listener is not caught',
    fails: ['a listener that throws ends neither the puppet nor the process'],
    breakIt: ({ puppet }) => {
      const emit = puppet.emit.bind(puppet)
      puppet.emit = (event: string, payload: unknown) => {
        if (event !== 'message') return emit(event, payload)
        return setImmediate(() => emit('message', payload)).hasRef()
      }
    },
  },
  {
    fault: 'forgets the session when it stops',
    fails: [
      'a restart resumes the session without a login',
      'a restart repeats no message that was emitted before',
    ],
    breakIt: ({ puppet }, backend) => {
      puppet.on('stop', () => {
        backend.loggedIn = false
      })
    },
  },
  {
    fault: 'emits all messages again after a restart',
    fails: ['a restart repeats no message that was emitted before'],
    breakIt: ({ puppet }, { messages }) => {
      const known = [...messages.keys()]
      puppet.once('ready', () => {
        for (const messageId of known) puppet.emit('message', { messageId })
      })
    },
  },
]
