import { expect, it } from 'vitest'
import { noFiles } from '../../test/no-files.ts'
import type { StatusAnswer } from '../api/answers.ts'
import { englishSpeech } from '../language/speech.ts'
import { speechIn } from '../language/speech-in.ts'
import { outputIn } from './show.ts'
import { statusLines } from './status-lines.ts'

const mb = 1024 * 1024

const view = (files: StatusAnswer['files']): StatusAnswer => ({
  version: '1',
  pid: 1,
  url: '',
  stateDir: '',
  startedAt: '',
  phase: 'running',
  healthy: true,
  problems: [],
  warnings: [],
  config: { path: '' },
  accounts: [],
  pairing: { pending: 0 },
  setAside: 0,
  files,
  restarts: 0,
  unhandledErrors: 0,
})

const linesOf = (files: StatusAnswer['files'], speech = englishSpeech) =>
  statusLines(
    view(files),
    outputIn(speech, 'moltbot', () => undefined),
  ).join('\n')

it('says what files take on the disk', () => {
  const disk = { ...noFiles.disk, inUse: 10 * mb, spare: 1.2 * mb }
  const lines = linesOf({ ...noFiles, disk })
  expect(lines).toContain('files    12 of 4096 MB on the disk')
  expect(lines).not.toMatch(/wait|refused/)
})

it('says which turns wait for memory, and how many files were refused, in both languages', async () => {
  const disk = { ...noFiles.disk, refused: 3 }
  const memory = { ...noFiles.memory, waiting: 2 }
  const files = { disk, memory }
  expect(linesOf(files)).toContain('2 turns wait until others need less memory for files')
  expect(linesOf(files)).toContain('3 files were refused: no room on the disk (media.maxDiskMb)')
  const chinese = linesOf(files, await speechIn('zh'))
  expect(chinese).toContain('2 轮对话在等待处理文件的内存')
  expect(chinese).toContain('启动以来有 3 个文件因磁盘空间用完被拒收')
})

it('says which database has the state', () => {
  const status = { ...view(noFiles), stateDir: '/var/lib/moltbot', database: 'PostgreSQL db:5432/moltbot' }
  const lines = statusLines(
    status,
    outputIn(englishSpeech, 'moltbot', () => undefined),
  ).join('\n')
  expect(lines).toContain('state    PostgreSQL db:5432/moltbot')
  expect(lines).not.toContain('/var/lib')
})
