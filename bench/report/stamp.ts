/** When, on what and of which commit a section was measured. */
import { loadavg } from 'node:os'
import { git } from '../git.ts'
import type { Machine } from '../machine.ts'
import type { RunStamp } from './section.ts'

export async function stampRun(root: string, machine: Machine, rounds: number): Promise<RunStamp> {
  const { stdout: head } = await git(['rev-parse', '--short', 'HEAD'], { cwd: root })
  const { stdout: changes } = await git(['status', '--porcelain', '--', 'src'], { cwd: root })
  return {
    date: new Date().toISOString().slice(0, 'yyyy-mm-dd'.length),
    commit: head.trim() + (changes === '' ? '' : ' with changes'),
    processor: machine.processor,
    rounds,
    load: loadavg()[0] ?? 0,
  }
}
