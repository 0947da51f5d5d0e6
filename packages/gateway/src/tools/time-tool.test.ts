import { describe, expect, it } from 'vitest'
import { toolContext } from '../../test/tool-context.ts'
import { timeTool } from './time-tool.ts'

const context = toolContext()
const tool = timeTool(() => Date.UTC(2026, 0, 5, 6, 3, 9))

describe('the time tool', () => {
  it.each([
    ['Asia/Shanghai', 'Monday, 2026-01-05 14:03:09 GMT+08:00 (Asia/Shanghai)'],
    ['America/St_Johns', 'Monday, 2026-01-05 02:33:09 GMT-03:30 (America/St_Johns)'],
    ['Pacific/Kiritimati', 'Monday, 2026-01-05 20:03:09 GMT+14:00 (Pacific/Kiritimati)'],
  ])('tells the time in %s', async (timeZone, expected) => {
    expect(await tool.execute({ timeZone }, context)).toBe(expected)
  })

  it("tells the machine's time where no zone is named", async () => {
    expect(await tool.execute({}, context)).toMatch(/^\w+day, 2026-01-0[45] \d\d:\d\d:09 GMT/)
  })

  it('says which names it takes instead of one that it does not know', async () => {
    await expect(tool.execute({ timeZone: 'Mars/Base' }, context)).rejects.toThrow(/IANA name/)
    await expect(tool.execute({ timeZone: 5 }, context)).rejects.toThrow(/input is wrong/)
  })
})
