/** Asks before something is lost; where nobody can be asked, `--yes` must have been said. */
import { CommandError } from './command-error.ts'
import { isInteractive, type Terminal } from './terminal.ts'

/**
 * Resolves when the caller means it.
 *
 * @param name what has to be typed
 * @throws CommandError `usage` without `--yes` where nobody can be asked; `interrupted` when it is not meant
 */
export async function confirmByName(terminal: Terminal, name: string, yes: boolean): Promise<void> {
  if (yes) return
  if (!isInteractive(terminal))
    throw new CommandError('usage', `this deletes ${name}`, 'say --yes to mean it')
  const message = `Type ${name} to delete it`
  const { isCancel, text } = await import('@clack/prompts')
  const typed = await text({ message, input: terminal.stdin, output: terminal.stderr })
  if (isCancel(typed) || typed !== name) throw new CommandError('interrupted', 'nothing was deleted')
}
