/** The last commit of each entry of a directory, as stock git tells it: one walk for each. */
import type { Script } from './script.ts'

/** Arguments: repository, path of a directory. Names without blanks. */
export const LAST_COMMITS: Script = {
  text: `
cd "$1"
for path in $(git ls-tree --name-only main "$2/"); do
  git log -1 --format=%H main -- "$path"
done`,
}
