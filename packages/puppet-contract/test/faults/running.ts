/** Faults of the surface, of starting and stopping, and of logging in and out. */
import { atStart, type Fault, never, rewriteEvents, twice, without } from './fault.ts'

export const runningFaults: readonly Fault[] = [
  {
    fault: 'gives a stimulus that it does not declare',
    fails: ['the harness gives exactly the stimuli that it declares'],
    breakIt: (subject) => {
      subject.receiveRoomText = async () => undefined
    },
  },
  {
    fault: 'lacks a member',
    fails: ['every member of the contract is a function'],
    breakIt: ({ puppet }) => Reflect.set(puppet, 'tap', undefined),
  },
  {
    fault: 'refuses in words of its own',
    fails: ['a member that is not supported refuses with the error of the contract and no other'],
    breakIt: ({ puppet }) => {
      puppet.tap = async () => Promise.reject(new Error('not implemented'))
    },
  },
  {
    fault: 'takes what it lists as unsupported',
    fails: ['a member that is not supported refuses with the error of the contract and no other'],
    breakIt: ({ puppet }) => {
      puppet.contactSelfName = async () => undefined
    },
  },
  {
    fault: 'never answers a member',
    fails: ['a member that is not supported refuses with the error of the contract and no other'],
    breakIt: ({ puppet }) => {
      puppet.messageFile = never
    },
  },
  {
    fault: 'throws when it is asked for its rooms',
    fails: ['what WeChaty asks for by itself is answered'],
    breakIt: ({ puppet }) => {
      puppet.roomList = async () => Promise.reject(new Error('no rooms here'))
    },
  },
  {
    fault: 'awaits the login in start',
    fails: ['start resolves in time without a login'],
    spreads: true,
    breakIt: ({ puppet }) => {
      puppet.onStart = never
    },
  },
  {
    fault: 'hangs in stop',
    fails: ['stop resolves in time before a start, twice in a row and twice at once'],
    spreads: true,
    breakIt: ({ puppet }) => {
      puppet.onStop = never
    },
  },
  {
    fault: 'keeps its session through a stop',
    fails: ['a stopped puppet is inactive and logged out'],
    spreads: true,
    breakIt: ({ puppet }) => {
      const stop = puppet.stop.bind(puppet)
      puppet.stop = async () => {
        await stop()
        puppet.__currentUserId = 'still here'
      }
    },
  },
  {
    fault: 'beats on after stop',
    fails: ['nothing is emitted after stop, no heartbeat and no message that comes meanwhile'],
    breakIt: ({ puppet }) => {
      const stop = puppet.stop.bind(puppet)
      puppet.stop = async () => {
        await stop()
        // Not by emit(), which would also wake the watchdog of wechaty-puppet for a minute.
        setTimeout(() => puppet.listeners('heartbeat')[0]?.({}), 10)
      }
    },
  },
  {
    fault: 'complains without reason',
    fails: ['a session without trouble has no error event'],
    breakIt: ({ puppet }) => atStart(puppet, () => void puppet.emit('error', new Error('no reason'))),
  },
  {
    fault: 'adds a listener at each start',
    fails: ['three start and stop cycles add no listeners beyond those of wechaty-puppet'],
    breakIt: ({ puppet }) => atStart(puppet, () => void puppet.on('friendship', () => undefined)),
  },
  {
    fault: 'emits each message as often as it was started',
    fails: ['after three start and stop cycles a message still comes once'],
    breakIt: ({ puppet }) => {
      let starts = 0
      atStart(puppet, () => {
        starts += 1
      })
      rewriteEvents(puppet, (event, payload) =>
        Array.from({ length: event === 'message' ? starts : 1 }, () => [event, payload] as const),
      )
    },
  },
  {
    fault: 'drops the data of a ding',
    fails: ['ding is answered by a dong with the same data'],
    breakIt: ({ puppet }) => {
      puppet.ding = () => void puppet.emit('dong', {})
    },
  },
  {
    fault: 'takes a second memory card',
    fails: ['the memory card can be set once'],
    breakIt: ({ puppet }) => {
      puppet.setMemory = (memory) => {
        puppet._memory = memory
      }
    },
  },
  {
    fault: 'asks for a scan after the login',
    fails: ['scan events are well formed and come before the login'],
    breakIt: ({ puppet }) =>
      rewriteEvents(puppet, (event, payload) =>
        event === 'ready'
          ? [
              ['scan', { status: 0 }],
              [event, payload],
            ]
          : [[event, payload]],
      ),
  },
  {
    fault: 'asks for a scan of nothing',
    fails: ['scan events are well formed and come before the login'],
    breakIt: ({ puppet }) =>
      rewriteEvents(puppet, (event, payload) => [[event, event === 'scan' ? { status: 2 } : payload]]),
  },
  {
    fault: 'tells each login twice',
    fails: ['the login event carries only the id of the current user'],
    breakIt: ({ puppet }) => rewriteEvents(puppet, twice('login')),
  },
  {
    fault: 'is never ready',
    fails: ['ready comes once, after the login'],
    breakIt: ({ puppet }) => rewriteEvents(puppet, without('ready')),
  },
  {
    fault: 'is ready twice',
    fails: ['ready comes once, after the login'],
    breakIt: ({ puppet }) => rewriteEvents(puppet, twice('ready')),
  },
  {
    fault: 'knows its user only when it is ready',
    fails: ['the self contact is answered inside the login event'],
    breakIt: ({ puppet }, { userId }) => {
      const contactRawPayload = puppet.contactRawPayload.bind(puppet)
      let known = false
      puppet.once('ready', () => {
        known = true
      })
      puppet.contactRawPayload = async (id) =>
        known || id !== userId ? contactRawPayload(id) : Promise.reject(new Error('not yet'))
    },
  },
  {
    fault: 'forgets its user when it stops',
    fails: [
      'the self contact is answered inside the logout event of a stop',
      'the self contact is answered after stop',
    ],
    breakIt: ({ puppet }) => {
      const contactRawPayload = puppet.contactRawPayload.bind(puppet)
      puppet.contactRawPayload = async (id) =>
        puppet.state.active() ? contactRawPayload(id) : Promise.reject(new Error('stopped'))
    },
  },
  {
    fault: 'tells each logout twice',
    fails: [
      'a stop logs out once, before it resolves',
      'a logout by the backend is emitted once and leaves the puppet running',
    ],
    breakIt: ({ puppet }) => rewriteEvents(puppet, twice('logout')),
  },
  {
    fault: 'stops when it is logged out',
    fails: [
      'a logout by the backend is emitted once and leaves the puppet running',
      'a person can log in again after a logout',
    ],
    breakIt: ({ puppet }) => void puppet.on('logout', () => puppet.stop()),
  },
]
