/** A quarantine for one merge, which ends with it: the branch that receives waits for as long as it runs. */
import { AppError } from '../../kernel/errors.ts'
import type { Quarantine } from '../../kernel/ports.ts'

/** What merging needs of a quarantine. */
export type MergeSpace = Pick<Quarantine, 'git' | 'receive' | 'store'>

/** Of all processes of one merge together. */
const MERGE_WALL_MS = 60_000

/** Its `git` throws AppError `UNAVAILABLE` with a reason once the time is over. */
export function inTime(quarantine: MergeSpace, wallMs: number = MERGE_WALL_MS): MergeSpace {
  const endsAt = performance.now() + wallMs
  return {
    async git(args, opts) {
      const left = Math.ceil(endsAt - performance.now())
      if (left <= 0) throw tooLong()
      return quarantine.git(args, { ...opts, wallMs: left }).catch((err: unknown) => {
        throw err instanceof AppError && err.code === 'UNAVAILABLE' ? tooLong(err) : err
      })
    },
    receive: (pack, opts) => quarantine.receive(pack, opts),
    store: (objects) => quarantine.store(objects),
  }
}

function tooLong(cause?: AppError): AppError {
  const hint = 'merge the target into the source with your own git, and push that'
  return new AppError('UNAVAILABLE', { details: { reason: 'the merge took too long', hint }, cause })
}
