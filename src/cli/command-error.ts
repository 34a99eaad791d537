/** A command that cannot go on, for a reason that its caller can do something about. */
import type { Exit } from './exit-codes.ts'

export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly exit: Exit
  /** What to do next. */
  readonly hint: string | null

  /** @param message never holds a secret, nor does `hint` */
  constructor(exit: Exit, message: string, hint: string | null = null) {
    super(message)
    this.exit = exit
    this.hint = hint
  }
}
