/**
 * Answers for browsers where `dashboard.showTexts` is off: who, when and what became of it, without what anybody wrote.
 */

import type { Frozen } from '../api/route.ts'
import type { RouteAnswer, RouteName } from '../api/routes.ts'

type Hide = {
  readonly [Name in RouteName]?: (answer: Frozen<RouteAnswer<Name>>) => Frozen<RouteAnswer<Name>>
}

const hide: Hide = {
  messages: ({ messages, ...answer }) => ({
    ...answer,
    messages: messages.map(({ file: _, ...message }) => ({
      ...message,
      text: '',
      parts: message.parts.map(({ file: __, ...part }) => ({ ...part, text: '' })),
    })),
  }),
  schedules: ({ schedules }) => ({ schedules: schedules.map((schedule) => ({ ...schedule, text: '' })) }),
  schedule: (schedule) => ({ ...schedule, text: '' }),
  outbox: ({ items }) => ({ items: items.map((item) => ({ ...item, preview: '' })) }),
  pairing: ({ pending, approved }) => ({
    approved,
    pending: pending.map((request) => ({ ...request, text: '' })),
  }),
}

export function withoutTexts<Name extends RouteName>(
  name: Name,
  answer: Frozen<RouteAnswer<Name>>,
): Frozen<RouteAnswer<Name>> {
  return hide[name]?.(answer) ?? answer
}
