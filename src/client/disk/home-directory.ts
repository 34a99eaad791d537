/** Where a user's files lie. Node.js only. */
import { homedir, userInfo } from 'node:os'
import { isAbsolute } from 'node:path'

/**
 * Never a place that depends on where a command is run: that may be somebody else's.
 *
 * @param env as `process.env`
 */
export function homeDirectory(env: Readonly<Record<string, string | undefined>>): string {
  const named = env['HOME'] ?? homedir()
  return isAbsolute(named) ? named : userInfo().homedir
}
