/** Where quarantines lie: beside the repositories, so that a rename moves objects between them. */
import { join } from 'node:path'

/** No repository is called that: theirs are below two hexadecimal digits. */
export function incomingDirectory(root: string): string {
  return join(root, '.incoming')
}
